type AbortMessage = Extract<import("../protocol/messages.js").RuntimeToServiceWorker, { type: "abort" | "given-up" | "left" }>;

/**
 * Tells the worker when a script, or a document that goes away, gives up requests: as long as they have no response browsers keep that to themselves, and later
 * Firefox may not tell before the next piece of the body comes. The target would go on working for nobody.
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

  /** Responses that one signal would end are remembered up to this many: a page may use the same one for all it ever asks. */
  const maxFollowed = 64;

  const followed = new WeakMap<AbortSignal, string[]>();
  const follow = (signal: AbortSignal, id: string): void => {
    let ids = followed.get(signal);
    if (ids === undefined) {
      const made: string[] = ids = [];
      followed.set(signal, made);
      signal.addEventListener("abort", () => made.forEach(each => send({ type: "given-up", id: each })), { once: true });
    }

    ids.push(id);
    if (ids.length > maxFollowed) {
      ids.shift();
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

    response.then(answered => {
      forget();
      const id = idOfResponse(answered);
      if (signal != null && !signal.aborted && id !== null) {
        follow(signal, id);
      }
    }, forget);
    return response;
  };

  function withMark(init: RequestInit | undefined, request: Request | undefined, mark: string): RequestInit {
    const headers = new Headers(init?.headers ?? request?.headers);
    headers.set("pp-mark", mark);
    return { ...init, headers };
  }

  const requests = new WeakMap<XMLHttpRequest, { readonly method: string; readonly url: string; isAnswered: boolean; id: string | null }>();
  const openRequest = XMLHttpRequest.prototype.open;
  replaceProperty(XMLHttpRequest.prototype, "open", {
    value(this: XMLHttpRequest, method: string, url: string | URL, ...rest: unknown[]): void {
      (openRequest as (...parameters: unknown[]) => void).call(this, method, url, ...rest);
      if (!requests.has(this)) {
        this.addEventListener("readystatechange", () => {
          const request = requests.get(this);
          if (request !== undefined && this.readyState === XMLHttpRequest.HEADERS_RECEIVED) {
            request.isAnswered = true;
            request.id = this.getResponseHeader(responseField);
          }
        });
        for (const type of ["abort", "timeout"]) {
          this.addEventListener(type, () => {
            const request = requests.get(this);
            if (request?.isAnswered === false) {
              report(request.method, request.url, undefined);
            } else if (request?.id != null) {
              send({ type: "given-up", id: request.id });
            }
          });
        }
      }

      requests.set(this, { method, url: String(url), isAnswered: false, id: null });
    },
    writable: true,
  });

  window.addEventListener("pagehide", () => send({ type: "left" }));
}
