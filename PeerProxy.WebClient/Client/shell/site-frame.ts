/** What happens in the frame that the rest of the shell cares about. */
export interface SiteFrameEvents {
  /** The frame shows a document of the site, ours in place of it, or one of another origin. */
  committed(): void;
  /** The frame is about to load this URL of our origin. Resolves when the service worker knows; to true when the browser is already loading it there. */
  navigating(url: string): Promise<boolean>;
}

/** What the tab's entry keeps of the page's. */
interface KeptState {
  readonly peerproxyUrl: string;
  readonly peerproxyState: unknown;
}

/** Where it was scrolled to when this document went, in CSS pixels. */
interface KeptScroll {
  readonly url: string;
  readonly scroll: readonly [x: number, y: number];
}

/** In the tab's own storage, which can still be written when a document goes; the next one takes it out before the site runs. */
const scrollKey = "peerproxy-scroll";

declare global {
  interface Window {
    /** The state a page had before the reload that brought it back, and how far it was scrolled. */
    peerproxyRestored?: { readonly url: string; readonly state: unknown; readonly scroll: readonly [x: number, y: number] | undefined } | undefined;
  }
}

/** How often a starting navigation is looked at, in milliseconds: there is no event for the moment a document appears. */
const commitCheckMs = 50;

/** How long a navigation may leave the old document where it is; one that turns out to be a download leaves it for good. */
const leavePatienceMs = 30_000;

const defaultTitle = "PeerProxy";

/** The site's frame, and what of it belongs to the tab: address, title, icon and colour. */
export class SiteFrame {
  readonly #frame: HTMLIFrameElement;
  readonly #events: SiteFrameEvents;
  #observed: Document | undefined;
  #observer: MutationObserver | undefined;
  #hasCommitted = false;
  /** What the frame showed when it was told to load something else: until that is there, nothing more is to be loaded. */
  #leaving: Document | undefined;

  constructor(frame: HTMLIFrameElement, events: SiteFrameEvents) {
    this.#frame = frame;
    this.#events = events;
    frame.addEventListener("load", () => this.#look());
    addEventListener("pagehide", () => this.#keepScroll());
  }

  /** Shows this path of the site in the frame, unless the browser has restored it there already (reload, back). */
  async open(path: string): Promise<void> {
    const url = new URL(path, location.origin).href;
    const scroll = takeScroll();
    if (this.#isBlank) {
      const isUnderWay = await this.#events.navigating(url);
      // Firefox forgets the frame's entries at a reload: the runtime puts the page's state back.
      const kept = history.state as KeptState | null;
      window.peerproxyRestored = { url, state: kept?.peerproxyUrl === url ? kept.peerproxyState : null, scroll: scroll?.url === url ? scroll.scroll : undefined };
      if (isUnderWay || isBroughtBack()) {
        void this.#loadUnlessRestored(url);
      } else if (this.#isBlank || this.showsError) {
        this.#load(url);
      }
    }

    const timer = setInterval(() => {
      this.#look();
      if (this.#hasCommitted) {
        clearInterval(timer);
      }
    }, commitCheckMs);
  }

  /** The person has changed the fragment in the address bar, or goes back over such a change: the page there goes along. */
  followFragment(fragment: string): void {
    const page = this.#document();
    if (page !== undefined && page.URL.split("#", 1)[0] === location.href.split("#", 1)[0] && page.location.hash !== fragment) {
      // Without a number sign it would be loaded anew.
      page.location.replace(fragment === "" ? "#" : fragment);
    }
  }

  /** True when the frame shows a page of ours that says why there is none of the site. */
  get showsError(): boolean {
    return this.#document()?.querySelector('main.screen[data-kind="error"]') != null;
  }

  /** Reports `committed` again if there is a document. */
  check(): void {
    if (this.#hasCommitted) {
      this.#events.committed();
    }
  }

  reload(): void {
    const page = this.#document();
    if (page !== undefined && page === this.#leaving) {
      return;
    }

    if (page !== undefined) {
      void this.#events.navigating(page.URL);
    }

    this.#leave(page);
    this.#frame.contentWindow?.location.reload();
  }

  focus(): void {
    this.#frame.focus();
  }

  /**
   * Browsers bring the frame of a reloaded tab back by themselves, before or after the service worker could say so: a second navigation would ask the target twice.
   * The shell's own load event waits for theirs, and comes at once where there is none (HTML, "delay the load event").
   */
  async #loadUnlessRestored(url: string): Promise<void> {
    if (document.readyState !== "complete") {
      await new Promise(resolve => addEventListener("load", resolve, { once: true }));
    }

    if (this.#isBlank || this.showsError) {
      this.#load(url);
    }
  }

  #load(url: string): void {
    this.#leave(this.#document());
    this.#frame.contentWindow?.location.replace(url);
  }

