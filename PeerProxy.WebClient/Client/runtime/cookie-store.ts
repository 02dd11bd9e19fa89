interface CookieItem {
  readonly name: string;
  readonly value: string;
}

/** `cookieStore` over the same jar. It tells names and values only, as the specification's `CookieListItem` does. */
function installCookieStore(cookies: ShellWindow["peerproxyCookies"]): void {
  if (!("cookieStore" in window)) {
    return;
  }

  const list = (): CookieItem[] => cookies.read(documentUrl()).split("; ").filter(pair => pair !== "").map(pair => {
    const equals = pair.indexOf("=");
    return { name: equals < 0 ? "" : pair.slice(0, equals), value: pair.slice(equals + 1) };
  });
  const nameOf = (query: string | CookieStoreGetOptions | undefined): string | undefined => (typeof query === "string" ? query : query?.name);

  class TunnelCookieStore extends EventTarget {
    /** What listeners know; undefined while nobody listens. */
    #known: readonly CookieItem[] | undefined;

    override addEventListener(...parameters: Parameters<EventTarget["addEventListener"]>): void {
      this.#watch();
      super.addEventListener(...parameters);
    }

    async get(query: string | CookieStoreGetOptions): Promise<CookieItem | null> {
      return list().find(item => item.name === nameOf(query)) ?? null;
    }

    async getAll(query?: string | CookieStoreGetOptions): Promise<CookieItem[]> {
      const name = nameOf(query);
      return list().filter(item => name === undefined || item.name === name);
    }

    async set(first: string | CookieInit, value?: string): Promise<void> {
      const init: CookieInit = typeof first === "string" ? { name: first, value: value ?? "" } : first;
      if (/[;\0-\x1f]/.test(`${init.name}${init.value}`) || init.name.includes("=")) {
        throw new TypeError("A cookie's name or value has a character that is not allowed.");
      }

      const expires = init.expires == null ? "" : `; expires=${new Date(init.expires).toUTCString()}`;
      cookies.write(`${init.name}=${init.value}; path=${init.path ?? "/"}; samesite=${init.sameSite ?? "strict"}; secure${expires}`, documentUrl());
    }

    async delete(first: string | CookieStoreDeleteOptions): Promise<void> {
      const { name, path } = typeof first === "string" ? { name: first, path: "/" } : first;
      cookies.write(`${name}=; path=${path ?? "/"}; max-age=0`, documentUrl());
    }

    /** The jar tells each change, whoever made it, on this channel. */
    #watch(): void {
      if (this.#known !== undefined) {
        return;
      }

      this.#known = list();
      new BroadcastChannel("peerproxy-cookies").onmessage = () => {
        const before = this.#known ?? [];
        const now = list();
        this.#known = now;
        const changed = now.filter(item => !before.some(other => other.name === item.name && other.value === item.value));
        const deleted = before.filter(item => !now.some(other => other.name === item.name)).map(item => ({ name: item.name }));
        if (changed.length > 0 || deleted.length > 0) {
          this.dispatchEvent(Object.assign(new Event("change"), { changed, deleted }));
        }
      };
    }
  }

  installEventHandler(TunnelCookieStore.prototype, "change");
  Object.defineProperty(TunnelCookieStore.prototype, Symbol.toStringTag, { value: "CookieStore", configurable: true });
  replaceProperty(window, "cookieStore", { value: new TunnelCookieStore() });
}
