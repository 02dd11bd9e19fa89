import type { RuntimeToServiceWorker, ServiceWorkerToShell, ShellToServiceWorker } from "../protocol/messages.js";
import { clientVersion } from "../protocol/version.js";
import { clearStorage } from "./clear-site-data.js";
import { downloadFetch, downloadPath } from "./download.js";
import { HttpCache } from "./http-cache/http-cache.js";
import { OwnFiles } from "./own-files.js";
import { Reloads } from "./reloads.js";
import { routeOf } from "./routing.js";
import { refreshRuntimeScripts, runtimePath, runtimeScript, workerRuntimePath } from "./runtime-script.js";
import { keepPost } from "./top-posts.js";
import { SiteWorkers } from "./site-worker/site-workers.js";
import { SocketRelays, socketPath } from "./socket-relays.js";
import { loadTargetOrigins } from "./target-origins.js";
import { tunnelFetch, type SiteServices } from "./tunnel-fetch.js";
import { withRuntime } from "./site-response.js";
import { Tunnels } from "./tunnels.js";
import { UnansweredRequests } from "./unanswered.js";

declare const self: ServiceWorkerGlobalScope;

const tunnels = new Tunnels();
const unanswered = new UnansweredRequests();
const reloads = new Reloads();
const cache = new HttpCache();
const own = new OwnFiles();
const services: SiteServices = {
  tunnels, unanswered, cache, reloads,
  clearStorage: async () => {
    await Promise.all([clearStorage(), siteWorkers.clear()]);
  },
};
const sockets = new SocketRelays(tunnels);
const siteWorkers = new SiteWorkers(request => tunnelFetch(withoutClient(request), services));
void loadTargetOrigins();

self.addEventListener("install", event => {
  // The first worker takes over at once: the shell waits for it. A later one waits until the tabs of the one before are closed.
  event.waitUntil(Promise.all([refreshRuntimeScripts(), self.registration.active === null ? self.skipWaiting() : undefined]));
});

self.addEventListener("activate", event => {
  event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", event => {
  switch (routeOf(event.request, self.location.origin)) {
    case "tunnel":
      event.respondWith(siteWorkers.answer(event).then(answer => (answer === undefined ? tunnelFetch(event, services) : withRuntime(event.request, answer))));
      break;
    case "own":
      answerOwn(event);
      break;
    case "shell":
      if (event.request.method === "GET") {
        event.respondWith(own.shell(event));
      } else if (event.request.method === "POST") {
        event.respondWith(keepPost(event.request));
      }

      break;
    case "network":
      break;
  }
});

/** Our own files are kept here, but for those that are made here; what is not in the list of a release comes from the edge. */
function answerOwn(event: FetchEvent): void {
  const { pathname } = new URL(event.request.url);
  if (pathname === runtimePath || pathname === workerRuntimePath) {
    event.respondWith(runtimeScript(event, pathname));
  } else if (pathname === socketPath) {
    event.respondWith(sockets.answer(event));
  } else if (pathname === downloadPath) {
    event.respondWith(downloadFetch(event, tunnels));
  } else if (event.request.method === "GET") {
    event.respondWith(own.file(event));
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
    case "given-up":
      tunnels.giveUp(message.id);
      return;
    case "abort":
      unanswered.abort(client?.id ?? "", message.method, message.url, message.mark);
      return;
    case "outliving":
      event.waitUntil(sendOutliving(message));
      return;
    case "site-worker":
      event.waitUntil(siteWorkers.handle(message.request, event.ports[0]!));
      return;
    case "site-message":
      event.waitUntil(client === null ? Promise.resolve() : siteWorkers.message(client, message.scope, message.data, event.ports));
      return;
    case "left":
      unanswered.left(client?.id ?? "");
      return;
    case "shell":
      tunnels.documents.assign(client?.id ?? "", message.shell);
      return;
  }

  if (client === null || client.frameType === "nested" || client.frameType === "none") {
    return;
  }

  switch (message.type) {
    case "tunnel":
      tunnels.documents.assign(client.id, message.shell);
      tunnels.add(message);
      client.postMessage({ type: "tunnel-taken", version: clientVersion } satisfies ServiceWorkerToShell);
      event.waitUntil(own.refresh().catch(() => {
        // The edge is out of reach: what is here goes on.
      }));
      break;
    case "claim":
      event.waitUntil(self.clients.claim());
      break;
    case "take-over":
      event.waitUntil(self.skipWaiting());
      break;
    case "navigating":
      client.postMessage({ type: "navigating-taken", isUnderWay: takeNavigating(message) } satisfies ServiceWorkerToShell);
      break;
    case "ping":
      if (!tunnels.knows(client.id)) {
        // This worker was started by the ping, the one before was killed: the port ends what nobody reads any more.
        client.postMessage({ type: "tunnel-wanted" } satisfies ServiceWorkerToShell);
      }

      break;
  }
});

/** True when the request for it is already here. */
function takeNavigating({ shell, url, reload }: Extract<ShellToServiceWorker, { type: "navigating" }>): boolean {
  if (tunnels.documents.claim(shell, url)) {
    return true;
  }

  tunnels.documents.navigating(shell, url);
  if (reload !== undefined) {
    reloads.announce(url, reload);
  }

  return false;
}

/** What a document sent while it went away. */
async function sendOutliving({ url, method, headers, body, referrer }: Extract<RuntimeToServiceWorker, { type: "outliving" }>): Promise<void> {
  const request = new Request(url, { method, headers: [["accept", "*/*"], ...headers] as [string, string][], body: body ?? null, referrer });
  const response = await tunnelFetch(withoutClient(request), services);
  await response.body?.cancel();
}

/** A request that a worker of the site makes itself: no document has made it. */
function withoutClient(request: Request): FetchEvent {
  return Object.assign(new Event("fetch"), { request, clientId: "", resultingClientId: "", waitUntil: () => undefined }) as unknown as FetchEvent;
}
