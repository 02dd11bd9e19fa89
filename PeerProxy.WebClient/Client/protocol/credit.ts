import { ErrorCode, ProtocolError } from "./errors.js";
import { maxGrantBytes } from "./limits.js";

/** How much a sender may still send (docs/protocol.md section 4). Bytes since the start. */
export class SendCredit {
  #limit: number;
  #sent = 0;

  constructor(initialLimitBytes: number) {
    this.#limit = initialLimitBytes;
  }

  get available(): number {
    return this.#limit - this.#sent;
  }

  /** Takes a CREDIT or the peer's first SETTINGS. A lower value than known is an old one: CREDIT may be reordered. */
  raise(limitBytes: number): void {
    this.#limit = Math.max(this.#limit, limitBytes);
  }

  take(bytes: number): void {
    if (bytes > this.available) {
      throw new RangeError(`${bytes} bytes with a credit of ${this.available}`);
    }

    this.#sent += bytes;
  }
}

/** What a receiver has promised, got and used. Grants when half of the window is consumed, of a large one a smaller part, so that a grant is on the
 * way before the sender stalls. */
export class ReceiveCredit {
  #window: number;
  #limit: number;
  #received = 0;
  #consumed = 0;

  constructor(windowBytes: number) {
    this.#window = windowBytes;
    this.#limit = windowBytes;
  }

  get windowBytes(): number {
    return this.#window;
  }

  /** What is consumed before the next grant. */
  get grantBytes(): number {
    return Math.min(this.#window / 2, maxGrantBytes);
  }

  get receivedBytes(): number {
    return this.#received;
  }

  get consumedBytes(): number {
    return this.#consumed;
  }

  /** @throws {ProtocolError} FLOW_CONTROL when the peer sent more than its credit. */
  receive(bytes: number): void {
    this.#received += bytes;
    if (this.#received > this.#limit) {
      throw new ProtocolError(ErrorCode.FlowControl, `${this.#received} bytes with a limit of ${this.#limit}`);
    }
  }

  /** Counts bytes as used. Returns the new limit to send as CREDIT, or undefined while the peer still has enough. */
  consume(bytes: number): number | undefined {
    this.#consumed += bytes;
    if (this.#limit - this.#consumed > this.#window - this.grantBytes) {
      return undefined;
    }

    this.#limit = this.#consumed + this.#window;
    return this.#limit;
  }

  /** Makes the window larger; the next grant uses it. */
  widen(windowBytes: number): void {
    this.#window = Math.max(this.#window, windowBytes);
  }
}
