import { BodyPump } from "../protocol/body-pump.js";
import { describeError, ErrorCode } from "../protocol/errors.js";
import { isValidField, type Field } from "../protocol/field-section.js";
import { FrameType, type Frame } from "../protocol/frames.js";
import type { FromTunnel, ToTunnel } from "../protocol/messages.js";
import type { Connection } from "./connection.js";
import type { Site } from "./messages.js";
import type { Tunnel, TunnelUser } from "./tunnel.js";
import type { StreamEvents, TunnelStream } from "./tunnel-stream.js";

type Request = Extract<ToTunnel, { type: "request" }>;

/** Request body bytes asked for ahead of what has left: keeps the channel busy over a round trip to the service worker, or while a file is read. */
const bodyWindowBytes = 512 * 1024;

/** A request that meets this many lost connections is given back to the page. */
const maxAttempts = 4;

const repeatableMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** One request of the service worker and its response. */
export class Exchange implements TunnelUser, StreamEvents {
  readonly urgency: number;
  readonly #request: Request;
  readonly #tunnel: Tunnel;
  readonly #reply: (message: FromTunnel, transfer?: Transferable[]) => void;
  readonly #changed: () => void;
  #stream: TunnelStream | undefined;
  /** Of a body that is read here. */
  #body: BodyPump | undefined;
  #sentBytes = 0;
  #hasHead = false;
  #isOver = false;
  #expectedBytes: number | undefined;
  #receivedBytes = 0;
  #attempts = 0;
  /** Of the last attempt. */
  #number = 0;

  constructor(request: Request, tunnel: Tunnel, reply: (message: FromTunnel, transfer?: Transferable[]) => void, changed: () => void) {
    this.#request = request;
    this.urgency = request.urgency;
    this.#tunnel = tunnel;
    this.#reply = reply;
    this.#changed = changed;
  }

  /** True when nothing more is sent, received or consumed. */
  get isSettled(): boolean {
    return this.#isOver && (this.#stream === undefined || (this.#stream.isClosed && this.#stream.heldBytes === 0));
  }