  #leave(page: Document | undefined): void {
    this.#leaving = page;
    setTimeout(() => {
      if (this.#leaving === page) {
        this.#leaving = undefined;
      }
    }, leavePatienceMs);
  }

  get #isBlank(): boolean {
    const page = this.#document();
    return page === undefined || page.URL === "about:blank";
  }

  /** Undefined while another origin is shown, or a viewer of the browser. */
  #document(): Document | undefined {
    try {
      return this.#frame.contentDocument ?? undefined;
    } catch (error) {
      if (error instanceof DOMException) {
        return undefined;
      }

      throw error;
    }
  }

  #look(): void {
    const page = this.#document();
    if (page?.URL === "about:blank") {
      return;
    }

    if (page !== this.#observed) {
      this.#observer?.disconnect();
      this.#observed = page;
      if (page !== undefined) {
        this.#follow(page);
      }
    }

    // A document whose body has not begun has nothing to show yet.
    if (!this.#hasCommitted && (page === undefined || page.readyState !== "loading" || page.body !== null)) {
      this.#hasCommitted = true;
      this.#frame.classList.add("shown");
      this.#events.committed();
    }
  }

  #follow(page: Document): void {
    const show = (): void => {
      this.#showAddress(page);
      this.#showHead(page);
    };
    show();
    this.#observer = new MutationObserver(() => this.#showHead(page));
    this.#observer.observe(page.head ?? page, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["href", "rel", "content"] });
    const frameWindow = page.defaultView as (Window & { readonly navigation?: Navigation }) | null;
    frameWindow?.addEventListener("hashchange", show);
    frameWindow?.addEventListener("popstate", show);
    frameWindow?.navigation?.addEventListener("currententrychange", () => queueMicrotask(show));
    frameWindow?.navigation?.addEventListener("navigate", event => this.#announce(event));
    frameWindow?.addEventListener("pagehide", () => this.#lookAgain(), { once: true });
  }

  /** The next document may show long before its load event, or never fire one. */
  #lookAgain(): void {
    this.#hasCommitted = false;
    const left = this.#observed;
    const timer = setInterval(() => {
      if (this.#document() !== left) {
        this.#look();
      }

      if (this.#hasCommitted) {
        clearInterval(timer);
      }
    }, commitCheckMs);
  }

  #announce(event: NavigateEvent): void {
    if (!event.destination.sameDocument && new URL(event.destination.url).origin === location.origin) {
      void this.#events.navigating(event.destination.url);
    }
  }

  /** The tab's own entry gets the frame's URL, so that reload, bookmarks and links are right. The frame's entries are in the tab's history already. */
  #showAddress(page: Document): void {
    const frameLocation = page.defaultView?.location;
    if (frameLocation?.origin === location.origin) {
      const state: unknown = page.defaultView!.history.state;
      const kept = history.state as KeptState | null;
      if (frameLocation.href !== location.href || state !== null || kept?.peerproxyState != null) {
        history.replaceState({ peerproxyUrl: frameLocation.href, peerproxyState: state } satisfies KeptState, "", frameLocation.href);
      }
    }
  }

  #keepScroll(): void {
    const view = this.#document()?.defaultView;
    if (view != null && (view.scrollX !== 0 || view.scrollY !== 0)) {
      sessionStorage.setItem(scrollKey, JSON.stringify({ url: view.location.href, scroll: [view.scrollX, view.scrollY] } satisfies KeptScroll));
    }
  }

  #showHead(page: Document): void {
    document.title = page.title !== "" ? page.title : page.URL.startsWith("http") ? new URL(page.URL).host : defaultTitle;
    const icons = [...page.querySelectorAll<HTMLLinkElement>('link[rel~="icon" i]')];
    const icon = icons.at(-1);
    setLink("icon", icon?.href ?? new URL("/favicon.ico", location.origin).href, icon?.type);
    setThemeColour(page.querySelector<HTMLMetaElement>('meta[name="theme-color" i]')?.content);
  }
}

/** True when this document is one that the tab had before. */
function isBroughtBack(): boolean {
  return performance.getEntriesByType("navigation").some(entry => ["reload", "back_forward"].includes((entry as PerformanceNavigationTiming).type));
}

/** What the document before has kept, if this one is that again. */
function takeScroll(): KeptScroll | undefined {
  const text = sessionStorage.getItem(scrollKey);
  sessionStorage.removeItem(scrollKey);
  if (text === null || !isBroughtBack()) {
    return undefined;
  }

  try {
    return JSON.parse(text) as KeptScroll;
  } catch {
    // The site's scripts write to the same storage.
    return undefined;
  }
}

function setLink(rel: string, href: string, type: string | undefined): void {
  const link = document.querySelector<HTMLLinkElement>(`link[rel="${rel}"]`) ?? document.head.appendChild(Object.assign(document.createElement("link"), { rel }));
  if (link.href !== href) {
    link.type = type ?? "";
    link.href = href;
  }
}

function setThemeColour(colour: string | undefined): void {
  document.querySelectorAll('meta[name="theme-color"]').forEach(meta => meta.remove());
  if (colour !== undefined) {
    document.head.appendChild(Object.assign(document.createElement("meta"), { name: "theme-color", content: colour }));
  }
}
