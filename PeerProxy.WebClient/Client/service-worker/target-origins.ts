import type { Field } from "../protocol/field-section.js";

const cacheName = "peerproxy-own";

/** A name in our cache, no address that is ever fetched. */
const recordPath = "/.peerproxy/target-origins";

let known: readonly string[] = [];

/** Origins under which pages of the site may name the target itself: their addresses are this site's. */
export function targetOrigins(): readonly string[] {
  return known;
}

export function isTargetOrigin(origin: string): boolean {
  return known.includes(origin);
}

/** The agent names them with each navigation (docs/protocol.md section 2, pp-target). */
export function learnTargetOrigins(fields: readonly Field[]): void {
  const value = fields.find(([name]) => name === "pp-target")?.[1];
  if (value === undefined || value === known.join(" ")) {
    return;
  }

  known = value.split(" ").filter(origin => URL.canParse(origin));
  void caches.open(cacheName).then(cache => cache.put(recordPath, new Response(value)));
}

/** Brings back what an earlier life of this worker has learnt. */
export async function loadTargetOrigins(): Promise<void> {
  const stored = await (await caches.open(cacheName)).match(recordPath);
  const value = await stored?.text();
  if (value !== undefined && known.length === 0) {
    known = value.split(" ").filter(origin => URL.canParse(origin));
  }
}
