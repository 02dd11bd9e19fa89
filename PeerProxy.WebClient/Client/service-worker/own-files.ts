import { ownPrefix } from "./routing.js";

/** The edge's list of what a visitor needs: `{ version, files }`, paths below our folder. */
const manifestPath = `${ownPrefix}manifest.json`;

const shellPath = `${ownPrefix}shell/index.html`;

/** One cache for each release of the client, so that a page never gets files of two. */
const cachePrefix = "peerproxy-client-";

/** A page that is just loading comes first, in milliseconds. */
const refreshAfterMs = 2_000;

/** How often the edge is asked for a newer release, in milliseconds. */
const refreshEveryMs = 60_000;

/** Tabs and workers whose release is remembered; the oldest get the newest files, and say so when those do not fit. */
const maxClients = 200;

/**
 * Our own files as the last visit left them: a later visit shows the shell without a word to the edge, and asks for a newer release behind it. Files of a
 * release are complete or not used at all.
 */
export class OwnFiles {
  #current: Promise<Cache | undefined> | undefined;
  #refreshed = -Infinity;
  readonly #ofClient = new Map<string, Cache>();

  /** A top-level document: the shell. */
  async shell(event: FetchEvent): Promise<Response> {
    const release = await this.#newest();
    const stored = await release?.match(shellPath, { ignoreVary: true });
    if (release !== undefined && stored !== undefined) {
      this.#remember(event.resultingClientId, release);
    }

    // By its own path: what a worker fetches is no document to the edge (Sec-Fetch-Dest).
    const shell = stored ?? await fetch(shellPath, { cache: "no-cache", credentials: "omit" });
    // A response of its own: with that one's URL the document would be taken for another.
    const headers = new Headers(shell.headers);
    headers.delete("content-encoding");
    headers.delete("content-length");
    return new Response(shell.body, { status: shell.status, headers });
  }

  /** One of our files, of the release its document or worker came from. */
  async file(event: FetchEvent): Promise<Response> {
    const release = this.#ofClient.get(event.clientId) ?? await this.#newest();
    const stored = await release?.match(event.request, { ignoreVary: true });
    if (release === undefined || stored === undefined) {
      return await fetch(event.request);
    }

    if (event.resultingClientId !== "") {
      this.#remember(event.resultingClientId, release);
    }

    return stored;
  }

  /** In a moment fetches the newest release if it is not here. Rejects when the edge does not answer. */
  async refresh(): Promise<void> {
    if (performance.now() - this.#refreshed < refreshEveryMs) {
      return;
    }

    this.#refreshed = performance.now();
    await new Promise(resolve => setTimeout(resolve, refreshAfterMs));
    try {
      await this.#fetchNewest();
    } catch (error) {
      this.#refreshed = -Infinity;
      throw error;
    }
  }

  async #fetchNewest(): Promise<void> {
    const { version, files } = await (await get(manifestPath)).json() as { readonly version: string; readonly files: readonly string[] };
    const name = cachePrefix + version;
    const known = await releases();
    if (known.at(-1) === name && await this.#newest() !== undefined) {
      return;
    }

    // The order of the names is their age.
    await caches.delete(name);
    const cache = await caches.open(name);
    await Promise.all(files.map(async file => cache.put(ownPrefix + file, await get(ownPrefix + file))));
    // Last, as the mark of a complete release.
    await cache.put(manifestPath, new Response(version));
    this.#current = Promise.resolve(cache);
    // The one before may still be needed by open tabs.
    await Promise.all(known.filter(other => other !== name).slice(0, -1).map(other => caches.delete(other)));
  }

  #newest(): Promise<Cache | undefined> {
    return this.#current ??= findNewest();
  }

  #remember(clientId: string, release: Cache): void {
    this.#ofClient.set(clientId, release);
    if (this.#ofClient.size > maxClients) {
      this.#ofClient.delete(this.#ofClient.keys().next().value!);
    }
  }
}

async function findNewest(): Promise<Cache | undefined> {
  for (const name of (await releases()).reverse()) {
    const cache = await caches.open(name);
    if (await cache.match(manifestPath) !== undefined) {
      return cache;
    }
  }

  return undefined;
}

async function releases(): Promise<string[]> {
  return (await caches.keys()).filter(name => name.startsWith(cachePrefix));
}

async function get(path: string): Promise<Response> {
  const response = await fetch(path, { cache: "no-cache", credentials: "omit" });
  if (!response.ok) {
    throw new TypeError(`${path} answered ${response.status}`);
  }

  return response;
}
