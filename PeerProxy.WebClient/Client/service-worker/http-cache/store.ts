import type { Field } from "../../protocol/field-section.js";
import { ownPrefix } from "../routing.js";
import type { CacheEntry } from "./entry.js";
import { Journal } from "./journal.js";
import { matchVariant, type Match } from "./variants.js";

const cacheName = "peerproxy-http";

/** As much as browsers give the cache of one site on a small disk; less where the browser itself has little room. */
const maxTotalBytes = 256 * 1024 * 1024;

/** The part of the browser's quota that may be used: the rest belongs to the site's own storage. */
const maxQuotaPart = 0.1;

/** Entries are held in memory by their fields, about 1 KB each. */
const maxEntries = 5_000;

/** Eviction goes this far below a limit, so that it does not run again with the next response. */
const evictTo = 0.9;

export type NewEntry = Omit<CacheEntry, "bodyBytes" | "lastUsed">;

/** A body that is being read: the response that carries it into the Cache, and how far it is. */
export interface NewBody {
  readonly response: Response;
  readonly bytes: () => number;
  readonly isComplete: () => boolean;
}

interface Writing {
  readonly url: string;
  readonly isComplete: () => boolean;
  readonly written: Promise<void>;
}

/** Stored responses: bodies in the Cache API, everything else in memory and in the journal. The least recently used go first. */
export class CacheStore {
  readonly #cache: Cache;
  readonly #journal: Journal;
  readonly #byUrl = new Map<string, CacheEntry[]>();
  readonly #writing = new Map<string, Writing>();
  readonly #maxBytes: number;
  #bytes = 0;
  #count = 0;
  #isSwept = false;
  /** Counts what was cleared: a response that is still being written then is not kept. */
  #generation = 0;

  private constructor(cache: Cache, journal: Journal, maxBytes: number) {
    this.#cache = cache;
    this.#journal = journal;
    this.#maxBytes = maxBytes;
  }

  /** Undefined where the browser keeps nothing: every response then comes from the target. */
  static async open(): Promise<CacheStore | undefined> {
    try {
      const [cache, journal, estimate] = await Promise.all([caches.open(cacheName), Journal.open(), navigator.storage.estimate()]);
      const store = new CacheStore(cache, journal, Math.min(maxTotalBytes, (estimate.quota ?? Infinity) * maxQuotaPart));
      for (const entry of await journal.read()) {
        store.#index(entry);
      }

      return store;
    } catch (error) {
      if (!(error instanceof DOMException)) {
        throw error;
      }

      return undefined;
    }
  }

  /** The stored response that the request would get, the newest if there are several. */
  find(url: string, requestFields: readonly Field[]): { readonly entry: CacheEntry; readonly match: Match } | undefined {
    let best: { entry: CacheEntry; match: Match } | undefined;
    for (const entry of this.#byUrl.get(url) ?? []) {
      const match = matchVariant(entry.variant, requestFields);
      if (match !== "other" && (best === undefined || (match === "same" && best.match !== "same")
        || (match === best.match && entry.responseTime >= best.entry.responseTime))) {
        best = { entry, match };
      }
    }

    return best;
  }

  /** The response as it was put in; undefined if the browser has dropped it, or somebody else did. */
  async response(entry: CacheEntry): Promise<Response | undefined> {
    entry.lastUsed = Date.now();
    const response = await this.#cache.match(keyOf(entry.id), { ignoreVary: true }).catch(undefinedIfLost);
    if (response === undefined) {
      this.remove(entry);
    } else {
      this.#journal.touch(entry);
    }

    return response;
  }

  /** Counts an entry without a body as used. */
  touch(entry: CacheEntry): void {
    entry.lastUsed = Date.now();
    this.#journal.touch(entry);
  }

