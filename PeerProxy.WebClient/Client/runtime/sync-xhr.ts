/** Synchronous XMLHttpRequest: Chromium sends it past the service worker, where nobody can answer it. The page gets an error that says so. */
function installSyncXhr(): void {
  const passesServiceWorker = "userAgentData" in navigator;
  if (!passesServiceWorker) {
    return;
  }

  const nativeOpen = XMLHttpRequest.prototype.open;
  const nativeSend = XMLHttpRequest.prototype.send;
  const blocked = new WeakSet<XMLHttpRequest>();
  replaceProperty(XMLHttpRequest.prototype, "open", {
    value(this: XMLHttpRequest, method: string, url: string | URL, isAsync = true, user?: string | null, password?: string | null): void {
      blocked.delete(this);
      if (!isAsync && URL.canParse(String(url), document.baseURI) && isOwnOrigin(new URL(String(url), document.baseURI))) {
        blocked.add(this);
      }

      nativeOpen.call(this, method, url, isAsync, user, password);
    },
    writable: true,
  });
  replaceProperty(XMLHttpRequest.prototype, "send", {
    value(this: XMLHttpRequest, body?: Document | XMLHttpRequestBodyInit | null): void {
      if (blocked.has(this)) {
        const message = "PeerProxy cannot carry a synchronous XMLHttpRequest in this browser. Make it asynchronous, or use Firefox.";
        console.error(message);
        throw new DOMException(message, "NetworkError");
      }

      nativeSend.call(this, body);
    },
    writable: true,
  });
}
