import type { Field } from "./field-section.js";

// What the parts of the client say to each other, one union per direction. Ports and buffers in messages are transferred, never cloned.

/** Service worker to tunnel worker, over the port they share. `id` names a request within this port. */
export type ToTunnel =
  | {
    readonly type: "request";
    readonly id: number;
    readonly method: string;
    /** Path and query. */
    readonly path: string;
    /** Fields after the pseudo-fields. */
    readonly fields: readonly Field[];
    /** RFC 9218: 0 is the most urgent, 7 the least. */
    readonly urgency: number;
    readonly hasBody: boolean;
    /** A body that the tunnel reads itself. Any other comes in parts, as it is pulled. */
    readonly blob: Blob | undefined;
    /** The page wants to hear how much of the blob has gone. */
    readonly reportsSent: boolean;
    /** Absolute URL of the document whose cookies the response may change, for `document.cookie`. */
    readonly url: string;
  }
  /** A part of the request body, at most what was pulled. */
  | { readonly type: "body"; readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: "body-end"; readonly id: number }
  /** The page's body failed: the request is taken back. */
  | { readonly type: "body-error"; readonly id: number }
  /** The page has read this many bytes of the response body. */
  | { readonly type: "consumed"; readonly id: number; readonly bytes: number }
  /** The page does not want the response any more. */
  | { readonly type: "cancel"; readonly id: number }
  /** A WebSocket of a worker; `port` speaks as a page's does. Without an id: it is no request. */
  | { readonly type: "socket"; readonly id: 0; readonly port: MessagePort; readonly path: string; readonly client: string; readonly protocols: readonly string[] }
  /** The first message over a port that the service worker will use. One that has a port already never says it over another. */
  | { readonly type: "taken"; readonly id: 0 };

/** Tunnel worker to service worker. */
export type FromTunnel =
  | { readonly type: "head"; readonly id: number; readonly status: number; readonly fields: readonly Field[]; readonly hasBody: boolean }
  /** `last`: no `end` follows. */
  | { readonly type: "chunk"; readonly id: number; readonly bytes: Uint8Array<ArrayBuffer>; readonly last: boolean }
  | { readonly type: "end"; readonly id: number }
  | { readonly type: "error"; readonly id: number; readonly code: number; readonly message: string }
  /** So much of the request's blob has gone in all. */
  | { readonly type: "sent"; readonly id: number; readonly bytes: number }
  /** The tunnel can take this many more bytes of the request body. */
  | { readonly type: "pull"; readonly id: number; readonly bytes: number }
  /** The rest of the request body is not needed; the response stands. */
  | { readonly type: "body-stop"; readonly id: number };

/** Runtime (a page's WebSocket) to tunnel worker, over the socket's own port. */
export type ToSocket =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "binary"; readonly bytes: ArrayBuffer }
  | { readonly type: "close"; readonly code: number | undefined; readonly reason: string }
  /** The page has handled messages of this many bytes. */
  | { readonly type: "consumed"; readonly bytes: number };

/** Tunnel worker to runtime. */
export type FromSocket =
  | { readonly type: "open"; readonly protocol: string }
  | { readonly type: "text"; readonly text: string; readonly bytes: number }
  | { readonly type: "binary"; readonly data: ArrayBuffer; readonly bytes: number }
  /** This many bytes of what the page sent have left the queue. */
  | { readonly type: "sent"; readonly bytes: number }
  /** The last message: the socket is closed. `failed` also fires `error`. */
  | { readonly type: "closed"; readonly code: number; readonly reason: string; readonly wasClean: boolean; readonly failed: boolean };

