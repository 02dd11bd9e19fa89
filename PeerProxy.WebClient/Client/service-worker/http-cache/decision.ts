import { parseDirectives } from "./directives.js";
import { valueOf } from "./fields.js";
import { currentAge, freshnessLifetime, type DatedResponse } from "./freshness.js";
import { hasValidator } from "./storability.js";
import type { Match } from "./variants.js";

/** What is done about a request. */
export type Decision =
  /** The stored response is the answer. */
  | "serve"
  /** It is the answer once more, and the target is asked behind it (RFC 5861). */
  | "serve-and-revalidate"
  /** The target says whether it still is. */
  | "validate"
  /** The target answers. */
  | "fetch"
  /** Only a stored response was wanted, and there is none. */
  | "unavailable";

/** What of a request decides. */
export interface CacheRequest {
  readonly mode: RequestCache;
  readonly cacheControl: string | undefined;
  readonly pragma?: string | undefined;
  /** The page is reloaded, and this is one of its parts: not asked for by a script. */
  readonly isReloadedPart?: boolean;
}

const conditionalFields = ["if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range"];

/** Fetch, HTTP-network-or-cache fetch: a page that brings conditions of its own wants the target's word. Chromium tells a service worker "no-cache" of such a request. */
export function effectiveMode(mode: RequestCache, headers: { has(name: string): boolean }): RequestCache {
  return (mode === "default" || mode === "no-cache") && conditionalFields.some(name => headers.has(name)) ? "no-store" : mode;
}

/** RFC 9111 section 4 and Fetch's cache modes. @param now milliseconds since 1970. */
export function decide(request: CacheRequest, stored: DatedResponse | undefined, match: Match, now: number): Decision {
  const wanted = parseDirectives(request.cacheControl, request.pragma);
  const { mode } = request;
  if (mode === "no-store" || mode === "reload" || (wanted.noStore && !wanted.onlyIfCached)) {
    return "fetch";
  }

  const onlyStored = mode === "only-if-cached" || wanted.onlyIfCached;
  if (stored === undefined || match === "other") {
    return onlyStored ? "unavailable" : "fetch";
  }

  if (mode === "force-cache" || mode === "only-if-cached") {
    return match === "same" ? "serve" : onlyStored ? "unavailable" : ask(stored, match);
  }

  const usable = match === "same" ? staleness(request, wanted, stored, now) : "validate";
  return usable !== "validate" ? usable : onlyStored ? "unavailable" : ask(stored, match);
}

function staleness(request: CacheRequest, wanted: ReturnType<typeof parseDirectives>, stored: DatedResponse, now: number): "serve" | "serve-and-revalidate" | "validate" {
  const given = parseDirectives(valueOf(stored.fields, "cache-control"), valueOf(stored.fields, "pragma"));
  const age = currentAge(stored, now);
  const freshFor = freshnessLifetime(stored) - age;
  const isFresh = freshFor > 0 && !given.noCache;
  if (request.mode === "no-cache" || wanted.noCache) {
    // RFC 8246: a reload does not ask again for what is promised not to change.
    return request.isReloadedPart === true && given.immutable && isFresh ? "serve" : "validate";
  }

  if (given.noCache || (wanted.maxAge !== undefined && age > wanted.maxAge) || (wanted.maxAge === 0)) {
    return "validate";
  }

  if (isFresh && freshFor >= (wanted.minFresh ?? 0)) {
    return "serve";
  }

  if (given.mustRevalidate || wanted.minFresh !== undefined) {
    return "validate";
  }

  if (wanted.maxStale !== undefined && -freshFor <= wanted.maxStale) {
    return "serve";
  }

  return given.staleWhileRevalidate !== undefined && wanted.maxAge === undefined && -freshFor <= given.staleWhileRevalidate ? "serve-and-revalidate" : "validate";
}

function ask(stored: DatedResponse, match: Match): Decision {
  // A date cannot tell variants apart.
  const canValidate = match === "same" ? hasValidator(stored.fields) : valueOf(stored.fields, "etag") !== undefined;
  return canValidate ? "validate" : "fetch";
}
