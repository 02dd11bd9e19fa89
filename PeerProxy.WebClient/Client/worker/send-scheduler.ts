import type { TunnelStream } from "./tunnel-stream.js";

const urgencies = 8;

/** Streams with something to send: more urgent ones first (RFC 9218), equal ones in turn, frame by frame. */
export class SendScheduler {
  readonly #queues: TunnelStream[][] = Array.from({ length: urgencies }, () => []);

  add(stream: TunnelStream): void {
    const queue = this.#queues[stream.urgency]!;
    if (!queue.includes(stream)) {
      queue.push(stream);
    }
  }

  remove(stream: TunnelStream): void {
    const queue = this.#queues[stream.urgency]!;
    const index = queue.indexOf(stream);
    if (index >= 0) {
      queue.splice(index, 1);
    }
  }

  /** The stream whose turn it is among those that `canSend`; it goes to the end of its queue. */
  next(canSend: (stream: TunnelStream) => boolean): TunnelStream | undefined {
    for (const queue of this.#queues) {
      const index = queue.findIndex(canSend);
      if (index >= 0) {
        const [stream] = queue.splice(index, 1);
        queue.push(stream!);
        return stream;
      }
    }

    return undefined;
  }
}
