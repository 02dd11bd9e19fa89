type AbortMessage = Extract<import("../protocol/messages.js").RuntimeToServiceWorker, { type: "abort" | "left" }>;

/**
 * Tells the worker when a script, or a document that goes away, gives up requests that have no response yet: browsers keep that to themselves, and the target
 * would go on working for nobody. Later aborts reach the worker through the response's stream.
 */
function installAborts(): void {
  const worker = navigator.serviceWorker?.controller;
  if (worker == null) {
    return;
  }

  const send = (message: AbortMessage): void => worker.postMessage(message);
  const report = (method: string, address: string): void => {
    if (URL.canParse(address, document.baseURI)) {
      const url = new URL(address, document.baseURI);
      if (isOwnOrigin(url)) {
        send({ type: "abort", method, url: url.href });
      }
    }
  };

  const nativeFetch = window.fetch;
  window.fetch = function fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = input instanceof Request ? input : undefined;
    const signal = init?.signal ?? request?.signal;
    const response = nativeFetch(input, init);
    if (signal == null || signal.aborted) {
      return response;
    }

    const abort = (): void => report(init?.method ?? request?.method ?? "GET", request?.url ?? String(input));
    const forget = (): void => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort);
    response.then(forget, forget);
    return response;
  };

  const requests = new WeakMap<XMLHttpRequest, { readonly method: string; readonly url: string; isAnswered: boolean }>();
  const open = XMLHttpRequest.prototype.open;
  replaceProperty(XMLHttpRequest.prototype, "open", {
    value(this: XMLHttpRequest, method: string, url: string | URL, ...rest: unknown[]): void {
      (open as (...parameters: unknown[]) => void).call(this, method, url, ...rest);
      if (!requests.has(this)) {
        this.addEventListener("readystatechange", () => {
          const request = requests.get(this);
          if (request !== undefined && this.readyState === XMLHttpRequest.HEADERS_RECEIVED) {
            request.isAnswered = true;
          }
        });
        for (const type of ["abort", "timeout"]) {
          this.addEventListener(type, () => {
            const request = requests.get(this);
            if (request?.isAnswered === false) {
              report(request.method, request.url);
            }
          });
        }
      }

      requests.set(this, { method, url: String(url), isAnswered: false });
    },
    writable: true,
  });

  window.addEventListener("pagehide", () => send({ type: "left" }));
}
