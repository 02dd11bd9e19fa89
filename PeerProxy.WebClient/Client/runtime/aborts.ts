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
  const report = (method: string, address: string, mark: string | undefined): void => {
    if (URL.canParse(address, document.baseURI)) {
      const url = new URL(address, document.baseURI);
      if (isOwnOrigin(url)) {
        send({ type: "abort", method, url: url.href, mark });
      }
    }
  };

  /** Requests of scripts that have no response yet, by method and address: of several that are alike, all but the first carry a mark. */
  const open = new Map<string, number>();
  let lastMark = 0;
  const nativeFetch = window.fetch;
  window.fetch = function fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = input instanceof Request ? input : undefined;
    const signal = init?.signal ?? request?.signal;
    const method = init?.method ?? request?.method ?? "GET";
    const address = request?.url ?? String(input);
    const key = `${method} ${address}`;
    const alike = open.get(key) ?? 0;
    const isMarkable = signal != null && (init?.mode ?? request?.mode) !== "no-cors" && URL.canParse(address, document.baseURI) && isOwnOrigin(new URL(address, document.baseURI));
    const mark = alike > 0 && isMarkable ? String(++lastMark) : undefined;
    const response = nativeFetch(input, mark === undefined ? init : withMark(init, request, mark));
    open.set(key, alike + 1);
    const abort = (): void => report(method, address, mark);
    const forget = (): void => {
      signal?.removeEventListener("abort", abort);
      const left = (open.get(key) ?? 1) - 1;
      if (left > 0) {
        open.set(key, left);
      } else {
        open.delete(key);
      }
    };
    if (signal?.aborted === false) {
      signal.addEventListener("abort", abort);
    }

    response.then(forget, forget);
    return response;
  };

  function withMark(init: RequestInit | undefined, request: Request | undefined, mark: string): RequestInit {
    const headers = new Headers(init?.headers ?? request?.headers);
    headers.set("pp-mark", mark);
    return { ...init, headers };
  }

  const requests = new WeakMap<XMLHttpRequest, { readonly method: string; readonly url: string; isAnswered: boolean }>();
  const openRequest = XMLHttpRequest.prototype.open;
  replaceProperty(XMLHttpRequest.prototype, "open", {
    value(this: XMLHttpRequest, method: string, url: string | URL, ...rest: unknown[]): void {
      (openRequest as (...parameters: unknown[]) => void).call(this, method, url, ...rest);
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
              report(request.method, request.url, undefined);
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
