/**
 * `navigator.serviceWorker` as in a browser that refuses registrations here: ours must neither be seen nor unregistered, and there is one worker per scope.
 * A refusal is what sites are prepared for (private windows do the same), a registration that never runs is not.
 */
function installServiceWorkerContainer(): void {
  if (!("serviceWorker" in navigator)) {
    return;
  }

  class TunnelServiceWorkerContainer extends EventTarget {
    readonly controller = null;
    readonly ready = new Promise<never>(() => undefined);

    register(): Promise<never> {
      return Promise.reject(new DOMException("Service workers of the site are not supported through PeerProxy.", "SecurityError"));
    }

    getRegistration(): Promise<undefined> {
      return Promise.resolve(undefined);
    }

    getRegistrations(): Promise<never[]> {
      return Promise.resolve([]);
    }

    startMessages(): void {
      return;
    }
  }

  for (const type of ["controllerchange", "message", "messageerror"]) {
    installEventHandler(TunnelServiceWorkerContainer.prototype, type);
  }

  Object.defineProperty(TunnelServiceWorkerContainer.prototype, Symbol.toStringTag, { value: "ServiceWorkerContainer", configurable: true });
  const container = new TunnelServiceWorkerContainer();
  replaceProperty(Navigator.prototype, "serviceWorker", { get: () => container });
}
