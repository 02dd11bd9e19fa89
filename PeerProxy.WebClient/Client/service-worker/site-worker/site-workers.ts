import type { ServiceWorkerToRuntime, SiteWorkerAnswer, SiteWorkerRequest } from "../../protocol/messages.js";
import { SiteWorker } from "./site-worker.js";

declare const self: ServiceWorkerGlobalScope;

const cacheName = "peerproxy-own";

/** A name in our cache for what is registered, and one for each script. */
const recordPath = "/.peerproxy/site-workers";

/** Scopes of one site: more than any needs. */
const maxWorkers = 16;

/** Scripts one worker may import, all together. */
const maxImports = 100;

/** Documents whose worker is remembered; the oldest are forgotten first. */
const maxClients = 2_000;

interface StoredWorker {
  readonly scope: string;
  readonly scriptUrl: string;
  /** Absolute URL and text of the script and of what it imports. */
  readonly sources: readonly (readonly [url: string, text: string])[];
}

/** The site's own service workers: registered by its pages, run here, asked before the network is. */
export class SiteWorkers {
  readonly #byScope = new Map<string, SiteWorker>();
  readonly #stored = new Map<string, StoredWorker>();
  readonly #workerOfClient = new Map<string, SiteWorker>();
  readonly #network: (request: Request) => Promise<Response>;
  readonly #loaded: Promise<void>;

  /** @param network asks the target, past the site's workers. */
  constructor(network: (request: Request) => Promise<Response>) {
    this.#network = network;
    this.#loaded = this.#load();
  }

  /** What the worker of this page, or for this navigation, answers; undefined: nothing, the request goes on. */
  async answer(event: FetchEvent): Promise<Response | undefined> {
    await this.#loaded;
    const isNavigation = event.request.mode === "navigate";
    const worker = isNavigation ? this.#find(event.request.url) : this.#workerOfClient.get(event.clientId);
    if (worker?.state !== "activated") {
      return undefined;
    }

    if (isNavigation && event.resultingClientId !== "") {
      this.#control(event.resultingClientId, worker);
    }

    return worker.answer(event);
  }

