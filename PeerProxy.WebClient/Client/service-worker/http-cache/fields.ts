import type { Field } from "../../protocol/field-section.js";

/** The value of a field, its lines joined as RFC 9110 section 5.3 says; undefined where there is none. Names are lower case. */
export function valueOf(fields: readonly Field[], name: string): string | undefined {
  let joined: string | undefined;
  for (const [known, value] of fields) {
    if (known === name) {
      joined = joined === undefined ? value : `${joined}, ${value}`;
    }
  }

  return joined;
}
