import type { ReceiveCredit } from "../protocol/credit.js";
import { maxStreamWindowBytes } from "../protocol/limits.js";

/** A window should last this long: the longest round trip without a gap, twice, because a sender that starts doubles its rate in one. */
const windowLastsMs = 600;

/** A rate over less than this says more about our own scheduling than about the path. */
const leastSpanMs = 20;

/**
 * Finds out whether a stream's window limits the agent. While a grant travels, the agent lives on what the window has left: without what waits here for
 * lost packets, which on a lossy path is the larger part. A page that reads slowly shows as a low rate, and widens nothing.
 */
export class WindowGauge {
  #deliveredBytes = 0;
  #bytesPerMs = 0;
  #measuredAt: number;
  #receivedBytes = 0;
  #consumedBytes = 0;

  constructor(now: number) {
    this.#measuredAt = now;
  }

  /** Bytes have reached their owner, in order. */
  deliver(bytes: number): void {
    this.#deliveredBytes += bytes;
  }

  /** A grant is due: the window it should be made with, in bytes. `now` is in milliseconds. */
  next(credit: ReceiveCredit, now: number): number {
    const spanMs = now - this.#measuredAt;
    if (spanMs >= leastSpanMs) {
      this.#bytesPerMs = (credit.receivedBytes - this.#receivedBytes) / spanMs;
      this.#measuredAt = now;
      this.#receivedBytes = credit.receivedBytes;
    }

    const window = credit.windowBytes;
    const earlyBytes = credit.receivedBytes - this.#deliveredBytes;
    const leftBytes = window - credit.grantBytes - earlyBytes;
    // A page that reads the first bytes and then pauses should not hold a wide window.
    const isRead = credit.consumedBytes - this.#consumedBytes >= window / 4;
    if (!isRead || leftBytes >= this.#bytesPerMs * windowLastsMs) {
      return window;
    }

    this.#consumedBytes = credit.consumedBytes;
    return Math.min(2 * window, maxStreamWindowBytes);
  }
}
