import { BodyPump } from "../protocol/body-pump.js";
import { ErrorCode } from "../protocol/errors.js";
import type { Field } from "../protocol/field-section.js";
import type { FromTunnel, ToTunnel } from "../protocol/messages.js";
import type { RequestBody } from "./request-body.js";
import { ResponseStream } from "./response-stream.js";

/** The head of a response, and its body as it comes. */
export interface TunnelResponse {
  readonly status: number;
  readonly fields: readonly Field[];
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
  /** Names the response to the runtime, which reports how far a script has read it. Empty: nobody wants to know. */
  readonly id: string;
}

/** A request that ended without a response. `code` is one of docs/protocol.md section 5. */
export class TunnelError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = "TunnelError";
    this.code = code;
  }
}

export type TunnelRequest = Omit<Extract<ToTunnel, { type: "request" }>, "type" | "id" | "hasBody" | "blob" | "reportsSent">;

interface Pending {
  readonly resolve: (response: TunnelResponse) => void;
  readonly reject: (error: TunnelError) => void;
  /** What goes through this port: the tunnel reads a blob itself. */
  readonly upload: BodyPump | undefined;
  readonly progress: ((sentBytes: number) => void) | undefined;
  response: ResponseStream | undefined;
  /** The response has been read to its end, or has no body; the upload may go on. */
  isAnswered: boolean;
}

/** Requests over the port to one shell's tunnel worker. */
export class TunnelPort {
  readonly shell: string;
  /** Which tunnel of the shell it leads to. */
  readonly tunnel: number;
  #isClosed = false;
  readonly #port: MessagePort;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;

  constructor(shell: string, tunnel: number, port: MessagePort) {
    this.shell = shell;
    this.tunnel = tunnel;
    this.#port = port;
    port.onmessage = event => this.#receive(event.data as FromTunnel);
    this.#send({ type: "taken", id: 0 });
  }

  /** Opens a WebSocket for a worker; its messages go over `port`. */
  openSocket(port: MessagePort, path: string, client: string, protocols: readonly string[]): void {
    this.#port.postMessage({ type: "socket", id: 0, port, path, client, protocols } satisfies ToTunnel, [port]);
  }

  /** @param signal takes the request back while it has no response; later the response's stream does. */
  fetch(request: TunnelRequest, body: RequestBody | undefined, signal?: AbortSignal): Promise<TunnelResponse> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const blob = body?.source instanceof Blob ? body.source : undefined;
      const pending: Pending = {
        resolve,
        reject,
        upload: body === undefined || body.source instanceof Blob ? undefined : upload(id, body.source, this.#port),
        progress: body?.progress,
        response: undefined,
        isAnswered: false,
      };
      this.#pending.set(id, pending);
      this.#send({ type: "request", id, hasBody: body !== undefined, blob, reportsSent: pending.progress !== undefined, ...request });
      signal?.addEventListener("abort", () => {
        if (this.#pending.get(id) === pending && pending.response === undefined) {
          this.#cancel(id, pending);
        }
      });
    });
  }

  /** A script in a page reports how far it has read. */
  meter(id: number, bytes: number | undefined): void {
    this.#pending.get(id)?.response?.meter(bytes);
  }

  /** A script in a page wants no more of a response. */
  giveUp(id: number): void {
    const pending = this.#pending.get(id);
    if (pending?.response !== undefined && !pending.isAnswered) {
      this.#cancel(id, pending);
    }
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The shell is gone: what is open breaks off. */
  close(message: string): void {
    this.#isClosed = true;
    this.#port.onmessage = null;
    this.#port.close();
    for (const [id, pending] of [...this.#pending]) {
      this.#fail(id, pending, 11, message);
    }
  }

  #receive(message: FromTunnel): void {
    const pending = this.#pending.get(message.id);
    if (pending === undefined) {
      return;
    }

    switch (message.type) {
      case "head":
        this.#receiveHead(message, pending);
        break;
      case "chunk":
        pending.response?.add(message.bytes, message.last);
        break;
      case "end":
        pending.response?.end();
        pending.isAnswered ||= pending.response === undefined;
        this.#forgetIfDone(message.id, pending);
        break;
      case "error":
        this.#fail(message.id, pending, message.code, message.message);
        break;
      case "sent":
        pending.progress?.(message.bytes);
        break;
      case "pull":
        void pending.upload?.pull(message.bytes).then(() => this.#forgetIfDone(message.id, pending));
        break;
      case "body-stop":
        pending.upload?.stop();
        this.#forgetIfDone(message.id, pending);
        break;
    }
  }

  #receiveHead(message: Extract<FromTunnel, { type: "head" }>, pending: Pending): void {
    const { id, status, fields } = message;
    let body: ReadableStream<Uint8Array<ArrayBuffer>> | null = null;
    if (message.hasBody) {
      pending.response = new ResponseStream(
        bytes => this.#send({ type: "consumed", id, bytes }),
        () => {
          pending.isAnswered = true;
          this.#forgetIfDone(id, pending);
        },
        () => {
          pending.upload?.stop();
          this.#pending.delete(id);
          this.#send({ type: "cancel", id });
        });
      body = pending.response.readable;
    }

    pending.resolve({ status, fields, body, id: `${this.shell}/${id}` });
  }

  #cancel(id: number, pending: Pending): void {
    this.#fail(id, pending, ErrorCode.Cancelled, "The page took the request back.");
    this.#send({ type: "cancel", id });
  }

  #fail(id: number, pending: Pending, code: number, message: string): void {
    pending.upload?.stop();
    pending.reject(new TunnelError(code, message));
    pending.response?.fail(message);
    this.#pending.delete(id);
  }

  #forgetIfDone(id: number, pending: Pending): void {
    if (pending.isAnswered && (pending.upload?.isDone ?? true)) {
      this.#pending.delete(id);
    }
  }

  #send(message: ToTunnel): void {
    this.#port.postMessage(message);
  }
}

/** Sends a request body as the tunnel asks for it. */
function upload(id: number, stream: ReadableStream<Uint8Array<ArrayBuffer>>, port: MessagePort): BodyPump {
  return new BodyPump(stream.getReader(), {
    chunk: part => {
      // A copy where the chunk is a part of a larger buffer that its stream may still use.
      const bytes = part.byteLength === part.buffer.byteLength ? part : part.slice();
      port.postMessage({ type: "body", id, bytes } satisfies ToTunnel, [bytes.buffer]);
    },
    end: () => port.postMessage({ type: "body-end", id } satisfies ToTunnel),
    failed: () => port.postMessage({ type: "body-error", id } satisfies ToTunnel),
  });
}
