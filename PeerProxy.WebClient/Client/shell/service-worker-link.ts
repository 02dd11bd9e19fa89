import type { ServiceWorkerToShell, ShellToServiceWorker } from "../protocol/messages.js";
import { clientVersion } from "../protocol/version.js";
import type { TunnelHost } from "./tunnel-host.js";

const scriptUrl = "/.peerproxy/service-worker/main.js";

/** Firefox stops a worker after 30 s without an event of this kind, and Chromium after 5 minutes; three chances within that time. */
const pingEveryMs = 10_000;

/** How long the first page waits for the worker to know whose it is. One that is started takes tens of milliseconds. */
const announcePatienceMs = 1_000;

/** How long a claimed page may take to see its controller. */
const controlPatienceMs = 3_000;

/** The shell's side of the service worker: registers it, brings it a port to the tunnel, keeps it alive while requests are open. */
export class ServiceWorkerLink {
  readonly #shell: string;
  readonly #lock: string;
  readonly #host: TunnelHost;
  #registration: ServiceWorkerRegistration | undefined;
  #reload: "no-cache" | "reload" | undefined;
  #pingTimer: ReturnType<typeof setInterval> | undefined;
  /** Announcements that the worker has not confirmed. */
  #announced: ((isUnderWay: boolean) => void)[] = [];

  constructor(shell: string, host: TunnelHost) {
    this.#shell = shell;
    this.#lock = `peerproxy-shell-${shell}`;
    this.#host = host;
    // Held until this document ends: how the worker learns that the tunnel behind a port is gone.
    void navigator.locks.request(this.#lock, () => new Promise<never>(() => undefined));
    navigator.serviceWorker.addEventListener("message", event => this.#receive(event));
    navigator.serviceWorker.addEventListener("controllerchange", () => this.#offerTunnel());
    navigator.serviceWorker.startMessages();
    host.onMoved = () => this.#offerTunnel(true);
  }

  /** Resolves when requests of this origin go through the worker. Rejects where the browser does not allow one. */
  async start(): Promise<void> {
    const isReload = performance.getEntriesByType("navigation").some(entry => (entry as PerformanceNavigationTiming).type === "reload");
    this.#reload = isReload ? "no-cache" : undefined;
    // A worker of an earlier visit can have its port while the browser still compares the script.
    this.#offerTunnel();
    const registered = navigator.serviceWorker.register(scriptUrl, { scope: "/", type: "module", updateViaCache: "none" });
    registered.then(registration => {
      this.#registration = registration;
    }, () => {
      // The update failed (no network); the worker that is here goes on.
    });
    if (navigator.serviceWorker.controller !== null) {
      return;
    }

    const known = await navigator.serviceWorker.getRegistration("/");
    this.#registration = known?.active != null ? known : await registered;
    await activated(this.#registration);
    if (navigator.serviceWorker.controller === null) {
      // A forced reload: the worker is there, but this page is not its own.
      this.#reload = isReload ? "reload" : undefined;
      this.#post({ type: "claim" });
      await controlled();
    }

    this.#offerTunnel();
  }

  /** Keeps the worker alive while something is open. */
  setBusy(isBusy: boolean): void {
    if (!isBusy) {
      clearInterval(this.#pingTimer);
      this.#pingTimer = undefined;
    } else {
      this.#pingTimer ??= setInterval(() => this.#post({ type: "ping" }), pingEveryMs);
    }
  }

  /**
   * The frame is about to load this, the first time in a reloaded tab as a reload. Resolves when the worker knows: whose navigation it is cannot be seen otherwise while
   * the frame has no document.
   * @returns true when the browser is already loading it there.
   */
  announceNavigation(url: string): Promise<boolean> {
    const reload = this.#reload;
    this.#reload = undefined;
    const known = new Promise<boolean>(resolve => {
      this.#announced.push(resolve);
      setTimeout(() => resolve(false), announcePatienceMs);
    });
    this.#post(reload === undefined ? { type: "navigating", shell: this.#shell, url } : { type: "navigating", shell: this.#shell, url, reload });
    return known;
  }

  #worker(): ServiceWorker | null {
    return navigator.serviceWorker.controller ?? this.#registration?.active ?? null;
  }

  #offeredTo: ServiceWorker | undefined;

  #offerTunnel(isWanted = false): void {
    const worker = this.#worker();
    if (worker === null || (worker === this.#offeredTo && !isWanted)) {
      return;
    }

    this.#offeredTo = worker;
    const channel = new MessageChannel();
    this.#host.post({ type: "service-worker-port", port: channel.port1 }, [channel.port1]);
    this.#post({ type: "tunnel", version: clientVersion, shell: this.#shell, lock: this.#lock, tunnel: this.#host.tunnel, port: channel.port2 }, [channel.port2]);
  }

  #receive(event: MessageEvent): void {
    // Only our worker reaches this: registrations of the site do not exist.
    const message = event.data as ServiceWorkerToShell;
    if (message.type === "tunnel-wanted") {
      this.#offerTunnel(true);
    } else if (message.type === "navigating-taken") {
      this.#announced.shift()?.(message.isUnderWay);
    } else if (message.type === "clear-storage") {
      localStorage.clear();
      sessionStorage.clear();
      event.ports[0]?.postMessage(undefined);
    } else if (message.type === "tunnel-taken" && message.version !== clientVersion) {
      void this.#takeNewVersion();
    }
  }

  /** The worker is of another release than this page: the new one must not wait for all tabs to close. */
  async #takeNewVersion(): Promise<void> {
    const registration = await this.#registration?.update();
    const next = registration?.waiting ?? registration?.installing;
    next?.addEventListener("statechange", () => {
      if (next.state === "installed") {
        next.postMessage({ type: "take-over" } satisfies ShellToServiceWorker);
      }
    });
    if (next?.state === "installed") {
      next.postMessage({ type: "take-over" } satisfies ShellToServiceWorker);
    }
  }

  #post(message: ShellToServiceWorker, transfer: Transferable[] = []): void {
    this.#worker()?.postMessage(message, transfer);
  }
}

function activated(registration: ServiceWorkerRegistration): Promise<void> {
  const worker = registration.active ?? registration.waiting ?? registration.installing;
  if (worker === null || worker.state === "activated") {
    return Promise.resolve();
  }

  return new Promise((resolve, reject) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") {
        resolve();
      } else if (worker.state === "redundant") {
        reject(new TypeError("The service worker could not be installed."));
      }
    });
  });
}

function controlled(): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, controlPatienceMs);
    navigator.serviceWorker.addEventListener("controllerchange", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}
