import { ownPrefix } from "./routing.js";

/** The script that is first in every document of the site. */
export const runtimePath = `${ownPrefix}runtime/runtime.js`;

/** The one that is first in its workers. */
export const workerRuntimePath = `${ownPrefix}runtime/worker.js`;

/** Their sources, one API each. They share one function scope, so the page sees none of their names. */
const parts: Record<string, readonly string[]> = {
  [runtimePath]: [
    "environment", "document-cookie", "cookie-store", "web-socket", "shell-sockets", "responses", "metered-reading", "aborts", "upload-progress", "outliving", "shell-name", "service-worker-container",
    "storage", "downloads", "streaming-fetch", "event-source", "sync-xhr", "workers", "frames", "links", "windows", "start", "start-page",
  ],
  [workerRuntimePath]: ["environment", "web-socket", "worker-sockets", "responses", "streaming-fetch", "event-source", "workers", "storage", "start", "start-worker"],
};

/** Globals that the sources take from the window they run for: a blank frame's are not those of the page that runs them. */
const globals = [
  "document", "location", "navigator", "history", "Blob", "CacheStorage", "CloseEvent", "Document", "Element", "Event", "EventTarget", "Headers", "HTMLAnchorElement", "HTMLAreaElement",
  "HTMLFormElement", "HTMLIFrameElement", "IDBFactory", "Location", "MessageChannel", "MessageEvent", "MutationObserver", "Navigator", "Performance", "ProgressEvent", "ReadableStream",
  "ReadableStreamDefaultReader", "Request", "Response", "TextDecoderStream", "URL", "XMLHttpRequest", "XMLHttpRequestEventTarget", "XMLHttpRequestUpload",
];

const cacheName = "peerproxy-own";

let refreshed: Promise<void> | undefined;

/**
 * The runtime as one classic script, from our cache once it is there: it blocks the first paint of every page. The network is asked once in each life of the
 * worker, for the next page.
 */
export async function runtimeScript(event: ExtendableEvent, path: string): Promise<Response> {
  const cache = await caches.open(cacheName);
  const cached = await cache.match(path);
  refreshed ??= refresh(cache);
  if (cached !== undefined) {
    event.waitUntil(refreshed.catch(() => {
      refreshed = undefined;
    }));
    return cached;
  }

  await refreshed;
  return (await cache.match(path)) ?? Response.error();
}

/** Builds the scripts from their parts and stores them. */
export async function refreshRuntimeScripts(): Promise<void> {
  await refresh(await caches.open(cacheName));
}

async function refresh(cache: Cache): Promise<void> {
  await Promise.all(Object.keys(parts).map(path => refreshOne(cache, path)));
}

async function refreshOne(cache: Cache, path: string): Promise<void> {
  const sources = await Promise.all(parts[path]!.map(async part => {
    const response = await fetch(`${ownPrefix}runtime/${part}.js`, { cache: "no-cache", credentials: "omit" });
    if (!response.ok) {
      throw new TypeError(`${response.url} answered ${response.status}`);
    }

    return response.text();
  }));
  const script = `(function runRuntime(window) {\n"use strict";\nconst { ${globals.join(", ")} } = window;\n${sources.join("\n")}\n})(globalThis);\n`;
  await cache.put(path, new Response(script, { headers: { "content-type": "text/javascript; charset=utf-8", "x-content-type-options": "nosniff" } }));
}
