import type { Field } from "../../protocol/field-section.js";
import { decode } from "../decoding.js";
import { siteResponse } from "../site-response.js";
import type { TunnelResponse } from "../tunnel-port.js";
import { parseRange } from "./byte-range.js";
import { decide, effectiveMode } from "./decision.js";
import type { CacheEntry } from "./entry.js";
import { valueOf } from "./fields.js";
import { record } from "./recording.js";
import { isStorable, maxBodyBytes, storedFields } from "./storability.js";
import { CacheStore } from "./store.js";
import { clearedData, conditionalFields, invalidated, mergeFields } from "./validation.js";
import { variantKey } from "./variants.js";

/** A request of the site, and the way to its target. */
export interface SiteRequest {
  readonly request: Request;
  /** The request's own cache mode, or that of the reload it is part of. */
  readonly mode: RequestCache;
  readonly isReloadedPart: boolean;
  /** As they go to the target (request-head.ts). */
  readonly fields: readonly Field[];
  /** Asks the target, with these fields besides. */
  network(conditions: readonly Field[]): Promise<TunnelResponse>;
  /** Keeps the worker alive for this. */
  background(work: Promise<void>): void;
}

/**
 * The private cache of this browser for the site (RFC 9111): browsers keep no response of a service worker in their own. Stored are the target's
 * responses, unpacked, before anything of ours is put into them.
 */
export class HttpCache {
  /** Opened at once: the first request of a page waits for it. */
  readonly #store = CacheStore.open();
  readonly #revalidating = new Set<string>();

  /** @returns what the page gets; rejects as `network` does. */
  async respond(site: SiteRequest): Promise<Response> {
    const { request } = site;
    const url = request.url.split("#", 1)[0]!;
    const store = await this.#store;
    if (store === undefined) {
      return siteResponse(request, await site.network([]));
    }

    await store.settled(url);
    const found = request.method === "GET" ? store.find(url, site.fields) : undefined;
    const mode = effectiveMode(site.mode, request.headers);
    const range = request.headers.get("range");
    const decision = request.method !== "GET" ? "fetch" : decide({
      mode,
      cacheControl: request.headers.get("cache-control") ?? undefined,
      pragma: request.headers.get("pragma") ?? undefined,
      isReloadedPart: site.isReloadedPart,
    }, found?.entry, found?.match ?? "other", Date.now());
    if (decision === "unavailable") {
      return mode === "only-if-cached" ? Response.error() : new Response(null, { status: 504, statusText: "Gateway Timeout" });
    }

    if (found !== undefined && decision !== "fetch" && (range === null || (decision === "serve" && isWhole(found.entry)))) {
      // Before the target is asked: a 304 is of no use without the body.
      const stored = found.entry.bodyBytes === undefined ? undefined : await store.response(found.entry);
      if (stored !== undefined || found.entry.bodyBytes === undefined) {
        if (decision === "validate") {
          return await this.#validate(site, url, store, found, stored);
        }

        if (stored === undefined) {
          store.touch(found.entry);
        }

        if (decision === "serve-and-revalidate") {
          site.background(this.#revalidate(site, url, store, found));
        }

        return range === null ? fromStore(request, found.entry, stored) : await partFromStore(request, found.entry, stored!, range);
      }
    }

    const requestTime = Date.now();
    const response = await site.network([]);
    return siteResponse(request, this.#receive(site, mode, url, store, found?.entry, requestTime, response));
  }

  async #validate(site: SiteRequest, url: string, store: CacheStore, found: Found, stored: Response | undefined): Promise<Response> {
    const requestTime = Date.now();
    const response = await site.network(conditionalFields(found.entry.fields, found.match === "same"));
    if (response.status !== 304) {
      void stored?.body?.cancel();
      return siteResponse(site.request, this.#receive(site, site.mode, url, store, found.entry, requestTime, response));
    }

    void response.body?.cancel();
    return fromStore(site.request, freshened(store, found.entry, requestTime, response.fields), stored);
  }

  /** RFC 5861: the page has its answer already; the next one gets what this brings. */
  async #revalidate(site: SiteRequest, url: string, store: CacheStore, found: Found): Promise<void> {
    if (this.#revalidating.has(found.entry.id)) {
      return;
    }

    this.#revalidating.add(found.entry.id);
    try {
      const requestTime = Date.now();
      const response = await site.network(conditionalFields(found.entry.fields, true));
      if (response.status === 304) {
        freshened(store, found.entry, requestTime, response.fields);
        return;
      }

      const received = this.#receive(site, "default", url, store, found.entry, requestTime, response);
      await received.body?.pipeTo(new WritableStream());
    } catch {
      // No connection, or the body broke off: the stored response stays as stale as it was.
    } finally {
      this.#revalidating.delete(found.entry.id);
    }
  }

  /** A response of the target: what it makes invalid goes, and it is kept if it may be, while the page reads it. */
  #receive(site: SiteRequest, mode: RequestCache, url: string, store: CacheStore, old: CacheEntry | undefined, requestTime: number, response: TunnelResponse): TunnelResponse {
    const { request } = site;
    const { status } = response;
    const cleared = clearedData(response.fields);
    if (cleared.has("cache") || cleared.has("*")) {
      store.clear();
    }

    invalidated(request.method, url, status, response.fields).forEach(each => store.removeUrl(each));
    const dated = { status, fields: response.fields, requestTime, responseTime: Date.now() };
    if (!isStorable(request.method, mode, request.headers.get("cache-control") ?? undefined, dated)) {
      if (old !== undefined && status < 500 && status !== 206 && mode !== "no-store") {
        store.remove(old);
      }

      return response;
    }

    const encoding = valueOf(response.fields, "content-encoding");
    const unpacked = response.body !== null && encoding !== undefined ? decode(response.body, encoding) : response.body;
    if (unpacked === undefined) {
      return response;
    }

    const wasEncoded = response.body !== null && encoding !== undefined;
    const fields = wasEncoded ? response.fields.filter(([name]) => name !== "content-encoding" && name !== "content-length") : response.fields;
    const entry = {
      ...dated, fields: storedFields(fields), id: crypto.randomUUID(), url, variant: variantKey(valueOf(fields, "vary"), site.fields), wasEncoded, isPristine: true,
    };
    const isRedirect = status > 300 && status < 400;
    if (unpacked === null || isRedirect) {
      store.add(entry);
      return { ...response, fields, body: unpacked };
    }

    const recording = record(unpacked, maxBodyBytes);
    store.add(entry, { response: asPart(entry, recording.copy), bytes: recording.bytes, isComplete: recording.isComplete });
    return { ...response, fields, body: recording.page };
  }
}

