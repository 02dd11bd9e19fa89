declare const self: ServiceWorkerGlobalScope;

/** What a worker of the site needs from the world around it. */
export interface ScopeEnvironment {
  readonly scope: string;
  readonly scriptUrl: string;
  /** Scripts that `importScripts` may name, by absolute URL: it is synchronous, so they are here before the script runs. */
  readonly imports: ReadonlyMap<string, string>;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly claim: () => Promise<void>;
  readonly unregister: () => Promise<boolean>;
}

/** The global scope of one worker of the site: its own `self`, with everything else of this worker's behind it. */
export class SiteWorkerScope {
  readonly #events = new EventTarget();
  readonly #globals: Record<PropertyKey, unknown>;
  readonly #proxy: object;

  constructor(environment: ScopeEnvironment) {
    const events = this.#events;
    const fetchOfSite = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
      const request = input instanceof Request && init === undefined ? input : new Request(input instanceof Request ? input : new URL(String(input), environment.scriptUrl), init);
      return new URL(request.url).origin === self.location.origin ? environment.fetch(request) : fetch(request);
    };
    this.#globals = {
      addEventListener: events.addEventListener.bind(events),
      removeEventListener: events.removeEventListener.bind(events),
      dispatchEvent: events.dispatchEvent.bind(events),
      skipWaiting: () => Promise.resolve(),
      importScripts: (...urls: string[]) => this.#import(environment, urls),
      fetch: fetchOfSite,
      caches: cachesOfSite(fetchOfSite),
      clients: clientsOfSite(environment),
      registration: registrationOfSite(environment),
      location: new URL(environment.scriptUrl),
    };
    this.#proxy = new Proxy(this.#globals, {
      has: (globals, name) => typeof name === "string" && name in globals,
      get: (globals, name) => (name === Symbol.unscopables ? undefined : name in globals ? globals[name] : Reflect.get(globalThis, name, globalThis)),
    });
    for (const name of ["self", "globalThis"]) {
      this.#globals[name] = this.#proxy;
    }
  }

  /** Runs a script; throws what it throws. */
  run(source: string, url: string): void {
    // Bare names must find what scripts have put on `self`, as they would at the top of a worker of their own.
    new Function("scope", `with (scope) {\n${source}\n}\n//# sourceURL=${url}`).call(this.#proxy, this.#proxy);
  }

  /** Hands an event to the script's listeners. Resolves when what they wait for is over. */
  async dispatch(event: SiteEvent): Promise<void> {
    this.#events.dispatchEvent(event);
    const handler = this.#globals[`on${event.type}`];
    if (typeof handler === "function") {
      (handler as (event: Event) => void).call(this.#proxy, event);
    }

    await Promise.all(event.pending);
  }

  #import(environment: ScopeEnvironment, urls: readonly string[]): void {
    for (const url of urls) {
      const absolute = new URL(url, environment.scriptUrl).href;
      const source = environment.imports.get(absolute);
      if (source === undefined) {
        throw new DOMException(`The script at '${absolute}' was not there when the worker was installed.`, "NetworkError");
      }

      this.run(source, absolute);
    }
  }
}

/** An ExtendableEvent, or FetchEvent, as the site's script sees it. */
export class SiteEvent extends Event {
  readonly pending: Promise<unknown>[] = [];
  response: Promise<Response> | undefined;

  constructor(type: string, properties: object = {}) {
    super(type, { cancelable: true });
    for (const [name, value] of Object.entries(properties)) {
      Object.defineProperty(this, name, { value, enumerable: true });
    }
  }

  waitUntil(promise: Promise<unknown>): void {
    this.pending.push(Promise.resolve(promise));
  }

  respondWith(response: Response | Promise<Response>): void {
    this.response = Promise.resolve(response);
    this.stopImmediatePropagation();
  }
}

/** The site's caches; what it adds to them comes through the tunnel. */
function cachesOfSite(fetchOfSite: (input: RequestInfo | URL) => Promise<Response>): object {
  const isOurs = (name: string): boolean => name.startsWith("peerproxy");
  const names = async (): Promise<string[]> => (await caches.keys()).filter(name => !isOurs(name));
  const addAll = async (cache: Cache, requests: Iterable<RequestInfo | URL>): Promise<void> => {
    const responses = await Promise.all([...requests].map(async request => ({ request, response: await fetchOfSite(request) })));
    if (responses.some(({ response }) => !response.ok)) {
      throw new TypeError("A response was not successful.");
    }

    await Promise.all(responses.map(({ request, response }) => cache.put(request, response)));
  };
  const wrap = (cache: Cache): Cache => new Proxy(cache, {
    get(target, name) {
      if (name === "addAll" || name === "add") {
        return (requests: RequestInfo & Iterable<RequestInfo>) => addAll(target, name === "add" ? [requests] : requests);
      }

      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value as (...parameters: unknown[]) => unknown).bind(target) : value;
    },
  });
  return {
    open: async (name: string) => wrap(await caches.open(name)),
    keys: names,
    has: async (name: string) => !isOurs(name) && await caches.has(name),
    delete: async (name: string) => !isOurs(name) && await caches.delete(name),
    match: async (request: RequestInfo | URL, options?: MultiCacheQueryOptions) => {
      for (const name of options?.cacheName === undefined ? await names() : [options.cacheName]) {
        const found = await caches.match(request, { ...options, cacheName: name });
        if (found !== undefined) {
          return found;
        }
      }

      return undefined;
    },
  };
}

/** A page of the site, for its worker: the frame is the page, the shell above it is not there. */
export function clientOfSite(client: Client, scope: string): object {
  const page = client as WindowClient;
  return {
    id: page.id, url: page.url, type: page.type, frameType: "top-level", visibilityState: page.visibilityState, focused: page.focused,
    postMessage: (data: unknown, transfer: Transferable[] = []) => page.postMessage({ type: "site-message", scope, data }, transfer),
    focus: () => page.focus(),
    navigate: (url: string) => page.navigate(url),
  };
}

function clientsOfSite({ scope, claim }: ScopeEnvironment): object {
  return {
    claim,
    get: async (id: string) => {
      const client = await self.clients.get(id);
      return client === undefined ? undefined : clientOfSite(client, scope);
    },
    matchAll: async () => {
      const clients = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
      return clients.filter(client => client.frameType === "nested" && client.url.startsWith(scope)).map(client => clientOfSite(client, scope));
    },
    openWindow: (url: string) => self.clients.openWindow(url),
  };
}

function registrationOfSite({ scope, scriptUrl, unregister }: ScopeEnvironment): object {
  const ready = (): Promise<void> => Promise.resolve();
  return {
    scope, installing: null, waiting: null, active: { scriptURL: scriptUrl, state: "activated" }, updateViaCache: "imports",
    navigationPreload: { enable: ready, disable: ready, setHeaderValue: ready, getState: () => Promise.resolve({ enabled: false, headerValue: "true" }) },
    showNotification: (title: string, options?: NotificationOptions) => self.registration.showNotification(title, options),
    getNotifications: () => self.registration.getNotifications(),
    update: ready,
    unregister,
  };
}
