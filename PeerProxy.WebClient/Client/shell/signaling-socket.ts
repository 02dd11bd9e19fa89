import { reach } from "./milestones.js";
import { decodeSignaling, encodeSignaling, type FromSignaling, type IceServer, type SignalingError, type ToSignaling } from "../protocol/signaling.js";

export interface SignalingEvents {
  /** The node greeted us and gave its ICE servers: both come at once. */
  ready(iceServers: readonly IceServer[]): void;
  /** The node says that credentials it gave before end soon. */
  renewed(): void;
  message(message: FromSignaling): void;
  failed(error: SignalingError): void;
  /** The socket closed; `wasReady` tells an outage from a node that was never reached. */
  closed(wasReady: boolean): void;
}

/** How long a node may take from the open socket to its greeting, in milliseconds; then we go on without its ICE servers. */
const greetingPatienceMs = 3_000;

/** One WebSocket to the signaling node on our own origin. */
export class SignalingSocket {
  readonly #peerId: string;
  readonly #socket: WebSocket;
  readonly #events: SignalingEvents;
  #isReady = false;
  #isClosed = false;

  constructor(origin: string, peerId: string, events: SignalingEvents) {
    this.#peerId = peerId;
    this.#events = events;
    this.#socket = new WebSocket(`${origin.replace(/^http/, "ws")}/.peerproxy/signal?peer=${encodeURIComponent(peerId)}`);
    this.#socket.onopen = () => {
      reach("socket-open");
      setTimeout(() => this.#ready([]), greetingPatienceMs);
    };
    this.#socket.onmessage = event => this.#receive(event.data);
    this.#socket.onclose = () => {
      if (!this.#isClosed) {
        this.#isClosed = true;
        events.closed(this.#isReady);
      }
    };
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  send(message: ToSignaling): void {
    if (this.isOpen) {
      this.#socket.send(encodeSignaling(message, this.#peerId));
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.close();
  }

  #receive(data: unknown): void {
    const message = typeof data === "string" ? decodeSignaling(data) : undefined;
    if (message === undefined || this.#isClosed) {
      return;
    }

    switch (message.mtype) {
      case "iceServers":
        if (this.#isReady) {
          this.#events.renewed();
        } else {
          this.#ready(message.payload.iceServers);
        }
        break;
      case "ping":
        this.send({ mtype: "pong", payload: message.payload });
        break;
      case "error":
        this.#events.failed(message.payload);
        break;
      default:
        this.#events.message(message);
    }
  }

  #ready(iceServers: readonly IceServer[]): void {
    if (!this.#isReady && !this.#isClosed) {
      this.#isReady = true;
      reach("signaling-ready");
      this.#events.ready(iceServers);
    }
  }
}
