import { minChannelQueueBytes, startChannelQueueBytes } from "../protocol/limits.js";
import { Lane } from "./lane.js";

/** The data channels of one connection, as frames go in and out of them: one for control, one for streams, and those of lanes. */
export class Channels {
  readonly #control: RTCDataChannel;
  /** Channels that carry streams; the first is that of the association which also has the control channel. */
  readonly #lanes: Lane[] = [];
  readonly #events: ChannelEvents;
  readonly #lifetime = new AbortController();

  constructor(control: RTCDataChannel, streams: RTCDataChannel, events: ChannelEvents) {
    this.#control = control;
    this.#events = events;
    const { signal } = this.#lifetime;
    this.#addLane(streams, startChannelQueueBytes);
    for (const channel of [control, streams]) {
      this.#listen(channel);
      channel.addEventListener("open", () => this.#opened(), { signal });
    }

    this.#opened();
  }

  get isOpen(): boolean {
    return this.#control.readyState === "open" && this.#lanes[0]!.channel.readyState === "open";
  }

  /** False while the channels' own queues hold as much as we let them: then `writable` follows. */
  get hasRoom(): boolean {
    return this.#emptiest().fullness < 1;
  }

  /** The largest message that the channel which is next should be given. */
  get messageBytes(): number {
    return this.#emptiest().messageBytes;
  }

  /** There is more to send than there is room for. */
  reached(): void {
    this.#lanes.forEach(lane => lane.reached());
  }

  /** A lane takes part once it is open. One that never opens is given up; one that was open and closes has lost what was on its way. */
  addLane(channel: RTCDataChannel): void {
    const { signal } = this.#lifetime;
    const join = (): void => {
      this.#listen(channel);
      // Its sender begins slowly while the others are at full speed: what waits for it holds up the stream.
      this.#addLane(channel, minChannelQueueBytes);
      this.#events.writable();
    };
    channel.binaryType = "arraybuffer";
    if (channel.readyState === "open") {
      join();
    } else {
      channel.addEventListener("open", join, { signal, once: true });
    }
  }

  sendControl(message: Uint8Array<ArrayBuffer>): void {
    if (this.#control.readyState === "open") {
      this.#control.send(message);
    }
  }

  sendStream(message: Uint8Array<ArrayBuffer>): void {
    this.#emptiest().channel.send(message);
  }

  close(): void {
    this.#lifetime.abort();
    this.#control.close();
    for (const lane of this.#lanes) {
      lane.channel.close();
    }
  }

  #addLane(channel: RTCDataChannel, startBytes: number): void {
    this.#lanes.push(new Lane(channel, startBytes, () => this.#events.writable(), this.#lifetime.signal));
  }

  /** Each holds what its own path takes in the same time: what waits in a slow one holds up its stream, however fast the others are. */
  #emptiest(): Lane {
    return this.#lanes.reduce((best, lane) => lane.fullness < best.fullness ? lane : best);
  }

  #listen(channel: RTCDataChannel): void {
    const { signal } = this.#lifetime;
    channel.binaryType = "arraybuffer";
    channel.addEventListener("message", event => this.#events.message(event.data as ArrayBuffer | string), { signal });
    channel.addEventListener("close", () => this.#events.closed(), { signal });
  }

  #opened(): void {
    if (this.isOpen) {
      this.#events.opened();
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
