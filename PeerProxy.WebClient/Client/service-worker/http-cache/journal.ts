import type { CacheEntry } from "./entry.js";

const databaseName = "peerproxy-http-cache";
const storeName = "entries";

/** Changes that come together are written together; a worker that is killed before loses no more than this, in milliseconds. */
const writeAfterMs = 200;

/** When an entry was last used matters for eviction only: it is written when the page has loaded. */
const writeUseAfterMs = 5_000;

/** The entries on disk: read once in each life of the worker, written behind. */
export class Journal {
  readonly #database: IDBDatabase;
  readonly #changes = new Map<string, CacheEntry | undefined>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isUrgent = false;

  private constructor(database: IDBDatabase) {
    this.#database = database;
    // The person clears the site's data, or a later release changes the format: this connection must not be in the way.
    database.onversionchange = () => database.close();
  }

  /** Rejects where the browser keeps nothing. */
  static open(): Promise<Journal> {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(databaseName, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(storeName, { keyPath: "id" });
      request.onsuccess = () => resolve(new Journal(request.result));
      request.onerror = () => reject(request.error ?? new DOMException("IndexedDB is not available."));
      request.onblocked = () => reject(new DOMException("IndexedDB is blocked."));
    });
  }

  read(): Promise<CacheEntry[]> {
    return new Promise((resolve, reject) => {
      const request = this.#database.transaction(storeName, "readonly").objectStore(storeName).getAll();
      request.onsuccess = () => resolve(request.result as CacheEntry[]);
      request.onerror = () => reject(request.error ?? new DOMException("IndexedDB failed."));
    });
  }

  put(entry: CacheEntry): void {
    this.#changes.set(entry.id, entry);
    this.#schedule(true);
  }

  /** Only its use has changed. */
  touch(entry: CacheEntry): void {
    this.#changes.set(entry.id, entry);
    this.#schedule(false);
  }

  remove(id: string): void {
    this.#changes.set(id, undefined);
    this.#schedule(true);
  }

  #schedule(isUrgent: boolean): void {
    if (this.#timer === undefined || (isUrgent && !this.#isUrgent)) {
      clearTimeout(this.#timer);
      this.#isUrgent = isUrgent;
      this.#timer = setTimeout(() => this.#write(), isUrgent ? writeAfterMs : writeUseAfterMs);
    }
  }

  #write(): void {
    this.#timer = undefined;
    const changes = [...this.#changes];
    this.#changes.clear();
    try {
      const store = this.#database.transaction(storeName, "readwrite", { durability: "relaxed" }).objectStore(storeName);
      for (const [id, entry] of changes) {
        if (entry === undefined) {
          store.delete(id);
        } else {
          store.put(entry);
        }
      }
    } catch (error) {
      // The database was closed for a deletion: what it held is gone anyway.
      if (!(error instanceof DOMException)) {
        throw error;
      }
    }
  }
}
