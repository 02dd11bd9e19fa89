import { channelQueueLowBytes, maxChannelQueueBytes } from "../protocol/limits.js";

/** The two data channels of one connection, as frames go in and out of them. */
export class ChannelPair {
  readonly #control: RTCDataChannel;
  readonly #streams: RTCDataChannel;
  readonly #lifetime = new AbortController();

  constructor(control: RTCDataChannel, streams: RTCDataChannel, events: ChannelEvents) {
    this.#control = control;
    this.#streams = streams;
    const { signal } = this.#lifetime;
    for (const channel of [control, streams]) {
      channel.binaryType = "arraybuffer";
      channel.addEventListener("message", event => events.message(event.data as ArrayBuffer | string), { signal });
      channel.addEventListener("close", () => events.closed(), { signal });
      channel.addEventListener("open", () => this.#opened(events), { signal });
    }

    streams.bufferedAmountLowThreshold = channelQueueLowBytes;
    streams.addEventListener("bufferedamountlow", () => events.writable(), { signal });
    this.#opened(events);
  }

  get isOpen(): boolean {
    return this.#control.readyState === "open" && this.#streams.readyState === "open";
  }

  /** False while the channel's own queue holds as much as we let it: then `writable` follows. */
  get hasRoom(): boolean {
    return this.#streams.bufferedAmount < maxChannelQueueBytes;
  }

  sendControl(message: Uint8Array<ArrayBuffer>): void {
    if (this.#control.readyState === "open") {
      this.#control.send(message);
    }
  }

  sendStream(message: Uint8Array<ArrayBuffer>): void {
    this.#streams.send(message);
  }

  close(): void {
    this.#lifetime.abort();
    this.#control.close();
    this.#streams.close();
  }

  #opened(events: ChannelEvents): void {
    if (this.isOpen) {
      events.opened();
    }
  }
}

export interface ChannelEvents {
  /** Both channels are open. Called once or more; also from the constructor for channels that are open already. */
  opened(): void;
  message(data: ArrayBuffer | string): void;
  writable(): void;
  closed(): void;
}