  start(connection: Connection, site: Site): void {
    const { method, path, fields, hasBody, blob, id, urgency } = this.#request;
    const stream = connection.open(urgency, this);
    this.#stream = stream;
    this.#attempts++;
    const writes = this.#tunnel.takeCookieWrites();
    this.#number = writes.number;
    const head: Field[] = [
      [":method", method],
      [":path", path],
      [":authority", site.authority],
      [":scheme", site.scheme],
      ...fields,
      ...writes.cookies.map((write): Field => ["pp-document-cookie", write]),
    ];
    stream.sendHead(FrameType.Headers, head.filter(isValidField), !hasBody);
    if (blob !== undefined) {
      this.#body = new BodyPump((blob.stream() as ReadableStream<Uint8Array<ArrayBuffer>>).getReader(), {
        chunk: bytes => this.addBody(bytes),
        end: () => this.endBody(),
        failed: () => this.#fail(ErrorCode.Cancelled, "The file or body to be sent cannot be read."),
      });
      void this.#body.pull(bodyWindowBytes);
    } else if (hasBody) {
      this.#reply({ type: "pull", id, bytes: bodyWindowBytes });
    }
  }

  // From the service worker.

  addBody(bytes: Uint8Array<ArrayBuffer>): void {
    this.#stream?.send(FrameType.Body, bytes, false);
  }

  endBody(): void {
    this.#stream?.send(FrameType.Body, new Uint8Array(0), true);
  }

  consume(bytes: number): void {
    this.#stream?.consume(bytes);
  }

  cancel(): void {
    this.#stream?.reset(ErrorCode.Cancelled, "");
    this.#finish();
  }

  // From the agent.

  head(fields: Field[], final: boolean): void {
    const status = Number(fields.find(([name]) => name === ":status")?.[1]);
    if (!Number.isInteger(status) || status < 100 || status > 599) {
      this.#fail(ErrorCode.Protocol, "a response without a status");
      return;
    }

    if (status < 200) {
      return;
    }

    if (this.#hasHead) {
      this.#fail(ErrorCode.Protocol, "a second response head");
      return;
    }

    this.#hasHead = true;
    this.#tunnel.answered(this.#number);
    const cookies = fields.filter(([name]) => name === "pp-cookie").map(([, value]) => value);
    if (cookies.length > 0) {
      // Before the head goes on: scripts that see the response must see its cookies.
      this.#tunnel.reportCookies(cookies, this.#request.url);
    }

    const plain = fields.filter(([name]) => !name.startsWith(":") && name !== "pp-cookie");
    this.#expectedBytes = final ? undefined : announcedBytes(plain);
    this.#reply({ type: "head", id: this.#request.id, status, fields: plain, hasBody: !final });
    if (final) {
      this.#end();
    }
  }

  data(_type: FrameType, bytes: Uint8Array<ArrayBuffer>, _more: boolean, final: boolean): void {
    if (!this.#hasHead) {
      this.#fail(ErrorCode.Protocol, "a body before its head");
      return;
    }

    this.#receivedBytes += bytes.byteLength;
    if (this.#expectedBytes !== undefined && (this.#receivedBytes > this.#expectedBytes || (final && this.#receivedBytes < this.#expectedBytes))) {
      this.#fail(ErrorCode.Incomplete, `${this.#receivedBytes} of ${this.#expectedBytes} bytes`);
      return;
    }

    if (bytes.byteLength > 0) {
      this.#reply({ type: "chunk", id: this.#request.id, bytes, last: final }, [bytes.buffer]);
    }

    if (final) {
      this.#end(bytes.byteLength > 0);
    }
  }

  other(frame: Frame): void {
    if (frame.type !== FrameType.Trailers || !this.#hasHead) {
      this.#fail(ErrorCode.Protocol, "a frame that is no part of a response");
    } else if (frame.final) {
      this.#end();
    }
  }

  sent(bytes: number): void {
    if (this.#isOver) {
      return;
    }

    if (this.#body === undefined) {
      this.#reply({ type: "pull", id: this.#request.id, bytes });
      return;
    }

    void this.#body.pull(bytes);
    this.#sentBytes += bytes;
    if (this.#request.reportsSent) {
      this.#reply({ type: "sent", id: this.#request.id, bytes: this.#sentBytes });
    }
  }

  completed(): void {
    this.#changed();
  }

  stopSending(): void {
    if (this.#body === undefined) {
      this.#reply({ type: "body-stop", id: this.#request.id });
    } else {
      this.#body.stop();
    }
  }

  failed(code: number, message: string): void {
    if (this.#isOver) {
      return;
    }

    const wasRefused = code === ErrorCode.Refused || code === ErrorCode.GoingAway;
    if (wasRefused && this.#attempts < maxAttempts && !this.#hasHead && !this.#request.hasBody && repeatableMethods.has(this.#request.method)) {
      this.#stream = undefined;
      this.#tunnel.repeat(this);
      return;
    }

    this.giveUp(code, message);
  }

  giveUp(code: number, message: string): void {
    if (!this.#isOver) {
      this.#reply({ type: "error", id: this.#request.id, code, message: describeError(code, message) });
      this.#finish();
    }
  }

  #fail(code: number, message: string): void {
    this.#stream?.reset(code, message);
    this.giveUp(code, message);
  }

  #end(wasSaid = false): void {
    if (this.#request.hasBody) {
      // The rest of an upload that nobody reads must not go on filling the path; what the page still reads is unaffected.
      this.stopSending();
    }

    if (!wasSaid) {
      this.#reply({ type: "end", id: this.#request.id });
    }

    this.#finish();
  }

  #finish(): void {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#body?.stop();
      this.#tunnel.finished(this);
      this.#changed();
    }
  }
}

function announcedBytes(fields: readonly Field[]): number | undefined {
  const value = fields.find(([name]) => name === "content-length")?.[1];
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
