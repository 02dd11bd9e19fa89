import { isCredited, type FrameType } from "../protocol/frames.js";

/** One frame that may go now. */
export interface OutgoingFrame {
  readonly type: FrameType;
  readonly payload: Uint8Array;
  readonly final: boolean;
  readonly more: boolean;
}

interface Unit {
  readonly type: FrameType;
  bytes: Uint8Array;
  readonly final: boolean;
}

/** What a stream wants to send, in order, cut into frames only when they can go: credit and urgency decide late. */
export class Outbox {
  readonly #units: Unit[] = [];

  get isEmpty(): boolean {
    return this.#units.length === 0;
  }

  /** Queues a unit: a head, a part of a body, a WebSocket message. A unit of a message type that does not fit one frame is sent with MORE. */
  add(type: FrameType, bytes: Uint8Array, final: boolean): void {
    this.#units.push({ type, bytes, final });
  }

  clear(): void {
    this.#units.length = 0;
  }

  /** True when something can go with this much credit. */
  canSend(creditBytes: number): boolean {
    const unit = this.#units[0];
    return unit !== undefined && (creditBytes > 0 || unit.bytes.byteLength === 0 || !isCredited(unit.type));
  }

  /**
   * The next frame; call only after `canSend`.
   * @param frameBytes the largest payload wanted.
   */
  next(creditBytes: number, frameBytes: number, isSplitWithMore: (type: FrameType) => boolean): OutgoingFrame {
    const unit = this.#units[0]!;
    const limit = isCredited(unit.type) ? Math.min(frameBytes, creditBytes) : frameBytes;
    const payload = unit.bytes.subarray(0, limit);
    unit.bytes = unit.bytes.subarray(payload.byteLength);
    const isLast = unit.bytes.byteLength === 0;
    if (isLast) {
      this.#units.shift();
    }

    return { type: unit.type, payload, final: isLast && unit.final, more: !isLast && isSplitWithMore(unit.type) };
  }
}
