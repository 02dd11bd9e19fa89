import { ReceiveCredit, SendCredit } from "../protocol/credit.js";
import { ErrorCode, ProtocolError } from "../protocol/errors.js";
import { decodeFieldSection, encodeFieldSection, type Field } from "../protocol/field-section.js";
import { FrameType, isCredited, type Frame } from "../protocol/frames.js";
import { ReorderBuffer } from "../protocol/reorder.js";
import type { Connection } from "./connection.js";
import { Outbox, type OutgoingFrame } from "./outbox.js";
import { WindowGauge } from "./window-gauge.js";

/** What the owner of a stream hears, in the order the agent sent it. */
export interface StreamEvents {
  /** A head of the response, or of the WebSocket handshake. */
  head(fields: Field[], final: boolean): void;
  /** Bytes of a body or of a WebSocket message; they count as received until `consume`. */
  data(type: FrameType, bytes: Uint8Array<ArrayBuffer>, more: boolean, final: boolean): void;
  /** Frames with neither: trailers, pings, close. `final` may come with an empty body frame in `data` as well. */
  other(frame: Frame): void;
  /** Bytes of the outbox have left: room for as many more. */
  sent(bytes: number): void;
  /** The agent needs no more of what we send; what it sends goes on. */
  stopSending(): void;
  /** Both directions have ended as they should. What was received may still wait to be consumed. */
  completed(): void;
  /** The stream is over without its end. Nothing else follows. */
  failed(code: number, message: string): void;
}

/** One stream at the visitor: order, credit and the two directions' ends. */
export class TunnelStream {
  readonly id: number;
  readonly urgency: number;
  readonly sendCredit: SendCredit;
  readonly outbox = new Outbox();
  readonly #connection: Connection;
  readonly #events: StreamEvents;
  readonly #receiveCredit: ReceiveCredit;
  readonly #gauge = new WindowGauge(performance.now());
  readonly #reorder = new ReorderBuffer();
  #headParts: Uint8Array[] = [];
  #headBytes = 0;
  #sequence = 0;
  #sentFinal = false;
  #closed = false;
  /** All received bytes were counted as consumed when the stream ended early. */
  #isSettled = false;

  constructor(connection: Connection, id: number, urgency: number, sendLimitBytes: number, windowBytes: number, events: StreamEvents) {
    this.#connection = connection;
    this.id = id;
    this.urgency = urgency;
    this.sendCredit = new SendCredit(sendLimitBytes);
    this.#receiveCredit = new ReceiveCredit(windowBytes);
    this.#events = events;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Bytes that were received and not consumed. */
  get heldBytes(): number {
    return this.#receiveCredit.receivedBytes - this.#receiveCredit.consumedBytes;
  }

  /** Queues a head (HEADERS, WS_OPEN). */
  sendHead(type: FrameType, fields: readonly Field[], final: boolean): void {
    this.send(type, encodeFieldSection(fields), final);
  }

  send(type: FrameType, bytes: Uint8Array, final: boolean): void {
    if (this.#closed || this.#sentFinal) {
      return;
    }

    this.outbox.add(type, bytes, final);
    this.#connection.wantsToSend(this);
  }

  /** The number of the next frame. The connection calls it as the frame goes. */
  takeSequence(frame: OutgoingFrame): number {
    this.#sentFinal ||= frame.final;
    return this.#sequence++;
  }

  /** Tells the owner what left. After the frame is in the channel, so that the owner may queue more at once. */
  reportSent(bytes: number): void {
    if (bytes > 0) {
      this.#events.sent(bytes);
    }

    this.#closeIfComplete();
  }

  /** The page has used bytes of `data`. */
  consume(bytes: number): void {
    if (this.#isSettled) {
      return;
    }

    const limit = this.#receiveCredit.consume(bytes);
    if (limit !== undefined && !this.#closed && !this.#reorder.isComplete) {
      this.#connection.sendCredit(this.id, this.#widenIfTooSmall() ?? limit);
    }

    this.#connection.consume(bytes);
  }

  /** Ends the stream from our side: RESET if it is not over, and what was received counts as consumed. */
  reset(code: number, reason: string): void {
    if (!this.#closed) {
      this.#connection.sendReset(this.id, code, reason);
      this.#close();
    } else if (!this.#isSettled) {
      this.#settle();
    }
  }

  /** @throws {ProtocolError} what the agent may not do: an error of the connection. */
  receive(frame: Frame): void {
    if (isCredited(frame.type)) {
      this.#receiveCredit.receive(frame.payload.byteLength);
    }

    for (const ready of this.#reorder.add(frame)) {
      if (this.#closed) {
        return;
      }

      this.#deliver(ready);
    }

    this.#closeIfComplete();
  }

  receiveReset(code: number, reason: string): void {
    if (code === ErrorCode.NoError) {
      this.#sentFinal = true;
      this.outbox.clear();
      this.#events.stopSending();
      this.#closeIfComplete();
      return;
    }

    this.fail(code, reason);
  }

  fail(code: number, message: string): void {
    if (!this.#closed) {
      this.#close();
      this.#events.failed(code, message);
    }
  }

  #deliver(frame: Frame): void {
    if (isCredited(frame.type)) {
      this.#gauge.deliver(frame.payload.byteLength);
    }

    switch (frame.type) {
      case FrameType.Headers:
        this.#addHeadPart(frame);
        break;
      case FrameType.Body:
      case FrameType.WsText:
      case FrameType.WsBinary:
        this.#events.data(frame.type, frame.payload, frame.more, frame.final);
        break;
      default:
        this.#events.other(frame);
    }
  }

  #addHeadPart(frame: Frame): void {
    this.#headParts.push(frame.payload);
    this.#headBytes += frame.payload.byteLength;
    const maxHeadBytes = this.#connection.settings.maxHeadBytes;
    if (this.#headBytes > maxHeadBytes) {
      throw new ProtocolError(ErrorCode.TooLarge, `a head above ${maxHeadBytes} bytes`);
    }

    if (frame.more) {
      return;
    }

    const section = joinBytes(this.#headParts, this.#headBytes);
    this.#headParts = [];
    this.#headBytes = 0;
    this.#events.head(decodeFieldSection(section, maxHeadBytes), frame.final);
  }

  /** Returns the limit to grant with a window that was widened now. */
  #widenIfTooSmall(): number | undefined {
    const credit = this.#receiveCredit;
    const window = this.#gauge.next(credit, performance.now());
    if (window === credit.windowBytes) {
      return undefined;
    }

    credit.widen(window);
    return credit.consume(0);
  }

  #closeIfComplete(): void {
    if (!this.#closed && this.#sentFinal && this.#reorder.isComplete) {
      this.#closed = true;
      this.#connection.forget(this);
      this.#events.completed();
    }
  }

  #close(): void {
    this.#closed = true;
    this.outbox.clear();
    this.#settle();
    this.#connection.forget(this);
  }

  /** What was received and will not be read counts as consumed, so that the connection's credit does not leak. */
  #settle(): void {
    const held = this.heldBytes;
    this.#isSettled = true;
    this.#receiveCredit.consume(held);
    this.#connection.consume(held);
  }
}

/** One array of the parts; the part itself when there is only one. */
export function joinBytes(parts: readonly Uint8Array[], totalBytes: number): Uint8Array {
  if (parts.length === 1) {
    return parts[0]!;
  }

  const joined = new Uint8Array(totalBytes);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.byteLength;
  }

  return joined;
}
