import { Attempt, pinRecord } from "./attempt.js";
import type { FromWorker } from "../worker/messages.js";
import type { Link } from "./link.js";
import type { PathKind } from "./peer-link.js";
import { lost, offline, type Problem } from "./problem.js";
import type { SessionKey } from "./session-key.js";
import type { Store } from "./store.js";
import type { Trust } from "./trust.js";
import type { TunnelHost } from "./tunnel-host.js";

export type ConnectorState =
  | { readonly name: "connecting" }
  | { readonly name: "connected"; readonly trust: Trust; readonly keyHash: string }
  /** The path is silent; a restart is under way, pages wait. */
  | { readonly name: "unstable" }
  /** Not connected; tried again at `retryAt` (performance.now()) if the problem is one that passes. */
  | { readonly name: "problem"; readonly problem: Problem; readonly retryAt: number | undefined };

const firstRetryMs = 500;
const lastRetryMs = 15_000;

/** Makes the connection to the agent, and makes it again: one attempt at a time, each with its own socket and peer connection. */
export class Connector {
  readonly #link: Link;
  readonly #host: TunnelHost;
  readonly #store: Promise<Store | undefined>;
  readonly #session: Promise<SessionKey>;
  readonly #changed: (state: ConnectorState) => void;
  #attempt: Attempt | undefined;
  #failures = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #state: ConnectorState = { name: "connecting" };

  constructor(link: Link, host: TunnelHost, store: Promise<Store | undefined>, session: Promise<SessionKey>, changed: (state: ConnectorState) => void) {
    this.#link = link;
    this.#host = host;
    this.#store = store;
    this.#session = session;
    this.#changed = changed;
    addEventListener("online", () => this.#online());
    document.addEventListener("visibilitychange", () => this.#awake());
  }

  get state(): ConnectorState {
    return this.#state;
  }

  /** Connects now, whatever was planned. */
  start(): void {
    clearTimeout(this.#retryTimer);
    this.#attempt?.end();
    this.#attempt = new Attempt(this.#link, this.#host, this.#store, this.#session, {
      connected: (trust, keyHash) => {
        this.#failures = 0;
        this.#set({ name: "connected", trust, keyHash });
      },
      unstable: () => this.#set({ name: "unstable" }),
      failed: problem => this.#failed(problem),
    });
    if (this.#state.name !== "problem" && this.#state.name !== "connecting") {
      this.#set({ name: "connecting" });
    }
  }

  /** What the tunnel worker says about the connection. */
  receive(message: FromWorker): void {
    if (message.type === "open") {
      this.#attempt?.opened();
    } else if (message.type === "lane-message") {
      this.#attempt?.receiveLane(message.message);
    } else if (message.type === "lost") {
      this.#attempt?.fail({ ...lost, detail: message.message });
    }
  }

  /** The person decides to believe a key that differs from the one of the first visit. */
  async trustNewKey(): Promise<void> {
    const store = await this.#store;
    await store?.write(pinRecord, undefined);
    this.start();
  }

  path(): Promise<{ readonly kind: PathKind; readonly roundTripMs: number | undefined } | undefined> {
    return this.#attempt?.path() ?? Promise.resolve(undefined);
  }

  #failed(problem: Problem): void {
    this.#attempt?.end();
    this.#attempt = undefined;
    this.#host.post({ type: "detach" });
    const shown = navigator.onLine ? problem : offline;
    if (!shown.isRetried) {
      this.#host.post({ type: "give-up", message: shown.title });
      this.#set({ name: "problem", problem: shown, retryAt: undefined });
      return;
    }

    const wasConnected = this.#state.name === "connected" || this.#state.name === "unstable";
    const delay = wasConnected ? 0 : Math.min(lastRetryMs, firstRetryMs * 2 ** this.#failures) * (0.75 + Math.random() / 2);
    this.#failures++;
    this.#retryTimer = setTimeout(() => this.start(), delay);
    this.#set({ name: "problem", problem: shown, retryAt: performance.now() + delay });
  }

  /** This machine joined a network: an open connection looks for a path there at once, instead of after a silence. */
  #online(): void {
    if (this.#attempt?.isOpen === true) {
      this.#attempt.restart();
    } else {
      this.#awake();
    }
  }

  /** The page is seen again, perhaps after a sleep in which the agent gave us up. */
  #awake(): void {
    if (document.visibilityState !== "visible") {
      return;
    }

    if (this.#attempt !== undefined) {
      this.#host.post({ type: "probe" });
    } else if (this.#state.name === "problem" && this.#state.problem.isRetried && navigator.onLine) {
      this.start();
    }
  }

  #set(state: ConnectorState): void {
    this.#state = state;
    this.#changed(state);
  }
}
