import type { Field } from "../../protocol/field-section.js";
import { valueOf } from "./fields.js";

/**
 * The request fields that chose a stored response among its variants (RFC 9111 section 4.1), by name. Null stands for a value that is not known here.
 */
export type VariantKey = readonly (readonly [name: string, value: string | null])[];

/** The agent adds these, or leaves them out, the same way for every request of this browser. */
const constantFields = new Set(["accept-encoding", "host", "origin", "sec-fetch-site", "sec-fetch-user", "save-data", "x-forwarded-proto", "x-forwarded-host"]);

/** What our requests call a field that the agent makes of it. */
const ourNames: Record<string, string> = { "sec-fetch-dest": "pp-destination", "sec-fetch-mode": "pp-mode", referer: "pp-referrer" };

/** Only the agent knows which cookies go along. */
const unknownFields = new Set(["cookie"]);

export function variantKey(vary: string | undefined, requestFields: readonly Field[]): VariantKey {
  const names = new Set((vary ?? "").toLowerCase().split(",").map(name => name.trim()).filter(name => name !== "" && !constantFields.has(name)));
  return [...names].sort().map(name => [name, unknownFields.has(name) ? null : normalized(valueOf(requestFields, ourNames[name] ?? name))]);
}

export type Match =
  /** The stored response was chosen by the same values. */
  | "same"
  /** It may have been; only the target can tell, by its ETag. */
  | "unknown"
  | "other";

export function matchVariant(key: VariantKey, requestFields: readonly Field[]): Match {
  let match: Match = "same";
  for (const [name, value] of key) {
    if (value === null) {
      match = "unknown";
    } else if (normalized(valueOf(requestFields, ourNames[name] ?? name)) !== value) {
      return "other";
    }
  }

  return match;
}

/** White space around and between the members of a list does not count. */
function normalized(value: string | undefined): string {
  return (value ?? "").split(",").map(part => part.trim()).join(",");
}
