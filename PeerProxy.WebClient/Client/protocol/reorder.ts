import { ErrorCode, ProtocolError } from "./errors.js";
import type { Frame } from "./frames.js";
import { maxSequenceGap } from "./limits.js";

/**
 * Puts the sequenced frames of one direction of one stream in order. Its memory is bounded by the stream's credit (bytes) and
 * `maxSequenceGap` (empty frames).
 */
export class ReorderBuffer {
  #next = 0;
  #final: number | undefined;
  readonly #early = new Map<number, Frame>();

  /** True when the frame with FINAL has been handed out. */
  get isComplete(): boolean {
    return this.#final !== undefined && this.#next > this.#final;
  }

  /** Frames that wait for an earlier one. */
  get earlyFrames(): number {
    return this.#early.size;
  }

  /**
   * Takes a frame and returns the frames that are now in order, oldest first.
   * @throws {ProtocolError} PROTOCOL for a repeated number, a number after FINAL, or a second FINAL.
   */
  add(frame: Frame): readonly Frame[] {
    const sequence = frame.sequence;
    if (sequence - this.#next > maxSequenceGap) {
      throw new ProtocolError(ErrorCode.Protocol, `sequence number ${sequence} where ${this.#next} is next`);
    }

    if (sequence < this.#next || this.#early.has(sequence)) {
      throw new ProtocolError(ErrorCode.Protocol, `sequence number ${sequence} twice`);
    }

    if (this.#final !== undefined && sequence > this.#final) {
      throw new ProtocolError(ErrorCode.Protocol, `sequence number ${sequence} after the final one ${this.#final}`);
    }

    if (frame.final) {
      this.#setFinal(sequence);
    }

    if (sequence !== this.#next) {
      this.#early.set(sequence, frame);
      return [];
    }

    this.#next++;
    if (this.#early.size === 0) {
      return [frame];
    }

    const ready = [frame];
    for (let next = this.#early.get(this.#next); next !== undefined; next = this.#early.get(this.#next)) {
      this.#early.delete(this.#next);
      this.#next++;
      ready.push(next);
    }

    return ready;
  }

  #setFinal(sequence: number): void {
    if (this.#final !== undefined) {
      throw new ProtocolError(ErrorCode.Protocol, "two final frames");
    }

    for (const early of this.#early.keys()) {
      if (early > sequence) {
        throw new ProtocolError(ErrorCode.Protocol, `sequence number ${early} after the final one ${sequence}`);
      }
    }

    this.#final = sequence;
  }
}
