/** `fetch`: marks bodies that are endless streams, and leaves out `keepalive` where that would go past the service worker (Firefox). */
function installFetch(): void {
  const native = window.fetch;
  const isKeepaliveLost = !("body" in Request.prototype);
  window.fetch = function fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    if (init === undefined || (!(init.body instanceof ReadableStream) && init.keepalive !== true)) {
      return native(input, init);
    }

    const address = input instanceof Request ? input.url : String(input);
    if (!URL.canParse(address, baseUrl()) || !isOwnOrigin(new URL(address, baseUrl()))) {
      return native(input, init);
    }

    const changed: RequestInit = { ...init };
    if (init.body instanceof ReadableStream && "body" in Request.prototype) {
      const headers = new Headers(init.headers ?? (input instanceof Request ? input.headers : undefined));
      headers.set("pp-streaming-body", "1");
      changed.headers = headers;
    }

    if (isKeepaliveLost) {
      const headers = new Headers(changed.headers ?? init.headers ?? (input instanceof Request ? input.headers : undefined));
      headers.set("pp-keepalive", "1");
      changed.headers = headers;
      changed.keepalive = false;
    }

    return native(input, changed);
  };
  Object.defineProperty(window.fetch, "length", { value: 1, configurable: true });
}