type Found = NonNullable<ReturnType<CacheStore["find"]>>;

function freshened(store: CacheStore, entry: CacheEntry, requestTime: number, fields: readonly Field[]): CacheEntry {
  return store.freshen(entry, { fields: mergeFields(entry.fields, fields), requestTime, responseTime: Date.now() });
}

function isWhole(entry: CacheEntry): boolean {
  return entry.status === 200 && entry.bodyBytes !== undefined && !entry.wasEncoded;
}

/** What a page gets of a stored response that is no document: the same for all, so it is stored in this form and handed on as it is. */
function asPart(entry: Pick<CacheEntry, "status" | "fields" | "url">, body: ReadableStream<Uint8Array<ArrayBuffer>>): Response {
  return siteResponse({ mode: "no-cors", destination: "", method: "GET", url: entry.url }, { status: entry.status, fields: entry.fields, body, id: "" });
}

function fromStore(request: Request, entry: CacheEntry, stored: Response | undefined): Response {
  if (stored !== undefined && request.mode !== "navigate" && entry.isPristine) {
    return stored;
  }

  const body = (stored?.body ?? null) as ReadableStream<Uint8Array<ArrayBuffer>> | null;
  return siteResponse(request, { status: entry.status, fields: entry.fields, body, id: "" });
}

/** RFC 9110 section 15.3.7. The browser holds the body as a blob, which it may leave on disk. */
async function partFromStore(request: Request, entry: CacheEntry, stored: Response, range: string): Promise<Response> {
  const body = await stored.blob();
  const part = parseRange(range, body.size);
  if (part === undefined) {
    return siteResponse(request, { status: entry.status, fields: entry.fields, body: body.stream() as ReadableStream<Uint8Array<ArrayBuffer>>, id: "" });
  }

  const fields = entry.fields.filter(([name]) => name !== "content-length");
  if (part === "unsatisfiable") {
    return siteResponse(request, { status: 416, fields: [["content-range", `bytes */${body.size}`]], body: null, id: "" });
  }

  const slice = body.slice(part.first, part.last + 1);
  return siteResponse(request, {
    status: 206,
    fields: [...fields, ["content-range", `bytes ${part.first}-${part.last}/${body.size}`], ["content-length", String(slice.size)]],
    body: slice.stream() as ReadableStream<Uint8Array<ArrayBuffer>>,
    id: "",
  });
}
