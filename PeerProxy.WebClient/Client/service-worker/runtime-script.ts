import { ownPrefix } from "./routing.js";

/** The script that is first in every document of the site. */
export const runtimePath = `${ownPrefix}runtime/runtime.js`;

/** The one that is first in its workers. */
export const workerRuntimePath = `${ownPrefix}runtime/worker.js`;

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

/** Fetches the scripts and stores them. */
export async function refreshRuntimeScripts(): Promise<void> {
  await refresh(await caches.open(cacheName));
}

async function refresh(cache: Cache): Promise<void> {
  await Promise.all([runtimePath, workerRuntimePath].map(async path => {
    const response = await fetch(path, { cache: "no-cache", credentials: "omit" });
    if (!response.ok) {
      throw new TypeError(`${response.url} answered ${response.status}`);
    }

    await cache.put(path, response);
  }));
}
