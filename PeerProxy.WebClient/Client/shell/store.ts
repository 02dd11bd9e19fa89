const databaseName = "peerproxy";
const storeName = "shell";

/** What the shell keeps for this origin, by name: the agent's key hash, the session's key pair, the cookies scripts may see. */
export class Store {
  readonly #database: IDBDatabase;

  private constructor(database: IDBDatabase) {
    this.#database = database;
  }

  /** Rejects where the browser keeps nothing (some private windows): the shell then works without memory. */
  static open(): Promise<Store> {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(databaseName, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(storeName);
      request.onsuccess = () => resolve(new Store(request.result));
      request.onerror = () => reject(request.error ?? new DOMException("IndexedDB is not available."));
      request.onblocked = () => reject(new DOMException("IndexedDB is blocked."));
    });
  }

  async read<T>(name: string): Promise<T | undefined> {
    return await settled(this.#transaction("readonly").get(name)) as T | undefined;
  }

  async write(name: string, value: unknown): Promise<void> {
    await settled(this.#transaction("readwrite").put(value, name));
  }

  #transaction(mode: IDBTransactionMode): IDBObjectStore {
    return this.#database.transaction(storeName, mode).objectStore(storeName);
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new DOMException("IndexedDB failed."));
  });
}
