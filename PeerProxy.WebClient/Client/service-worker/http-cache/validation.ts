import type { Field } from "../../protocol/field-section.js";
import { valueOf } from "./fields.js";
import { storedFields } from "./storability.js";

/** The fields that ask the target whether a stored response still holds (RFC 9111 section 4.3.1). */
export function conditionalFields(stored: readonly Field[], byDateToo: boolean): Field[] {
  const tag = valueOf(stored, "etag");
  const modified = byDateToo ? valueOf(stored, "last-modified") : undefined;
  const fields: Field[] = [];
  if (tag !== undefined) {
    fields.push(["if-none-match", tag]);
  }

  if (modified !== undefined) {
    fields.push(["if-modified-since", modified]);
  }

  return fields;
}

/** Fields that describe the stored bytes, which a 304 does not change. */
const bodyFields = new Set(["content-encoding", "content-length", "content-type", "content-range"]);

/** RFC 9111 section 3.2: the stored fields, with those of the 304 in place of theirs. */
export function mergeFields(stored: readonly Field[], notModified: readonly Field[]): Field[] {
  const news = storedFields(notModified).filter(([name]) => !bodyFields.has(name));
  const names = new Set(news.map(([name]) => name));
  return [...stored.filter(([name]) => !names.has(name)), ...news];
}

const safeMethods = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/** RFC 9111 section 4.4: what an answered request makes invalid, as URLs without fragment. */
export function invalidated(method: string, url: string, status: number, fields: readonly Field[]): string[] {
  if (safeMethods.has(method) || status < 200 || status > 399) {
    return [];
  }

  const urls = [new URL(url)];
  for (const name of ["location", "content-location"]) {
    const value = valueOf(fields, name);
    if (value !== undefined && URL.canParse(value, url)) {
      urls.push(new URL(value, url));
    }
  }

  return [...new Set(urls.filter(each => each.origin === urls[0]!.origin).map(each => each.href.split("#", 1)[0]!))];
}

/** The types of Clear-Site-Data, such as `cache`; `*` is all of them. */
export function clearedData(fields: readonly Field[]): ReadonlySet<string> {
  return new Set([...(valueOf(fields, "clear-site-data") ?? "").matchAll(/"([^"]*)"/g)].map(match => match[1]!));
}
