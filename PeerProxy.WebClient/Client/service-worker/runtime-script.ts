import { ownPrefix } from "./routing.js";

/** The script that is first in every document of the site. */
export const runtimePath = `${ownPrefix}runtime/runtime.js`;

/** Its sources, one API each, in the order they run. They share one function scope, so the page sees none of their names. */
const parts = [
  "environment", "document-cookie", "cookie-store", "web-socket", "metered-reading", "aborts", "service-worker-container", "downloads", "streaming-fetch", "event-source", "sync-xhr", "windows", "start",
];

const cacheName = "peerproxy-own";

let refreshed: Promise<void> | undefined;

/**
 * The runtime as one classic script, from our cache once it is there: it blocks the first paint of every page. The network is asked once in each life of the
 * worker, for the next page.
 */
export async function runtimeScript(event: FetchEvent): Promise<Response> {
  const cache = await caches.open(cacheName);
  const cached = await cache.match(runtimePath);
  refreshed ??= refresh(cache);
  if (cached !== undefined) {
    event.waitUntil(refreshed.catch(() => {
      refreshed = undefined;
    }));
    return cached;
  }

  await refreshed;
  return (await cache.match(runtimePath)) ?? Response.error();
}

/** Builds the script from its parts and stores it. */
export async function refreshRuntimeScript(): Promise<void> {
  await refresh(await caches.open(cacheName));
}

async function refresh(cache: Cache): Promise<void> {
  const sources = await Promise.all(parts.map(async part => {
    const response = await fetch(`${ownPrefix}runtime/${part}.js`, { cache: "no-cache", credentials: "omit" });
    if (!response.ok) {
      throw new TypeError(`${response.url} answered ${response.status}`);
    }

    return response.text();
  }));
  const script = `(() => {\n"use strict";\n${sources.join("\n")}\n})();\n`;
  await cache.put(runtimePath, new Response(script, { headers: { "content-type": "text/javascript; charset=utf-8", "x-content-type-options": "nosniff" } }));
}
