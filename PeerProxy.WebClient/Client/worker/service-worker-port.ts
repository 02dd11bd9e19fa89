import type { FromTunnel, ToTunnel } from "../protocol/messages.js";
import { Exchange } from "./exchange.js";
import { SocketExchange } from "./socket-exchange.js";
import type { Tunnel } from "./tunnel.js";

/** The port to one life of the service worker: maps its messages to exchanges. */
export class ServiceWorkerPort {
  readonly #port: MessagePort;
  readonly #tunnel: Tunnel;
  readonly #taken: (port: ServiceWorkerPort) => void;
  readonly #exchanges = new Map<number, Exchange>();

  /** @param taken the service worker uses this port from now on. Never called where it has another one. */
  constructor(port: MessagePort, tunnel: Tunnel, taken: (port: ServiceWorkerPort) => void) {
    this.#port = port;
    this.#tunnel = tunnel;
    this.#taken = taken;
    port.onmessage = event => this.#receive(event.data as ToTunnel);
  }

  /** The service worker behind the port is gone: nobody reads its responses any more. */
  close(): void {
    this.#port.onmessage = null;
    this.#port.close();
    for (const exchange of [...this.#exchanges.values()]) {
      exchange.cancel();
    }

    this.#exchanges.clear();
  }

  #receive(message: ToTunnel): void {
    if (message.type === "taken") {
      this.#taken(this);
      return;
    }

    if (message.type === "request") {
      this.#start(message);
      return;
    }

    if (message.type === "socket") {
      new SocketExchange(message.port, this.#tunnel, message.path, message.client, message.protocols);
      return;
    }

    const exchange = this.#exchanges.get(message.id);
    if (exchange === undefined) {
      return;
    }

    switch (message.type) {
      case "body":
        exchange.addBody(message.bytes);
        break;
      case "body-end":
        exchange.endBody();
        break;
      case "consumed":
        exchange.consume(message.bytes);
        break;
      case "body-error":
      case "cancel":
        exchange.cancel();
        break;
    }

    this.#forgetIfSettled(message.id);
  }

  #start(request: Extract<ToTunnel, { type: "request" }>): void {
    const reply = (message: FromTunnel, transfer: Transferable[] = []): void => this.#port.postMessage(message, transfer);
    const exchange = new Exchange(request, this.#tunnel, reply, () => this.#forgetIfSettled(request.id));
    this.#exchanges.set(request.id, exchange);
    this.#tunnel.add(exchange);
  }

  #forgetIfSettled(id: number): void {
    if (this.#exchanges.get(id)?.isSettled === true) {
      this.#exchanges.delete(id);
    }
  }
}
