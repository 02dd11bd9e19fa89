type SiteWorkerRequest = import("../protocol/messages.js").SiteWorkerRequest;
type SiteWorkerAnswer = import("../protocol/messages.js").SiteWorkerAnswer;
type SiteWorkerNews = import("../protocol/messages.js").ServiceWorkerToRuntime;
type ToServiceWorker = import("../protocol/messages.js").RuntimeToServiceWorker;

/**
 * `navigator.serviceWorker` of the site: there is one worker per scope, and ours has it. The site's run inside ours (service-worker/site-worker); here are the
 * objects by which its pages know them. Ours is neither seen nor unregistered.
 */
function installServiceWorkerContainer(): void {
  const native = navigator.serviceWorker;
  const ours = native?.controller;
  if (native === undefined || ours == null) {
    return;
  }

  class SiteServiceWorker extends EventTarget {
    state: string;
    readonly scriptURL: string;
    readonly #scope: string;

    constructor(scope: string, scriptUrl: string, state: string) {
      super();
      this.#scope = scope;
      this.scriptURL = scriptUrl;
      this.state = state;
    }

    postMessage(data: unknown, transfer: Transferable[] | StructuredSerializeOptions = []): void {
      const message: ToServiceWorker = { type: "site-message", scope: this.#scope, data };
      ours!.postMessage(message, Array.isArray(transfer) ? transfer : transfer.transfer ?? []);
    }
  }

  class SiteRegistration extends EventTarget {
    readonly scope: string;
    readonly updateViaCache = "imports";
    installing: SiteServiceWorker | null = null;
    waiting: SiteServiceWorker | null = null;
    active: SiteServiceWorker | null = null;
    readonly navigationPreload = {
      enable: () => Promise.resolve(), disable: () => Promise.resolve(), setHeaderValue: () => Promise.resolve(), getState: () => Promise.resolve({ enabled: false, headerValue: "true" }),
    };

    constructor(scope: string) {
      super();
      this.scope = scope;
    }

    /** Moves the worker to where its state belongs. */
    show(scriptUrl: string, state: string): void {
      const worker = [this.installing, this.waiting, this.active].find(known => known?.scriptURL === scriptUrl) ?? new SiteServiceWorker(this.scope, scriptUrl, state);
      const isNew = worker !== this.installing && worker !== this.waiting && worker !== this.active;
      this.installing = state === "parsed" || state === "installing" ? worker : null;
      this.waiting = state === "installed" ? worker : null;
      this.active = state === "activating" || state === "activated" ? worker : this.active === worker ? null : this.active;
      if (worker.state !== state) {
        worker.state = state;
        worker.dispatchEvent(new Event("statechange"));
      }

      if (isNew && this.installing === worker) {
        this.dispatchEvent(new Event("updatefound"));
      }
    }

    async update(): Promise<SiteRegistration> {
      const worker = this.active ?? this.waiting ?? this.installing;
      return worker === null ? this : await container.register(worker.scriptURL, { scope: this.scope });
    }

    async unregister(): Promise<boolean> {
      registrations.delete(this.scope);
      return (await ask({ action: "unregister", scope: this.scope, scriptUrl: "" })).isRegistered;
    }

    async showNotification(title: string, options?: NotificationOptions): Promise<void> {
      await (await native.ready).showNotification(title, options);
    }

    async getNotifications(): Promise<Notification[]> {
      return (await native.ready).getNotifications();
    }
  }

  class SiteServiceWorkerContainer extends EventTarget {
    controller: SiteServiceWorker | null = null;
    #settleReady!: (registration: SiteRegistration) => void;
    readonly ready = new Promise<SiteRegistration>(resolve => {
      this.#settleReady = resolve;
    });

    async register(script: string | URL, options: RegistrationOptions = {}): Promise<SiteRegistration> {
      const scriptUrl = new URL(String(script), document.baseURI);
      const scope = new URL(options.scope ?? "./", options.scope === undefined ? scriptUrl : document.baseURI);
      scriptUrl.hash = scope.hash = "";
      if (!isOwnOrigin(scriptUrl) || !isOwnOrigin(scope)) {
        throw new DOMException("Failed to register a ServiceWorker: the origin of the script or scope is not the page's.", "SecurityError");
      }

      const answer = await ask({ action: "register", scope: scope.href, scriptUrl: scriptUrl.href });
      if (answer.error !== undefined) {
        throw answer.error.name === "TypeError" ? new TypeError(answer.error.message) : new DOMException(answer.error.message, answer.error.name);
      }

      const registration = registrationOf(scope.href);
      for (const { scriptUrl: url, state } of answer.registrations) {
        registration.show(url, latest.get(url + scope.href) ?? state);
      }

      this.look();
      return registration;
    }

    async getRegistration(address: string | URL = ""): Promise<SiteRegistration | undefined> {
      const { href } = new URL(String(address), document.baseURI);
      return (await this.getRegistrations()).filter(registration => href.startsWith(registration.scope)).sort((first, second) => second.scope.length - first.scope.length)[0];
    }

    async getRegistrations(): Promise<SiteRegistration[]> {
      const answer = await ask({ action: "list", scope: "", scriptUrl: "" });
      return answer.registrations.map(({ scope, scriptUrl, state }) => {
        const registration = registrationOf(scope);
        registration.show(scriptUrl, state);
        return registration;
      });
    }

    startMessages(): void {
      // Messages are delivered from the start.
    }

    /** Something has changed: who waits for a worker may have one. */
    look(): void {
      for (const registration of registrations.values()) {
        if (registration.active !== null && documentUrl().startsWith(registration.scope)) {
          this.#settleReady(registration);
        }
      }
    }
  }

  const registrations = new Map<string, SiteRegistration>();
  /** States that were told before their registration was known here. */
  const latest = new Map<string, string>();
  for (const type of ["controllerchange", "message", "messageerror"]) {
    installEventHandler(SiteServiceWorkerContainer.prototype, type);
  }

  installEventHandler(SiteServiceWorker.prototype, "statechange");
  installEventHandler(SiteRegistration.prototype, "updatefound");
  for (const [type, name] of [[SiteServiceWorkerContainer, "ServiceWorkerContainer"], [SiteServiceWorker, "ServiceWorker"], [SiteRegistration, "ServiceWorkerRegistration"]] as const) {
    Object.defineProperty(type.prototype, Symbol.toStringTag, { value: name, configurable: true });
  }

  const container = new SiteServiceWorkerContainer();
  native.addEventListener("message", event => hear(event));
  native.startMessages();
  replaceProperty(Navigator.prototype, "serviceWorker", { get: () => container });

  function hear(event: MessageEvent): void {
    const news = event.data as SiteWorkerNews | null;
    if (news?.type === "site-message") {
      const source = registrations.get(news.scope)?.active ?? null;
      const message = new MessageEvent("message", { data: news.data, origin: window.origin, ports: [...event.ports] });
      Object.defineProperty(message, "source", { value: source });
      container.dispatchEvent(message);
    } else if (news?.type === "site-worker-state") {
      latest.set(news.scriptUrl + news.scope, news.state);
      const registration = registrations.get(news.scope);
      registration?.show(news.scriptUrl, news.state);
      if (news.isController) {
        const active = registrationOf(news.scope);
        active.show(news.scriptUrl, news.state);
        container.controller = active.active;
        container.dispatchEvent(new Event("controllerchange"));
      }

      container.look();
    }
  }

  function registrationOf(scope: string): SiteRegistration {
    let registration = registrations.get(scope);
    if (registration === undefined) {
      registration = new SiteRegistration(scope);
      registrations.set(scope, registration);
    }

    return registration;
  }

  function ask(request: SiteWorkerRequest): Promise<SiteWorkerAnswer> {
    return new Promise(resolve => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = event => {
        port1.close();
        resolve(event.data as SiteWorkerAnswer);
      };
      const message: ToServiceWorker = { type: "site-worker", request };
      ours!.postMessage(message, [port2]);
    });
  }
}
