import type { RuntimeToServiceWorker, ServiceWorkerToShell, ShellToServiceWorker } from "../protocol/messages.js";
import { clientVersion } from "../protocol/version.js";
import { downloadFetch, downloadPath } from "./download.js";
import { routeOf } from "./routing.js";
import { refreshRuntimeScript, runtimePath, runtimeScript } from "./runtime-script.js";
import { tunnelFetch } from "./tunnel-fetch.js";
import { Tunnels } from "./tunnels.js";
import { UnansweredRequests } from "./unanswered.js";

declare const self: ServiceWorkerGlobalScope;

const tunnels = new Tunnels();
const unanswered = new UnansweredRequests();

self.addEventListener("install", event => {
  // The first worker takes over at once: the shell waits for it. A later one waits until the tabs of the one before are closed.
  event.waitUntil(Promise.all([refreshRuntimeScript(), self.registration.active === null ? self.skipWaiting() : undefined]));
});

self.addEventListener("activate", event => {
  event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", event => {
  switch (routeOf(event.request, self.location.origin)) {
    case "tunnel":
      event.respondWith(tunnelFetch(event, tunnels, unanswered));
      break;
    case "own":
      answerOwn(event);
      break;
    case "shell":
    case "network":
      break;
  }
});

/** Our own files come from the edge, but for those that are made here. */
function answerOwn(event: FetchEvent): void {
  const { pathname } = new URL(event.request.url);
  if (pathname === runtimePath) {
    event.respondWith(runtimeScript(event));
  } else if (pathname === downloadPath) {
    event.respondWith(downloadFetch(event, tunnels));
  }
}

self.addEventListener("message", event => {
  // Only windows of this origin can reach this worker; the shell is the one at the top, the runtime is in the frames below it.
  const client = event.source as Client | null;
  const message = event.data as RuntimeToServiceWorker | ShellToServiceWorker;
  switch (message.type) {
    case "read":
      tunnels.meter(message.id, message.bytes);
      return;
    case "abort":
      unanswered.abort(client?.id ?? "", message.method, message.url);
      return;
    case "left":
      unanswered.left(client?.id ?? "");
      return;
  }

  if (client === null || client.frameType === "nested" || client.frameType === "none") {
    return;
  }

  switch (message.type) {
    case "tunnel":
      tunnels.assign(client.id, message.shell);
      tunnels.add(message);
      client.postMessage({ type: "tunnel-taken", version: clientVersion } satisfies ServiceWorkerToShell);
      break;
    case "claim":
      event.waitUntil(self.clients.claim());
      break;
    case "take-over":
      event.waitUntil(self.skipWaiting());
      break;
    case "navigating":
      tunnels.navigating(message.shell, message.url);
      break;
    case "ping":
      break;
  }
});
