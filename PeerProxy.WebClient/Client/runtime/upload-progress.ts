type UploadMessage = import("../protocol/messages.js").ServiceWorkerToRuntime;

/**
 * Progress of uploads by XMLHttpRequest: behind a service worker Chromium reports none, and Firefox only the end. The worker tells how much has gone; the browser's
 * own events are held back where a page listens, so that none comes twice.
 */
function installUploadProgress(): void {
  const container = navigator.serviceWorker;
  if (container?.controller == null) {
    return;
  }

  const types = ["loadstart", "progress", "load", "loadend"];
  const listened = new WeakSet<XMLHttpRequestUpload>();
  const uploads = new Map<string, (loaded: number, total: number) => void>();
  container.addEventListener("message", event => {
    const message = event.data as UploadMessage | null;
    if (message?.type === "upload") {
      uploads.get(message.id)?.(message.loaded, message.total);
    }
  });
  container.startMessages();

  // Ours must be the first listener; without any, a request to another origin would begin to ask for permission in advance.
  const { addEventListener } = EventTarget.prototype;
  const holdBack = (upload: XMLHttpRequestUpload): void => {
    if (!listened.has(upload)) {
      listened.add(upload);
      for (const type of types) {
        addEventListener.call(upload, type, event => {
          if (event.isTrusted && tunnelled.has(upload)) {
            event.stopImmediatePropagation();
          }
        });
      }
    }
  };
  const tunnelled = new WeakSet<XMLHttpRequestUpload>();
  replaceProperty(XMLHttpRequestUpload.prototype, "addEventListener", {
    value(this: XMLHttpRequestUpload, ...parameters: Parameters<EventTarget["addEventListener"]>): void {
      holdBack(this);
      addEventListener.apply(this, parameters);
    },
    writable: true,
  });
  for (const type of types) {
    const native = Object.getOwnPropertyDescriptor(XMLHttpRequestEventTarget.prototype, `on${type}`)!;
    replaceProperty(XMLHttpRequestUpload.prototype, `on${type}`, {
      get(this: XMLHttpRequestUpload): unknown {
        return native.get!.call(this);
      },
      set(this: XMLHttpRequestUpload, handler: unknown) {
        holdBack(this);
        native.set!.call(this, handler);
      },
    });
  }

  const addresses = new WeakMap<XMLHttpRequest, string>();
  const { open, send } = XMLHttpRequest.prototype;
  replaceProperty(XMLHttpRequest.prototype, "open", {
    value(this: XMLHttpRequest, method: string, url: string | URL, ...rest: unknown[]): void {
      addresses.set(this, rest[0] === false ? "" : String(url));
      (open as (...parameters: unknown[]) => void).call(this, method, url, ...rest);
    },
    writable: true,
  });
  replaceProperty(XMLHttpRequest.prototype, "send", {
    value(this: XMLHttpRequest, body?: Document | XMLHttpRequestBodyInit | null): void {
      const address = addresses.get(this) ?? "";
      if (body != null && address !== "" && listened.has(this.upload) && URL.canParse(address, document.baseURI) && isOwnOrigin(new URL(address, document.baseURI))) {
        follow(this, sizeOf(body));
      }

      send.call(this, body);
    },
    writable: true,
  });

  /** Undefined for a form: how long that is only the worker sees. */
  function sizeOf(body: Document | XMLHttpRequestBodyInit): number | undefined {
    return typeof body === "string" || body instanceof URLSearchParams ? new TextEncoder().encode(body.toString()).byteLength
      : body instanceof Blob ? body.size
      : body instanceof ArrayBuffer || ArrayBuffer.isView(body) ? body.byteLength
      : undefined;
  }

  function follow(request: XMLHttpRequest, size: number | undefined): void {
    const id = crypto.randomUUID();
    request.setRequestHeader("pp-upload", id);
    tunnelled.add(request.upload);
    let total = size ?? 0;
    let loaded = 0;
    let isDone = false;
    const tell = (type: string): void => {
      request.upload.dispatchEvent(new ProgressEvent(type, { lengthComputable: total > 0, loaded, total }));
    };
    const finish = (): void => {
      if (!isDone) {
        isDone = true;
        uploads.delete(id);
        loaded = total;
        for (const type of ["progress", "load", "loadend"]) {
          tell(type);
        }
      }
    };
    uploads.set(id, (sent, all) => {
      total = all;
      if (sent >= all) {
        finish();
      } else if (sent > loaded) {
        loaded = sent;
        tell("progress");
      }
    });
    tell("loadstart");
    request.addEventListener("readystatechange", () => {
      if (request.readyState >= XMLHttpRequest.HEADERS_RECEIVED && request.status > 0) {
        finish();
      }
    });
    request.addEventListener("loadend", () => uploads.delete(id), { once: true });
  }
}
