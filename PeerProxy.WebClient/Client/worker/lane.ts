import { QueueLimit } from "./queue-limit.js";

/** A data channel that carries streams, and how full it is. */
export class Lane {
  readonly channel: RTCDataChannel;
  readonly #limit: QueueLimit;

  /** @param startBytes what may wait in it until its rate is known. */
  constructor(channel: RTCDataChannel, startBytes: number, writable: () => void, signal: AbortSignal) {
    this.channel = channel;
    this.#limit = new QueueLimit(startBytes);
    this.#setThreshold();
    channel.addEventListener("bufferedamountlow", () => {
      this.#limit.drained(channel.bufferedAmount, performance.now());
      this.#setThreshold();
      writable();
    }, { signal });
  }

  /** Of its limit: at 1 and above there is no room. */
  get fullness(): number {
    return this.channel.bufferedAmount / this.#limit.bytes;
  }

  /** The largest message that leaves room for another while it is sent. */
  get messageBytes(): number {
    return this.#limit.bytes / 2;
  }

  /** There was more to send than it takes. */
  reached(): void {
    this.#limit.reached(this.channel.bufferedAmount, performance.now());
  }

  #setThreshold(): void {
    this.channel.bufferedAmountLowThreshold = this.#limit.bytes / 2;
  }
}
