/** A window of the site in another tab is in a frame of that tab's shell, which this page holds instead. */
interface OtherShell extends Window {
  readonly peerproxySite?: Window & typeof globalThis;
}

/** `window.open` and messages between windows: what a page holds of another tab acts as that tab's page. */
function installWindows(shellWindow: ShellWindow): void {
  const nativeOpen = window.open;
  const facades = new WeakMap<Window, Window>();
  window.open = function open(url?: string | URL, target?: string, features?: string): Window | null {
    const address = url === undefined || url === "" || !URL.canParse(String(url), document.baseURI) ? url : withoutTarget(new URL(String(url), document.baseURI)).href;
    const opened = nativeOpen.call(window, address, target === undefined ? target : targetInSite(target) ?? target, features);
    return opened === null || isInThisTab(opened) ? opened : facadeOf(opened);
  };

  const sourceOf = Object.getOwnPropertyDescriptor(MessageEvent.prototype, "source")!.get! as (this: MessageEvent) => MessageEventSource | null;
  replaceProperty(MessageEvent.prototype, "source", {
    get(this: MessageEvent): MessageEventSource | null {
      const source = sourceOf.call(this);
      const other = source !== null && source !== window && "top" in source ? otherShellOf(source) : undefined;
      return other === undefined ? source : facadeOf(other);
    },
  });

  /** The shell of another tab whose site this window is. */
  function otherShellOf(source: Window): OtherShell | undefined {
    try {
      const top = source.top as OtherShell | null;
      return top !== null && top !== (shellWindow as Window) && top.peerproxySite === source ? top : undefined;
    } catch (error) {
      return ofOtherOrigin(error);
    }
  }

  function isInThisTab(opened: Window): boolean {
    try {
      return opened.top === shellWindow;
    } catch (error) {
      return ofOtherOrigin(error) ?? false;
    }
  }

  function siteIn(outer: OtherShell): (Window & typeof globalThis) | undefined {
    try {
      return outer.peerproxySite;
    } catch (error) {
      return ofOtherOrigin(error);
    }
  }

  function facadeOf(outer: Window): Window {
    let facade = facades.get(outer);
    if (facade === undefined) {
      // Not of the window itself: a proxy must not tell otherwise than its target about what cannot be changed there.
      facade = new Proxy({} as Window, {
        get(_target, name) {
          const holder = belongsToTab.has(name) ? outer : siteIn(outer) ?? outer;
          const value: unknown = Reflect.get(holder, name, holder);
          // Methods of windows work on windows only; functions of the page have a prototype.
          return typeof value === "function" && !Object.hasOwn(value, "prototype") ? (value as (...parameters: unknown[]) => unknown).bind(holder) : value;
        },
        set(_target, name, value) {
          const holder = belongsToTab.has(name) ? outer : siteIn(outer) ?? outer;
          return Reflect.set(holder, name, value, holder);
        },
        has(_target, name) {
          return Reflect.has(belongsToTab.has(name) ? outer : siteIn(outer) ?? outer, name);
        },
      });
      facades.set(outer, facade);
    }

    return facade;
  }

  function ofOtherOrigin(error: unknown): undefined {
    if (error instanceof DOMException || error instanceof TypeError) {
      return undefined;
    }

    throw error;
  }
}

/** What of a window is the tab's and not its document's; all that another origin may touch is among it. */
const belongsToTab = new Set<PropertyKey>(["closed", "close", "focus", "blur", "postMessage", "location", "name", "opener", "window", "self", "top", "parent", "then"]);

/** The site's top document stands alone, as it would without us: no parent, no frame element, its own name and opener. */
function installTopWindow(shellWindow: ShellWindow): void {
  replaceProperty(window, "parent", { get: () => window });
  replaceProperty(window, "frameElement", { get: () => null });
  replaceProperty(window, "name", {
    get: () => shellWindow.name,
    set: (name: unknown) => {
      shellWindow.name = String(name);
    },
  });
  let opener: unknown = shellWindow.opener;
  replaceProperty(window, "opener", {
    get: () => opener,
    set: (value: unknown) => {
      opener = value;
    },
  });
  window.close = () => shellWindow.close();
  if ("ancestorOrigins" in Location.prototype || "ancestorOrigins" in location) {
    hideAncestors();
  }
}

/** Browsers that let it be replaced; in others the list names this site's own origin, and nothing else. */
function hideAncestors(): void {
  const descriptor = Object.getOwnPropertyDescriptor(Location.prototype, "ancestorOrigins");
  if (descriptor?.configurable === true) {
    replaceProperty(Location.prototype, "ancestorOrigins", { get: () => ({ length: 0, item: () => null, contains: () => false }) });
  }
}

/** After a reload the page finds the state it had, and is scrolled to where it was. */
function installRestoredState(shellWindow: ShellWindow): void {
  const restored = shellWindow.peerproxyRestored;
  shellWindow.peerproxyRestored = undefined;
  if (restored == null || restored.url !== location.href) {
    return;
  }

  if (history.state === null && restored.state !== null) {
    history.replaceState(restored.state, "");
  }

  const [x, y] = restored.scroll ?? [0, 0];
  if (x !== 0 || y !== 0) {
    // As long as nobody has scrolled it, and the page does not see to it itself.
    const scroll = (): void => {
      if (history.scrollRestoration === "auto" && window.scrollX === 0 && window.scrollY === 0) {
        window.scrollTo({ left: x, top: y, behavior: "instant" });
      }
    };
    document.addEventListener("DOMContentLoaded", scroll);
    window.addEventListener("load", scroll);
  }
}

/** A link to another origin is for the whole tab: most sites refuse to be framed, and the address bar must tell the truth. */
function installLeaving(shellWindow: ShellWindow): void {
  const { navigation } = window as Window & { readonly navigation?: Navigation };
  navigation?.addEventListener("navigate", event => {
    const url = new URL(event.destination.url);
    const isForeignPage = (url.protocol === "http:" || url.protocol === "https:") && !isOwnOrigin(url);
    if (isForeignPage && event.cancelable && event.formData === null && event.downloadRequest === null && event.navigationType !== "traverse") {
      event.preventDefault();
      const own = withoutTarget(url);
      if (own !== url) {
        location.href = own.href;
      } else {
        shellWindow.location.href = url.href;
      }
    }
  });
}
