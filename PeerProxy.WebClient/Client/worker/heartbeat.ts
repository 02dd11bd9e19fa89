import { heartbeatAfterMs, heartbeatLostMs } from "../protocol/limits.js";

const checkEveryMs = 5_000;

/** Notices a silent agent: asks after a silence, and reports the connection lost when nothing at all follows. Not in the data path. */
export class Heartbeat {
  readonly #ask: () => void;
  readonly #lost: () => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #lastArrival = performance.now();
  #askedAt: number | undefined;
  #patienceMs = heartbeatLostMs;

  constructor(ask: () => void, lost: () => void) {
    this.#ask = ask;
    this.#lost = lost;
    this.#timer = setInterval(() => this.#check(), checkEveryMs);
  }

  arrived(): void {
    this.#lastArrival = performance.now();
    this.#askedAt = undefined;
    this.#patienceMs = heartbeatLostMs;
  }

  /** Asks now, and waits only this long: after a change of network or a sleep the old connection is probably gone. */
  probe(patienceMs: number): void {
    this.#patienceMs = patienceMs;
    this.#askedAt = performance.now();
    this.#ask();
    setTimeout(() => this.#check(), patienceMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    const now = performance.now();
    if (this.#askedAt !== undefined) {
      if (now - this.#askedAt >= this.#patienceMs) {
        this.#lost();
      }
    } else if (now - this.#lastArrival >= heartbeatAfterMs) {
      this.#askedAt = now;
      this.#ask();
    }
  }
}
