import type { Field } from "../../protocol/field-section.js";
import { parseDirectives } from "./directives.js";
import { valueOf } from "./fields.js";
import { freshnessLifetime, type DatedResponse } from "./freshness.js";

/** The largest body that is kept: an eighth of what all may take together, so that one download does not push everything else out. */
export const maxBodyBytes = 32 * 1024 * 1024;

/** Final statuses whose meaning for a cache is known here. A part of a body (206) is not kept. */
const understoodStatuses = new Set([200, 203, 204, 300, 301, 302, 307, 308, 404, 405, 410, 414, 501]);

/** Bodies that never end in a normal way, or that are made anew all the time. */
const endlessTypes = /^\s*(text\/event-stream|multipart\/x-mixed-replace)\b/i;

/** Fields of one connection or one visit (RFC 9111 section 3.1); cookies were taken in when they arrived. */
const unstoredFields = new Set([
  "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authentication-info", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade",
  "set-cookie", "set-cookie2", "clear-site-data",
]);

/** RFC 9111 section 3, and whether it is of any use: a response that can neither be fresh nor be validated is not kept. */
export function isStorable(method: string, mode: RequestCache, requestCacheControl: string | undefined, response: DatedResponse): boolean {
  const { status, fields } = response;
  const directives = parseDirectives(valueOf(fields, "cache-control"), valueOf(fields, "pragma"));
  if (method !== "GET" || mode === "no-store" || parseDirectives(requestCacheControl).noStore || !understoodStatuses.has(status)
    || (directives.noStore && !directives.mustUnderstand) || valueOf(fields, "pp-error") !== undefined) {
    return false;
  }

  if (/(^|,)\s*\*\s*(,|$)/.test(valueOf(fields, "vary") ?? "") || endlessTypes.test(valueOf(fields, "content-type") ?? "")
    || Number(valueOf(fields, "content-length") ?? 0) > maxBodyBytes) {
    return false;
  }

  return hasValidator(fields) || (!directives.noCache && (freshnessLifetime(response) > 0 || (directives.staleWhileRevalidate ?? 0) > 0));
}

export function hasValidator(fields: readonly Field[]): boolean {
  return valueOf(fields, "etag") !== undefined || valueOf(fields, "last-modified") !== undefined;
}

/** The fields as they are kept. */
export function storedFields(fields: readonly Field[]): Field[] {
  const named = new Set((valueOf(fields, "connection") ?? "").toLowerCase().split(",").map(name => name.trim()));
  return fields.filter(([name]) => !unstoredFields.has(name) && !named.has(name) && !name.startsWith("pp-"));
}