  /** Keeps a response in place of others of the same variant. Its body is on its way; one that breaks off leaves nothing. */
  add(entry: NewEntry, body?: NewBody): void {
    const written = this.#add(entry, body);
    if (body !== undefined) {
      const writing: Writing = { url: entry.url, isComplete: body.isComplete, written };
      this.#writing.set(entry.id, writing);
      void written.finally(() => this.#writing.delete(entry.id));
    }
  }

  /** Waits for responses of this URL that have been read to their end and are not quite written yet. */
  async settled(url: string): Promise<void> {
    for (const writing of this.#writing.values()) {
      if (writing.url === url && writing.isComplete()) {
        await writing.written;
      }
    }
  }

  async #add(entry: NewEntry, body: NewBody | undefined): Promise<void> {
    const generation = this.#generation;
    if (body !== undefined) {
      try {
        await this.#cache.put(keyOf(entry.id), body.response);
      } catch (error) {
        // The page left, the body broke off, or the disk is full.
        if (error instanceof DOMException && error.name === "QuotaExceededError") {
          this.#evict(this.#bytes / 2, this.#count);
        }

        await this.#cache.delete(keyOf(entry.id));
        return;
      }
    }

    if (generation !== this.#generation) {
      await this.#cache.delete(keyOf(entry.id));
      return;
    }

    for (const old of [...this.#byUrl.get(entry.url) ?? []]) {
      if (JSON.stringify(old.variant) === JSON.stringify(entry.variant)) {
        this.remove(old);
      }
    }

    const stored: CacheEntry = { ...entry, bodyBytes: body?.bytes(), lastUsed: Date.now() };
    this.#index(stored);
    this.#journal.put(stored);
    if (this.#bytes > this.#maxBytes || this.#count > maxEntries) {
      this.#evict(this.#maxBytes * evictTo, maxEntries * evictTo);
    }

    if (!this.#isSwept) {
      this.#isSwept = true;
      void this.#sweep();
    }
  }

  /** The entry after a 304. */
  freshen(entry: CacheEntry, changes: Pick<CacheEntry, "fields" | "requestTime" | "responseTime">): CacheEntry {
    const fresh: CacheEntry = { ...entry, ...changes, isPristine: false, lastUsed: Date.now() };
    if (this.#unindex(entry)) {
      this.#index(fresh);
      this.#journal.put(fresh);
    }

    return fresh;
  }

  remove(entry: CacheEntry): void {
    if (this.#unindex(entry)) {
      this.#journal.remove(entry.id);
      if (entry.bodyBytes !== undefined) {
        void this.#cache.delete(keyOf(entry.id));
      }
    }
  }

  removeUrl(url: string): void {
    [...this.#byUrl.get(url) ?? []].forEach(entry => this.remove(entry));
  }

  clear(): void {
    this.#generation++;
    [...this.#byUrl.keys()].forEach(url => this.removeUrl(url));
  }

  #index(entry: CacheEntry): void {
    this.#byUrl.set(entry.url, [...this.#byUrl.get(entry.url) ?? [], entry]);
    this.#bytes += entry.bodyBytes ?? 0;
    this.#count++;
  }

  #unindex(entry: CacheEntry): boolean {
    const ofUrl = this.#byUrl.get(entry.url) ?? [];
    const rest = ofUrl.filter(each => each.id !== entry.id);
    if (rest.length === ofUrl.length) {
      return false;
    }

    if (rest.length === 0) {
      this.#byUrl.delete(entry.url);
    } else {
      this.#byUrl.set(entry.url, rest);
    }

    this.#bytes -= entry.bodyBytes ?? 0;
    this.#count--;
    return true;
  }

  #evict(bytes: number, count: number): void {
    const oldestFirst = [...this.#byUrl.values()].flat().sort((first, second) => first.lastUsed - second.lastUsed);
    for (const entry of oldestFirst) {
      if (this.#bytes <= bytes && this.#count <= count) {
        return;
      }

      this.remove(entry);
    }
  }

  /** Bodies whose entry never came to be written, because the worker was killed in between. */
  async #sweep(): Promise<void> {
    const known = new Set([...this.#byUrl.values()].flat().map(entry => keyOf(entry.id)));
    for (const request of await this.#cache.keys()) {
      const { pathname } = new URL(request.url);
      if (!known.has(pathname) && !this.#writing.has(pathname.slice(bodyPrefix.length))) {
        await this.#cache.delete(request);
      }
    }
  }
}

/** The browser could not read what it had kept. */
function undefinedIfLost(error: unknown): undefined {
  if (!(error instanceof DOMException)) {
    throw error;
  }
}

const bodyPrefix = `${ownPrefix}cached/`;

function keyOf(id: string): string {
  return bodyPrefix + id;
}
