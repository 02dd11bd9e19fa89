import { isTargetOrigin } from "./target-origins.js";

/** Where a request of the browser goes. */
export type Route =
  /** Not answered by the worker: the browser's own network. */
  | "network"
  /** A top-level document: the shell, which the edge serves. */
  | "shell"
  /** One of our own files. */
  | "own"
  /** The site, through the tunnel. */
  | "tunnel";

/** Our files' folder on every origin; everything else belongs to the site. */
export const ownPrefix = "/.peerproxy/";

export function routeOf(request: Request, origin: string): Route {
  const url = new URL(request.url);
  if (url.origin !== origin) {
    return request.mode !== "navigate" && isTargetOrigin(url.origin) ? "tunnel" : "network";
  }

  if (url.pathname.startsWith(ownPrefix)) {
    return "own";
  }

  return request.mode === "navigate" && request.destination === "document" ? "shell" : "tunnel";
}
