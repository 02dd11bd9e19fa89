import type { LaneMessage } from "../protocol/lanes.js";

// Shell and tunnel worker. Channels and ports are transferred.

export type ToWorker =
  /** The data channels of a new connection; they may still be connecting. A connection that was there is given up. */
  | { readonly type: "attach"; readonly control: RTCDataChannel; readonly streams: RTCDataChannel; readonly site: Site }
  /** The channel of a lane of the connection that is attached; it may still be connecting. */
  | { readonly type: "lane"; readonly channel: RTCDataChannel }
  /** To be sent to the agent. */
  | { readonly type: "lane-message"; readonly message: LaneMessage }
  /** The connection is gone; what can be repeated waits for the next `attach`. */
  | { readonly type: "detach" }
  /** There will be no connection until the person acts: everything that waits fails. */
  | { readonly type: "give-up"; readonly message: string }
  /** Asks the agent for a sign of life now, instead of after a silence. */
  | { readonly type: "probe" }
  | { readonly type: "service-worker-port"; readonly port: MessagePort }
  | { readonly type: "socket-port"; readonly port: MessagePort; readonly path: string; readonly client: string; readonly protocols: readonly string[] }
  /** A page wrote `document.cookie`. */
  | { readonly type: "document-cookie"; readonly cookie: string; readonly url: string };

export type FromWorker =
  /** The agent answered on the control channel. */
  | { readonly type: "open" }
  /** The connection is of no more use: silence, GOAWAY, a broken rule, a closed channel. */
  | { readonly type: "lost"; readonly code: number; readonly message: string }
  /** From the agent. */
  | { readonly type: "lane-message"; readonly message: LaneMessage }
  /** Requests and sockets that are not finished. */
  | { readonly type: "activity"; readonly open: number }
  /** Cookies that scripts may see changed; `url` is the request's. */
  | { readonly type: "cookies"; readonly cookies: readonly string[]; readonly url: string };

/** What the visitor sees of the site, for the pseudo-fields. */
export interface Site {
  readonly scheme: string;
  readonly authority: string;
}
