import { ErrorCode } from "../protocol/errors.js";
import { readLaneMessage, type LaneMessage } from "../protocol/lanes.js";
import { Connection } from "./connection.js";
import { CookieWrites, type CarriedWrites } from "./cookie-writes.js";
import type { FromWorker, Site } from "./messages.js";

/** What wants a stream: waits until a connection has room, and may wait again when it can be repeated. */
export interface TunnelUser {
  readonly urgency: number;
  /** Opens the stream and sends its head. */
  start(connection: Connection, site: Site): void;
  /** There will be no connection. */
  giveUp(code: number, message: string): void;
}

/** All requests and sockets of one shell, over the connections it has one after the other. */
export class Tunnel {
  readonly #report: (message: FromWorker) => void;
  readonly #waiting: TunnelUser[] = [];
  #connection: Connection | undefined;
  #site: Site = { scheme: "https", authority: "" };
  #open = 0;
  #refusal: string | undefined;
  readonly #cookieWrites = new CookieWrites();

  constructor(report: (message: FromWorker) => void) {
    this.#report = report;
  }

  attach(control: RTCDataChannel, streams: RTCDataChannel, site: Site): void {
    this.#connection?.close("A new connection takes over.");
    this.#site = site;
    this.#refusal = undefined;
    const connection: Connection = new Connection(control, streams, {
      opened: () => {
        this.#cookieWrites.unconfirmed.forEach(write => connection.sendControlMessage({ type: "document-cookie", ...write }));
        this.#report({ type: "open" });
      },
      roomForStreams: () => queueMicrotask(() => this.#startWaiting()),
      lost: (code, message) => {
        if (this.#connection === connection) {
          this.#connection = undefined;
          this.#report({ type: "lost", code, message });
        }
      },
      control: message => {
        const laneMessage = readLaneMessage(message);
        if (laneMessage !== undefined && this.#connection === connection) {
          this.#report({ type: "lane-message", message: laneMessage });
        }
      },
    });
    this.#connection = connection;
    this.#cookieWrites.carryAgain();
    this.#startWaiting();
  }

  /** A further channel of the connection that is attached. */
  addLane(channel: RTCDataChannel): void {
    if (this.#connection === undefined) {
      channel.close();
    } else {
      this.#connection.addLane(channel);
    }
  }

  sendControl(message: LaneMessage): void {
    this.#connection?.sendControlMessage({ ...message });
  }

  detach(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.close("The connection was lost.");
  }

  giveUp(message: string): void {
    this.#refusal = message;
    this.detach();
    for (const user of this.#waiting.splice(0)) {
      user.giveUp(ErrorCode.Refused, message);
    }
  }

  probe(): void {
    this.#connection?.probe(probePatienceMs);
  }

  writeCookie(cookie: string, url: string): void {
    this.#cookieWrites.add({ cookie, url });
    this.#connection?.sendControlMessage({ type: "document-cookie", cookie, url });
  }

  /** The cookie writes that a request's head must carry, and the number by which it says that it was answered. */
  takeCookieWrites(): CarriedWrites {
    const { number, cookies } = this.#cookieWrites.take();
    return { number, cookies: cookies.map(utf8AsLatin1) };
  }

  /** The agent has answered the request of this number. */
  answered(number: number): void {
    this.#cookieWrites.confirm(number);
  }

  reportCookies(cookies: readonly string[], url: string): void {
    this.#report({ type: "cookies", cookies: cookies.map(latin1AsUtf8), url });
  }

  /** Starts a request or socket, now or when there is room. Ends with `finished`. */
  add(user: TunnelUser): void {
    this.#open++;
    this.#reportActivity();
    this.#enqueue(user);
  }

  /** Puts a user back that may be repeated on the next connection. */
  repeat(user: TunnelUser): void {
    this.#enqueue(user);
  }

  finished(user: TunnelUser): void {
    const index = this.#waiting.indexOf(user);
    if (index >= 0) {
      this.#waiting.splice(index, 1);
    }

    this.#open--;
    this.#reportActivity();
  }

  #enqueue(user: TunnelUser): void {
    if (this.#refusal !== undefined) {
      const message = this.#refusal;
      queueMicrotask(() => user.giveUp(ErrorCode.Refused, message));
      return;
    }

    const behind = this.#waiting.findIndex(other => other.urgency > user.urgency);
    this.#waiting.splice(behind < 0 ? this.#waiting.length : behind, 0, user);
    this.#startWaiting();
  }

  #startWaiting(): void {
    while (this.#connection?.canOpen === true && this.#waiting.length > 0) {
      this.#waiting.shift()!.start(this.#connection, this.#site);
    }
  }

  #reportActivity(): void {
    this.#report({ type: "activity", open: this.#open });
  }
}

/** How long an answer to a probe may take: several round trips of a bad mobile path. */
const probePatienceMs = 5_000;

/** Fields carry octets, one character each; scripts write and read cookies as UTF-8. */
function utf8AsLatin1(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

function latin1AsUtf8(octets: string): string {
  return new TextDecoder().decode(Uint8Array.from(octets, character => character.charCodeAt(0)));
}
