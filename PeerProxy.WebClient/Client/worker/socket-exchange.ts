import { ErrorCode } from "../protocol/errors.js";
import { isValidField, type Field } from "../protocol/field-section.js";
import { FrameType, type Frame } from "../protocol/frames.js";
import { maxCloseReasonBytes, maxWebSocketMessageBytes } from "../protocol/limits.js";
import type { FromSocket, ToSocket } from "../protocol/messages.js";
import { decodeClose, decodeUtf8, truncateUtf8, viewOf } from "../protocol/payloads.js";
import type { Connection } from "./connection.js";
import type { Site } from "./messages.js";
import type { Tunnel, TunnelUser } from "./tunnel.js";
import { joinBytes, type StreamEvents, type TunnelStream } from "./tunnel-stream.js";

/** RFC 6455 section 7.4.1, as a page sees them. */
const CloseCode = { NoStatus: 1005, Abnormal: 1006 } as const;

/** Between scripts and images: a socket is part of a page that is in use (RFC 9218). */
const socketUrgency = 2;

const encoder = new TextEncoder();

/** One WebSocket of a page: its port on one side, a WS stream on the other. */
export class SocketExchange implements TunnelUser, StreamEvents {
  readonly urgency = socketUrgency;
  readonly #port: MessagePort;
  readonly #tunnel: Tunnel;
  readonly #path: string;
  readonly #client: string;
  readonly #protocols: readonly string[];
  #stream: TunnelStream | undefined;
  /** By which the tunnel knows that it was answered. */
  #number = 0;
  #isOpen = false;
  #isOver = false;
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  /** Sizes of queued messages, oldest first, as the page counts them in `bufferedAmount`. */
  readonly #queued: number[] = [];
  #sentOfFirst = 0;

  constructor(port: MessagePort, tunnel: Tunnel, path: string, client: string, protocols: readonly string[]) {
    this.#port = port;
    this.#tunnel = tunnel;
    this.#path = path;
    this.#client = client;
    this.#protocols = protocols;
    port.onmessage = event => this.#receiveFromPage(event.data as ToSocket);
    tunnel.add(this);
  }

