import type { FromSocket, ToSocket } from "../protocol/messages.js";
import { ownPrefix } from "./routing.js";
import type { Tunnels } from "./tunnels.js";

/** Where a worker's WebSocket lives (runtime/worker-sockets.ts): GET opens it and receives, POST sends. */
export const socketPath = `${ownPrefix}socket`;

/** Kinds of frames, and their header: type (8), length (32). */
const Frame = { Json: 0, Text: 1, Binary: 2 } as const;
const headerBytes = 5;

/** What may wait in a response for its worker before the target is held up. */
const windowBytes = 256 * 1024;

/** WebSockets of the site's workers, each a long response and the requests that send. */
export class SocketRelays {
  readonly #tunnels: Tunnels;
  readonly #ports = new Map<string, MessagePort>();

  constructor(tunnels: Tunnels) {
    this.#tunnels = tunnels;
  }

  async answer(event: FetchEvent): Promise<Response> {
    const parameters = new URL(event.request.url).searchParams;
    const id = parameters.get("id") ?? "";
    return event.request.method === "POST" ? this.#send(id, await event.request.arrayBuffer()) : this.#open(event, id, parameters);
  }

  async #open(event: FetchEvent, id: string, parameters: URLSearchParams): Promise<Response> {
    const url = new URL(parameters.get("url") ?? "");
    const protocols = JSON.parse(parameters.get("protocols") ?? "[]") as string[];
    const tunnel = await this.#tunnels.portFor(await this.#tunnels.documents.shellOf(event.clientId, event.request));
    const { port1, port2 } = new MessageChannel();
    this.#ports.set(id, port1);
    tunnel.openSocket(port2, url.pathname + url.search, event.request.referrer.startsWith("http") ? event.request.referrer : `${location.origin}/`, protocols);
    return new Response(this.#bodyOf(id, port1), { headers: { "content-type": "application/octet-stream", "cache-control": "no-store" } });
  }

  #bodyOf(id: string, port: MessagePort): ReadableStream<Uint8Array<ArrayBuffer>> {
    let unread = 0;
    const consume = (): void => {
      if (unread > 0) {
        port.postMessage({ type: "consumed", bytes: unread } satisfies ToSocket);
        unread = 0;
      }
    };
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: controller => {
        port.onmessage = event => {
          const message = event.data as FromSocket;
          controller.enqueue(frameOf(message));
          if (message.type === "text" || message.type === "binary") {
            unread += message.bytes;
          }

          if (message.type === "closed") {
            this.#forget(id);
            controller.close();
          } else if ((controller.desiredSize ?? 0) > 0) {
            consume();
          }
        };
      },
      pull: consume,
      cancel: () => {
        port.postMessage({ type: "close", code: 1001, reason: "" } satisfies ToSocket);
        this.#forget(id);
      },
    }, new ByteLengthQueuingStrategy({ highWaterMark: windowBytes }));
  }

  #send(id: string, body: ArrayBuffer): Response {
    const port = this.#ports.get(id);
    if (port === undefined) {
      return new Response(null, { status: 410 });
    }

    const view = new DataView(body);
    for (let offset = 0; offset + headerBytes <= body.byteLength;) {
      const length = view.getUint32(offset + 1);
      const payload = body.slice(offset + headerBytes, offset + headerBytes + length);
      const type = view.getUint8(offset);
      const message: ToSocket = type === Frame.Text ? { type: "text", text: new TextDecoder().decode(payload) }
        : type === Frame.Binary ? { type: "binary", bytes: payload }
        : JSON.parse(new TextDecoder().decode(payload)) as ToSocket;
      port.postMessage(message);
      offset += headerBytes + length;
    }

    return new Response(null, { status: 204 });
  }

  #forget(id: string): void {
    const port = this.#ports.get(id);
    if (port !== undefined) {
      port.onmessage = null;
      this.#ports.delete(id);
    }
  }
}

function frameOf(message: FromSocket): Uint8Array<ArrayBuffer> {
  const [type, payload] = message.type === "text" ? [Frame.Text, new TextEncoder().encode(message.text)]
    : message.type === "binary" ? [Frame.Binary, new Uint8Array(message.data)]
    : [Frame.Json, new TextEncoder().encode(JSON.stringify(message))];
  const frame = new Uint8Array(headerBytes + payload.byteLength);
  frame[0] = type;
  new DataView(frame.buffer).setUint32(1, payload.byteLength);
  frame.set(payload, headerBytes);
  return frame;
}
