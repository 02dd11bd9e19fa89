import { maxChannelQueueBytes, minChannelQueueBytes } from "../protocol/limits.js";

/** What the path carries meanwhile may wait: refilled at the half, so a worker that is called this late by half keeps the path busy. */
const queueMs = 30;

/** How many measurements the rate is the largest of: acknowledgements come in trains, and the pause between two of them is no slower path. */
const rateMemory = 4;

/**
 * How much may wait in one data channel's own queue. What waits there has overtaken everything that comes later, however urgent: on a slow uplink a fixed
 * limit that keeps a fast one busy would hold up every request for as long as an upload runs.
 */
export class QueueLimit {
  #bytes: number;
  /** When the queue was full, and what was in it. */
  #full: { readonly at: number; readonly bytes: number } | undefined;

  /** Bytes per millisecond, the newest last. */
  readonly #rates: number[] = [];

  constructor(startBytes: number) {
    this.#bytes = startBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** More is there to be sent than the queue may take. */
  reached(queuedBytes: number, now: number): void {
    this.#full ??= { at: now, bytes: queuedBytes };
  }

  /** The queue has drained so far since. */
  drained(queuedBytes: number, now: number): void {
    const full = this.#full;
    this.#full = undefined;
    if (full === undefined || queuedBytes >= full.bytes) {
      return;
    }

    this.#rates.push((full.bytes - queuedBytes) / Math.max(now - full.at, 0.1));
    this.#rates.splice(0, this.#rates.length - rateMemory);
    // An empty queue may have been empty for a while: it does not tell the rate.
    const wanted = queuedBytes === 0 ? 2 * this.#bytes : Math.max(...this.#rates) * queueMs;
    this.#bytes = Math.round(Math.min(Math.max(wanted, minChannelQueueBytes), maxChannelQueueBytes));
  }
}
