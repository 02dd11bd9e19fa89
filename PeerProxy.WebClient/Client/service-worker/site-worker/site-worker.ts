import { clientOfSite, SiteEvent, SiteWorkerScope, type ScopeEnvironment } from "./scope.js";

export type SiteWorkerState = "parsed" | "installing" | "installed" | "activating" | "activated" | "redundant";

/** A service worker of the site, run inside ours: one origin has room for one at each scope, and ours is there already. */
export class SiteWorker {
  readonly scope: string;
  readonly scriptUrl: string;
  readonly #scope: SiteWorkerScope;
  readonly #report: (worker: SiteWorker) => void;
  #state: SiteWorkerState = "parsed";

  /** Runs the script. Throws what it throws. */
  constructor(source: string, environment: ScopeEnvironment, report: (worker: SiteWorker) => void) {
    this.scope = environment.scope;
    this.scriptUrl = environment.scriptUrl;
    this.#report = report;
    this.#scope = new SiteWorkerScope(environment);
    this.#scope.run(source, environment.scriptUrl);
  }

  get state(): SiteWorkerState {
    return this.#state;
  }

  /** A worker that was installed in an earlier life of ours. */
  resume(): void {
    this.#state = "activated";
  }

  /** Install and activate, at once: whoever registers anew replaces what was there. */
  async start(): Promise<void> {
    this.#enter("installing");
    try {
      await this.#scope.dispatch(new SiteEvent("install"));
    } catch (error) {
      console.warn("The site's service worker could not be installed.", error);
      this.#enter("redundant");
      return;
    }

    this.#enter("installed");
    this.#enter("activating");
    await this.#scope.dispatch(new SiteEvent("activate")).catch((error: unknown) => console.warn("The site's service worker failed to activate.", error));
    this.#enter("activated");
  }

  end(): void {
    this.#enter("redundant");
  }

  /** The worker's answer to a request, or undefined when it leaves it to the network. */
  async answer(event: FetchEvent): Promise<Response | undefined> {
    const { request, clientId, resultingClientId } = event;
    const fetchEvent = new SiteEvent("fetch", { request, clientId, resultingClientId, preloadResponse: Promise.resolve(undefined), handled: Promise.resolve() });
    const done = this.#scope.dispatch(fetchEvent).catch((error: unknown) => console.warn("The site's service worker failed.", error));
    event.waitUntil(done);
    return fetchEvent.response;
  }

  async message(client: Client, data: unknown, ports: readonly MessagePort[]): Promise<void> {
    await this.#scope.dispatch(new SiteEvent("message", { data, ports, source: clientOfSite(client, this.scope), origin: new URL(this.scope).origin, lastEventId: "" }));
  }

  #enter(state: SiteWorkerState): void {
    this.#state = state;
    this.#report(this);
  }
}
