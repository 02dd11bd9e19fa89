/** Cache-Control (RFC 9111 section 5.2, RFC 5861, RFC 8246) as far as a private cache acts on it. Times in seconds. */
export interface CacheDirectives {
  readonly noStore: boolean;
  readonly noCache: boolean;
  readonly mustRevalidate: boolean;
  readonly mustUnderstand: boolean;
  readonly immutable: boolean;
  readonly onlyIfCached: boolean;
  readonly maxAge: number | undefined;
  /** Infinity where the client takes a response however stale it is. */
  readonly maxStale: number | undefined;
  readonly minFresh: number | undefined;
  readonly staleWhileRevalidate: number | undefined;
}

/** RFC 9111 section 1.2.2: what a larger number is taken for. */
const maxSeconds = 2_147_483_648;

const directivePattern = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/g;

/** Reads the field's value; `pragma` counts where there is no Cache-Control at all (RFC 9111 section 5.4). */
export function parseDirectives(cacheControl: string | undefined, pragma?: string): CacheDirectives {
  const values = new Map<string, string | undefined>();
  for (const match of (cacheControl ?? "").matchAll(directivePattern)) {
    const name = match[1]!.toLowerCase();
    // The first of a repeated directive counts.
    if (!values.has(name)) {
      values.set(name, match[2] ?? match[3]);
    }
  }

  const seconds = (name: string): number | undefined => (values.has(name) ? deltaSeconds(values.get(name)) : undefined);
  return {
    noStore: values.has("no-store"),
    // With field names it would only cover those; to validate everything is always right.
    noCache: values.has("no-cache") || (cacheControl === undefined && /(^|,)\s*no-cache\s*(,|$)/i.test(pragma ?? "")),
    mustRevalidate: values.has("must-revalidate"),
    mustUnderstand: values.has("must-understand"),
    immutable: values.has("immutable"),
    onlyIfCached: values.has("only-if-cached"),
    maxAge: seconds("max-age"),
    maxStale: values.has("max-stale") && values.get("max-stale") === undefined ? Infinity : seconds("max-stale"),
    minFresh: seconds("min-fresh"),
    staleWhileRevalidate: seconds("stale-while-revalidate"),
  };
}

/** What is no number counts as stale at once (RFC 9111 section 4.2.1). */
function deltaSeconds(text: string | undefined): number {
  return text !== undefined && /^\d+$/.test(text) ? Math.min(Number(text), maxSeconds) : 0;
}
