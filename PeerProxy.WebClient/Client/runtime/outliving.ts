type OutlivingMessage = Extract<import("../protocol/messages.js").RuntimeToServiceWorker, { type: "outliving" }>;

/** Ours; the site sees others (service-worker-container.ts). */
const workerForOutliving = navigator.serviceWorker?.controller ?? undefined;

/**
 * What a document sends while it goes away: Firefox gives up such requests where a service worker would answer them. As a message to that worker they arrive, and
 * it makes them itself.
 */
function installOutliving(): void {
  const worker = workerForOutliving;
  if (worker === undefined || "body" in Request.prototype) {
    return;
  }

  let isLeaving = false;
  // Before the listeners of the page: they send from theirs.
  window.addEventListener("pagehide", () => {
    isLeaving = true;
  }, true);
  window.addEventListener("pageshow", () => {
    isLeaving = false;
  }, true);

  const nativeBeacon = navigator.sendBeacon;
  replaceProperty(Navigator.prototype, "sendBeacon", {
    value(this: Navigator, url: string | URL, data?: BodyInit | null): boolean {
      return (isLeaving && send(new Request(url, { method: "POST", body: data ?? null }), data)) || nativeBeacon.call(this, url, data);
    },
    writable: true,
  });
  const nativeFetch = window.fetch;
  window.fetch = function fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const isSent = isLeaving && init?.keepalive === true && send(new Request(input, { ...init, keepalive: false }), init.body);
    // There is nobody left to have the answer.
    return isSent ? new Promise(() => undefined) : nativeFetch(input, init);
  };

  Object.defineProperty(window.fetch, "length", { value: 1, configurable: true });

  /** False for what cannot be sent so: other origins, and bodies that are not in hand. */
  function send(request: Request, data: BodyInit | null | undefined): boolean {
    const isInHand = data == null || typeof data === "string" || data instanceof URLSearchParams || data instanceof Blob || data instanceof ArrayBuffer || ArrayBuffer.isView(data);
    if (!isInHand || !isOwnOrigin(new URL(request.url))) {
      return false;
    }

    const body = data == null ? undefined : new Blob([data instanceof URLSearchParams ? data.toString() : data as BlobPart]);
    worker!.postMessage({ type: "outliving", url: request.url, method: request.method, headers: [...request.headers], body, referrer: documentUrl() } satisfies OutlivingMessage);
    return true;
  }
}