  start(connection: Connection, site: Site): void {
    const head: Field[] = [
      [":method", "GET"],
      [":path", this.#path],
      [":authority", site.authority],
      [":scheme", site.scheme],
      ["pp-client", this.#client],
      ["user-agent", navigator.userAgent],
      ["accept-language", navigator.languages.join(",")],
    ];
    if (this.#protocols.length > 0) {
      head.push(["sec-websocket-protocol", this.#protocols.join(", ")]);
    }

    const writes = this.#tunnel.takeCookieWrites();
    this.#number = writes.number;
    head.push(...writes.cookies.map((write): Field => ["pp-document-cookie", write]));

    this.#stream = connection.open(this.urgency, this);
    this.#stream.sendHead(FrameType.WsOpen, head.filter(isValidField), false);
  }

  giveUp(_code: number, _message: string): void {
    this.#over(CloseCode.Abnormal, "", false, true);
  }

  head(fields: Field[], _final: boolean): void {
    const value = (name: string): string | undefined => fields.find(field => field[0] === name)?.[1];
    if (this.#isOpen) {
      this.#fail(ErrorCode.Protocol, "a second head");
      return;
    }

    this.#tunnel.answered(this.#number);
    const cookies = fields.filter(([name]) => name === "pp-cookie").map(([, cookie]) => cookie);
    if (cookies.length > 0) {
      this.#tunnel.reportCookies(cookies, new URL(this.#path, this.#client).href);
    }

    if (value(":status") !== "101") {
      this.#stream?.reset(ErrorCode.NoError, "");
      this.#over(CloseCode.Abnormal, "", false, true);
      return;
    }

    this.#isOpen = true;
    this.#post({ type: "open", protocol: value("sec-websocket-protocol") ?? "" });
  }

  data(type: FrameType, bytes: Uint8Array<ArrayBuffer>, more: boolean, _final: boolean): void {
    this.#parts.push(bytes);
    this.#partBytes += bytes.byteLength;
    if (this.#partBytes > maxWebSocketMessageBytes) {
      this.#fail(ErrorCode.TooLarge, "a message above the limit");
      return;
    }

    if (more) {
      // Only the whole message can be used, so its parts must not hold the window: the limit above bounds them.
      this.#stream?.consume(bytes.byteLength);
      return;
    }

    const message = joinBytes(this.#parts, this.#partBytes);
    this.#parts = [];
    this.#partBytes = 0;
    // The parts before the last are consumed; the page reports the last one when it has handled the message.
    if (type === FrameType.WsText) {
      this.#post({ type: "text", text: decodeUtf8(message), bytes: bytes.byteLength });
    } else {
      const data = message.slice().buffer;
      this.#post({ type: "binary", data, bytes: bytes.byteLength }, [data]);
    }
  }

  other(frame: Frame): void {
    if (frame.type === FrameType.WsPing) {
      this.#stream?.consume(frame.payload.byteLength);
      this.#stream?.send(FrameType.WsPong, frame.payload, false);
    } else if (frame.type === FrameType.WsPong) {
      this.#stream?.consume(frame.payload.byteLength);
    } else if (frame.type === FrameType.WsClose) {
      this.#receiveClose(frame.payload);
    }
  }

  sent(bytes: number): void {
    this.#sentOfFirst += bytes;
    for (let first = this.#queued[0]; first !== undefined && this.#sentOfFirst >= first; first = this.#queued[0]) {
      this.#sentOfFirst -= first;
      this.#queued.shift();
      this.#post({ type: "sent", bytes: first });
    }
  }

  stopSending(): void {
    // The other half of the stream goes on; the page learns of the end from the close frame.
  }

  completed(): void {
    this.#over(CloseCode.Abnormal, "", false, true);
  }

  failed(): void {
    this.#over(CloseCode.Abnormal, "", false, true);
  }

  #receiveFromPage(message: ToSocket): void {
    switch (message.type) {
      case "text":
        this.#send(FrameType.WsText, encoder.encode(message.text));
        break;
      case "binary":
        this.#send(FrameType.WsBinary, new Uint8Array(message.bytes));
        break;
      case "consumed":
        this.#stream?.consume(message.bytes);
        break;
      case "close":
        this.#closeFromPage(message.code, message.reason);
        break;
    }
  }

  #send(type: FrameType, bytes: Uint8Array): void {
    this.#queued.push(bytes.byteLength);
    this.#stream?.send(type, bytes, false);
    if (bytes.byteLength === 0) {
      this.sent(0);
    }
  }

  #closeFromPage(code: number | undefined, reason: string): void {
    if (!this.#isOpen) {
      this.#stream?.reset(ErrorCode.Cancelled, "");
      this.#over(CloseCode.Abnormal, "", false, true);
      return;
    }

    this.#stream?.send(FrameType.WsClose, closePayload(code, reason), true);
  }

  #receiveClose(payload: Uint8Array): void {
    const { status, reason } = decodeClose(payload);
    // First, for the stream is complete, and says so, as soon as the answer has gone.
    this.#over(status ?? CloseCode.NoStatus, reason, true, false);
    this.#stream?.send(FrameType.WsClose, payload, true);
  }

  #fail(code: number, message: string): void {
    this.#stream?.reset(code, message);
    this.#over(CloseCode.Abnormal, "", false, true);
  }

  #over(code: number, reason: string, wasClean: boolean, failed: boolean): void {
    if (this.#isOver) {
      return;
    }

    this.#isOver = true;
    this.#post({ type: "closed", code, reason, wasClean, failed });
    this.#tunnel.finished(this);
  }

  #post(message: FromSocket, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}

function closePayload(code: number | undefined, reason: string): Uint8Array {
  if (code === undefined) {
    return new Uint8Array(0);
  }

  const text = truncateUtf8(reason, maxCloseReasonBytes);
  const payload = new Uint8Array(2 + text.byteLength);
  viewOf(payload).setUint16(0, code);
  payload.set(text, 2);
  return payload;
}