/** Shell to service worker (controller.postMessage). */
export type ShellToServiceWorker =
  /**
   * A fresh port to this shell's tunnel, on its own initiative or when asked. `lock` is the Web Lock the shell holds while it lives. `tunnel` counts the tunnels of the
   * shell: a worker that has a port to this one keeps it, for its requests are under way there.
   */
  | { readonly type: "tunnel"; readonly version: number; readonly shell: string; readonly lock: string; readonly tunnel: number; readonly port: MessagePort }
  /** The page that sends this is not controlled yet (a forced reload); the worker takes it over. */
  | { readonly type: "claim" }
  /** To a worker that waits: the shell needs its version now. */
  | { readonly type: "take-over" }
  /** Keeps the worker alive: Firefox counts only these, not port messages. */
  | { readonly type: "ping" }
  /** The frame of this shell is about to navigate there: the navigation without a client id belongs to it. `reload`: because the tab was reloaded. Answered by `navigating-taken`. */
  | { readonly type: "navigating"; readonly shell: string; readonly url: string; readonly reload?: "no-cache" | "reload" };

/** Service worker to shell. */
export type ServiceWorkerToShell =
  | { readonly type: "tunnel-wanted" }
  /** The site wants its storage cleared, of which windows alone reach a part; the port that comes with the message hears when it is. */
  | { readonly type: "clear-storage" }
  /** `isUnderWay`: the browser itself has begun the navigation, as it brings back a frame of a reloaded tab; another one would ask the target twice. */
  | { readonly type: "navigating-taken"; readonly isUnderWay: boolean }
  /** Answer to `tunnel`. */
  | { readonly type: "tunnel-taken"; readonly version: number };

/** Runtime in a page of the site to its shell (window.postMessage, same origin only). */
export type RuntimeToShell =
  /** Opens a WebSocket; the port that comes with the message is the socket's. */
  { readonly peerproxy: "websocket"; readonly url: string; readonly protocols: readonly string[] };

/** Runtime in a page of the site to the service worker. */
export type RuntimeToServiceWorker =
  /** A script has read this many bytes of the response in total; undefined: it is not known any more. */
  | { readonly type: "read"; readonly id: string; readonly bytes: number | undefined }
  /** A script gave up a request that has no response yet. `url` is absolute; `mark` is the request's `pp-mark`, which tells it from others that are alike. */
  | { readonly type: "abort"; readonly method: string; readonly url: string; readonly mark: string | undefined }
  /** A script wants no more of this response: browsers may keep that to themselves until the next piece of it comes. */
  | { readonly type: "given-up"; readonly id: string }
  /** A request that the document makes while it goes away. `url` and `referrer` are absolute. */
  | {
    readonly type: "outliving";
    readonly url: string;
    readonly method: string;
    readonly headers: readonly (readonly [name: string, value: string])[];
    readonly body: Blob | undefined;
    readonly referrer: string;
  }
  /** About the site's own service workers; the answer goes to the port that comes with the message. */
  | { readonly type: "site-worker"; readonly request: SiteWorkerRequest }
  /** To the site's own worker of this scope. */
  | { readonly type: "site-message"; readonly scope: string; readonly data: unknown }
  /** The document goes away, and with it all its requests that have no response yet. */
  | { readonly type: "left" }
  /** Answer to `shell-wanted`. */
  | { readonly type: "shell"; readonly shell: string };

/** Service worker to the runtime in a page of the site. */
export type ServiceWorkerToRuntime =
  /** This many bytes of an upload have gone on their way; `id` is the request's `pp-upload`. */
  | { readonly type: "upload"; readonly id: string; readonly loaded: number; readonly total: number }
  /** To which shell does this document belong? A worker that was stopped and started has forgotten it. */
  | { readonly type: "shell-wanted" }
  /** From the site's own worker of this scope. */
  | { readonly type: "site-message"; readonly scope: string; readonly data: unknown }
  /** A worker of the site has come to this state; `isController`: it controls this document from now on. */
  | { readonly type: "site-worker-state"; readonly scope: string; readonly scriptUrl: string; readonly state: string; readonly isController: boolean };

export interface SiteWorkerRequest {
  readonly action: "register" | "unregister" | "list";
  /** Absolute URLs. */
  readonly scope: string;
  readonly scriptUrl: string;
}

export interface SiteWorkerAnswer {
  readonly isRegistered: boolean;
  readonly registrations: readonly { readonly scope: string; readonly scriptUrl: string; readonly state: string }[];
  /** Why there is no registration. */
  readonly error?: { readonly name: string; readonly message: string };
}
