import { reportNotLoaded } from "./not-loaded.js";
import type { FromWorker, ToWorker } from "../worker/messages.js";

/** In full: a path relative to this file means another one in the document that this script may stand in. */
const localTunnelUrl: string = "/.peerproxy/worker/host.js";

/** The tunnel worker, or the tunnel in this window where a worker cannot take over data channels. */
export class TunnelHost {
  /** The tunnel is another one now: ports that were handed over are gone with the one before. */
  onMoved: (() => void) | undefined;
  readonly #report: (message: FromWorker) => void;
  #worker: Worker | undefined;
  #local: Promise<(message: ToWorker) => void> | undefined;

  constructor(report: (message: FromWorker) => void) {
    this.#report = report;
    this.#worker = new Worker("/.peerproxy/worker/main.js", { type: "module", name: "peerproxy-tunnel" });
    this.#worker.onmessage = event => report(event.data as FromWorker);
    this.#worker.onerror = event => {
      // A script that runs and throws says what; one that did not arrive says nothing.
      if (!(event instanceof ErrorEvent) || event.message === "") {
        reportNotLoaded();
      }
    };
  }

  /** Counts the tunnels of this shell. */
  get tunnel(): number {
    return this.#worker === undefined ? 1 : 0;
  }

  post(message: ToWorker, transfer: Transferable[] = []): void {
    if (this.#worker !== undefined) {
      this.#worker.postMessage(message, transfer);
    } else {
      void this.#local?.then(handle => handle(message));
    }
  }

  /** Hands over the channel of a lane. Must follow its creation in the same task. */
  addLane(channel: RTCDataChannel): void {
    this.post({ type: "lane", channel }, [channel] as unknown as Transferable[]);
  }

  /** Hands over the channels of a new connection. Must follow their creation in the same task: later they cannot be transferred. */
  attach(control: RTCDataChannel, streams: RTCDataChannel): void {
    const message: ToWorker = {
      type: "attach", control, streams, site: { scheme: location.protocol.slice(0, -1), authority: location.host },
    };
    if (this.#worker !== undefined) {
      try {
        this.#worker.postMessage(message, [control, streams] as unknown as Transferable[]);
        return;
      } catch (error) {
        if (!(error instanceof DOMException) && !(error instanceof TypeError)) {
          throw error;
        }

        this.#worker.terminate();
        this.#worker = undefined;
        this.#local = (import(localTunnelUrl) as Promise<typeof import("../worker/host.js")>).then(module => module.hostTunnel(this.#report));
        this.onMoved?.();
      }
    }

    this.post(message);
  }
}