  async handle(request: SiteWorkerRequest, reply: MessagePort): Promise<void> {
    await this.#loaded;
    const answer = (message: SiteWorkerAnswer): void => reply.postMessage(message);
    switch (request.action) {
      case "register":
        try {
          const worker = await this.#register(request.scriptUrl, request.scope);
          answer({ isRegistered: true, registrations: [describe(worker)] });
          if (worker.state === "parsed") {
            await worker.start();
          }
        } catch (error) {
          const { name, message } = error instanceof Error || error instanceof DOMException ? error : new TypeError(String(error));
          answer({ isRegistered: false, registrations: [], error: { name, message } });
        }

        break;
      case "unregister":
        answer({ isRegistered: await this.#unregister(request.scope), registrations: [] });
        break;
      case "list":
        answer({ isRegistered: true, registrations: [...this.#byScope.values()].map(describe) });
        break;
    }
  }

  async message(client: Client, scope: string, data: unknown, ports: readonly MessagePort[]): Promise<void> {
    await this.#loaded;
    await this.#byScope.get(scope)?.message(client, data, ports);
  }

  /** Ends and forgets them all. */
  async clear(): Promise<void> {
    await this.#loaded;
    await Promise.all([...this.#byScope.keys()].map(scope => this.#unregister(scope)));
  }

  #find(url: string): SiteWorker | undefined {
    // The longest scope that begins the URL (Service Workers, Match Service Worker Registration).
    return [...this.#byScope.values()].filter(worker => url.startsWith(worker.scope)).sort((first, second) => second.scope.length - first.scope.length)[0];
  }

  #control(clientId: string, worker: SiteWorker): void {
    this.#workerOfClient.set(clientId, worker);
    if (this.#workerOfClient.size > maxClients) {
      this.#workerOfClient.delete(this.#workerOfClient.keys().next().value!);
    }
  }

  async #register(scriptUrl: string, scope: string): Promise<SiteWorker> {
    const [response, source] = await this.#script(scriptUrl);
    const widest = new URL(response.headers.get("service-worker-allowed") ?? "./", scriptUrl);
    if (!new URL(scope).pathname.startsWith(widest.pathname)) {
      throw new DOMException(`The path of the provided scope ('${new URL(scope).pathname}') is not under the max scope allowed ('${widest.pathname}').`, "SecurityError");
    }

    const stored = { scope, scriptUrl, sources: [[scriptUrl, source] as const, ...await this.#imports(source, scriptUrl)] };
    const known = this.#byScope.get(scope);
    if (known !== undefined && JSON.stringify(this.#stored.get(scope)) === JSON.stringify(stored)) {
      return known;
    }

    if (known === undefined && this.#byScope.size >= maxWorkers) {
      throw new DOMException("Too many service workers.", "QuotaExceededError");
    }

    const worker = this.#create(stored);
    known?.end();
    this.#byScope.set(scope, worker);
    this.#stored.set(scope, stored);
    await this.#save();
    return worker;
  }

  async #unregister(scope: string): Promise<boolean> {
    const worker = this.#byScope.get(scope);
    this.#byScope.delete(scope);
    this.#stored.delete(scope);
    worker?.end();
    await this.#save();
    return worker !== undefined;
  }

  #create(stored: StoredWorker): SiteWorker {
    const { scope, scriptUrl } = stored;
    const imports = new Map(stored.sources);
    const worker: SiteWorker = new SiteWorker(imports.get(scriptUrl) ?? "", {
      scope, scriptUrl, imports,
      fetch: this.#network,
      claim: () => this.#claim(worker),
      unregister: () => this.#unregister(scope),
    }, changed => void tellPages({ type: "site-worker-state", scope, scriptUrl, state: changed.state, isController: false }));
    return worker;
  }

  async #claim(worker: SiteWorker): Promise<void> {
    for (const client of await pages()) {
      if (client.url.startsWith(worker.scope)) {
        this.#control(client.id, worker);
        client.postMessage({ type: "site-worker-state", scope: worker.scope, scriptUrl: worker.scriptUrl, state: worker.state, isController: true } satisfies ServiceWorkerToRuntime);
      }
    }
  }

  async #script(url: string): Promise<[Response, string]> {
    const response = await this.#network(new Request(url, { headers: { "service-worker": "script" }, cache: "no-cache", redirect: "error" }));
    if (!response.ok) {
      throw new TypeError(`Failed to register a ServiceWorker: a bad HTTP response code (${response.status}) was received when fetching the script.`);
    }

    if (!/^\s*(text|application)\/(x-)?(javascript|ecmascript)/i.test(response.headers.get("content-type") ?? "")) {
      throw new DOMException("Failed to register a ServiceWorker: the script has an unsupported MIME type.", "SecurityError");
    }

    return [response, await response.text()];
  }

  /** What a script imports by name, and what that imports. */
  async #imports(source: string, scriptUrl: string): Promise<(readonly [string, string])[]> {
    const found = new Map<string, string>();
    const waiting = [source];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      for (const call of next.matchAll(/importScripts\(([^)]*)\)/g)) {
        for (const literal of call[1]!.matchAll(/(["'`])([^"'`]+)\1/g)) {
          const url = new URL(literal[2]!, scriptUrl).href;
          if (!found.has(url) && found.size < maxImports) {
            const text = new URL(url).origin === self.location.origin ? (await this.#script(url))[1] : await (await fetch(url)).text();
            found.set(url, text);
            waiting.push(text);
          }
        }
      }
    }

    return [...found];
  }

  async #load(): Promise<void> {
    const record = await (await caches.open(cacheName)).match(recordPath);
    for (const stored of record === undefined ? [] : await record.json() as StoredWorker[]) {
      try {
        const worker = this.#create(stored);
        worker.resume();
        this.#byScope.set(stored.scope, worker);
        this.#stored.set(stored.scope, stored);
      } catch (error) {
        console.warn("The site's service worker does not start.", error);
      }
    }
  }

  async #save(): Promise<void> {
    await (await caches.open(cacheName)).put(recordPath, Response.json([...this.#stored.values()]));
  }
}

function describe({ scope, scriptUrl, state }: SiteWorker): SiteWorkerAnswer["registrations"][number] {
  return { scope, scriptUrl, state };
}

/** The documents of the site; the shells above them are ours. */
async function pages(): Promise<readonly WindowClient[]> {
  return (await self.clients.matchAll({ type: "window", includeUncontrolled: true })).filter(client => client.frameType === "nested");
}

async function tellPages(message: ServiceWorkerToRuntime): Promise<void> {
  for (const client of await pages()) {
    client.postMessage(message);
  }
}
