/** Caches, databases and timings of ours stay out of the site's sight: it lists, clears and counts its own only. */
function installStorage(): void {
  const isOurs = (name: string | undefined): boolean => name !== undefined && name.startsWith("peerproxy");

  if ("caches" in window) {
    const { keys, has, delete: remove, match } = CacheStorage.prototype;
    const namesOfSite = async (storage: CacheStorage): Promise<string[]> => (await keys.call(storage)).filter(name => !isOurs(name));
    const replace = (name: string, value: unknown): void => replaceProperty(CacheStorage.prototype, name, { value, writable: true });
    replace("keys", function keysOfSite(this: CacheStorage): Promise<string[]> {
      return namesOfSite(this);
    });
    replace("has", function hasOfSite(this: CacheStorage, name: string): Promise<boolean> {
      return isOurs(name) ? Promise.resolve(false) : has.call(this, name);
    });
    replace("delete", function deleteOfSite(this: CacheStorage, name: string): Promise<boolean> {
      return isOurs(name) ? Promise.resolve(false) : remove.call(this, name);
    });
    replace("match", async function matchOfSite(this: CacheStorage, request: RequestInfo | URL, options?: MultiCacheQueryOptions): Promise<Response | undefined> {
      for (const name of options?.cacheName === undefined ? await namesOfSite(this) : [options.cacheName]) {
        const found = await match.call(this, request, { ...options, cacheName: name });
        if (found !== undefined) {
          return found;
        }
      }

      return undefined;
    });
  }

  if ("indexedDB" in window) {
    const { databases } = IDBFactory.prototype;
    replaceProperty(IDBFactory.prototype, "databases", {
      async value(this: IDBFactory): Promise<IDBDatabaseInfo[]> {
        return (await databases.call(this)).filter(database => !isOurs(database.name));
      },
      writable: true,
    });
  }

  const prefix = `${window.origin}${ownPath}`;
  for (const name of ["getEntries", "getEntriesByType", "getEntriesByName"] as const) {
    const native = Performance.prototype[name] as (...parameters: unknown[]) => PerformanceEntryList;
    replaceProperty(Performance.prototype, name, {
      value(this: Performance, ...parameters: unknown[]): PerformanceEntryList {
        return native.apply(this, parameters).filter(entry => !entry.name.startsWith(prefix));
      },
      writable: true,
    });
  }
}
