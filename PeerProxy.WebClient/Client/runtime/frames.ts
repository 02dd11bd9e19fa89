/** Frames without a document of their own from the site, which the service worker never sees: blank ones get the runtime from here, srcdoc ones by a tag. */
function installFrames(): void {
  const { prototype } = HTMLIFrameElement;
  const windowOf = Object.getOwnPropertyDescriptor(prototype, "contentWindow")!.get! as (this: HTMLIFrameElement) => (Window & typeof globalThis) | null;
  const documentOf = Object.getOwnPropertyDescriptor(prototype, "contentDocument")!.get! as (this: HTMLIFrameElement) => Document | null;
  const srcdoc = Object.getOwnPropertyDescriptor(prototype, "srcdoc")!;
  const prepared = new WeakSet<Document>();
  const known = new WeakSet<HTMLIFrameElement>();
  let isTyped = false;
  const tag = `<script${ownNonce === "" ? "" : ` nonce="${ownNonce}"`} data-target="${targetOrigins.join(" ")}" src="${window.origin}${ownPath}runtime/runtime.js"></script>`;

  replaceProperty(prototype, "contentWindow", {
    get(this: HTMLIFrameElement): Window | null {
      prepare(this);
      return windowOf.call(this);
    },
  });
  replaceProperty(prototype, "contentDocument", {
    get(this: HTMLIFrameElement): Document | null {
      prepare(this);
      return documentOf.call(this);
    },
  });
  replaceProperty(prototype, "srcdoc", {
    get(this: HTMLIFrameElement): string {
      return withoutTag(srcdoc.get!.call(this) as string);
    },
    set(this: HTMLIFrameElement, html: unknown) {
      srcdoc.set!.call(this, withTag(html));
    },
  });
  const { setAttribute, getAttribute } = Element.prototype;
  replaceProperty(prototype, "setAttribute", {
    value(this: HTMLIFrameElement, name: string, value: string): void {
      setAttribute.call(this, name, String(name).toLowerCase() === "srcdoc" ? withTag(value) : value);
    },
    writable: true,
  });
  replaceProperty(prototype, "getAttribute", {
    value(this: HTMLIFrameElement, name: string): string | null {
      const value = getAttribute.call(this, name);
      return value !== null && String(name).toLowerCase() === "srcdoc" ? withoutTag(value) : value;
    },
    writable: true,
  });

  const frames = document.getElementsByTagName("iframe");
  new MutationObserver(() => {
    for (const frame of frames) {
      if (!known.has(frame)) {
        known.add(frame);
        look(frame);
      }
    }
  }).observe(document, { childList: true, subtree: true });

  /** A frame that has come into the document. */
  function look(frame: HTMLIFrameElement): void {
    const html = srcdoc.get!.call(frame) as string;
    if (frame.hasAttribute("srcdoc")) {
      if (!html.startsWith(tag) && !isTyped) {
        try {
          srcdoc.set!.call(frame, tag + html);
        } catch {
          // The page's policy demands trusted types.
          isTyped = true;
        }
      }

      return;
    }

    const address = getAttribute.call(frame, "src") ?? "";
    if (URL.canParse(address, document.baseURI)) {
      const url = new URL(address, document.baseURI);
      const own = withoutTarget(url);
      if (own !== url) {
        frame.src = own.href;
      }
    }

    prepare(frame);
    // Firefox replaces a blank document by another after it was inserted.
    frame.addEventListener("load", () => prepare(frame));
  }

  function prepare(frame: HTMLIFrameElement): void {
    const address = getAttribute.call(frame, "src") ?? "";
    const page = frame.hasAttribute("srcdoc") || !/^(|about:blank.*|javascript:.*)$/i.test(address) ? null : documentOf.call(frame);
    if (page !== null && !prepared.has(page) && page.URL.startsWith("about:blank")) {
      prepared.add(page);
      runRuntime(windowOf.call(frame)!);
    }
  }

  /** Where the page's policy demands trusted types, what it trusts stays as it is: a text of ours would be refused. */
  function withTag(html: unknown): string {
    isTyped ||= typeof html === "object" && html !== null;
    return isTyped ? html as string : tag + String(html);
  }

  function withoutTag(html: string): string {
    return html.startsWith(tag) ? html.slice(tag.length) : html;
  }
}

/** Chromium sends what a blank frame asks for past the service worker: its requests are made by the page that made it, on the same base address. */
function installBorrowedRequests(): void {
  const owner = window.parent as Window & typeof globalThis;
  if (document.URL.startsWith("about:blank") && navigator.serviceWorker?.controller == null) {
    window.fetch = (input, init) => owner.fetch(input, init);
    window.XMLHttpRequest = owner.XMLHttpRequest;
    window.EventSource = owner.EventSource;
    navigator.sendBeacon = (url, data) => owner.navigator.sendBeacon(url, data);
  }
}
