import type { DatedResponse } from "./freshness.js";
import type { VariantKey } from "./variants.js";

/** What is known of a stored response; its body lies in the Cache under `id`. */
export interface CacheEntry extends DatedResponse {
  readonly id: string;
  /** Without fragment. */
  readonly url: string;
  readonly variant: VariantKey;
  /** Undefined: it has no body. */
  readonly bodyBytes: number | undefined;
  /** The body was compressed by the target and lies here unpacked: its bytes are not those that ranges count. */
  readonly wasEncoded: boolean;
  /** The response in the Cache has these fields still; after a 304 only the entry has them. */
  readonly isPristine: boolean;
  /** Milliseconds since 1970. */
  lastUsed: number;
}
