import type { Store } from "./store.js";

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly isSecure: boolean;
  /** HttpOnly: scripts neither see nor change it. Its value is not here. */
  readonly isHidden?: boolean;
  /** Milliseconds since 1970; undefined lasts as long as the agent's jar keeps it. */
  readonly expires: number | undefined;
}

const recordName = "cookies";

/** RFC 6265bis section 5.6: attributes and pairs beyond these are ignored. */
const maxPairLength = 4_096;
const maxAttributeLength = 1_024;
const maxCookies = 180;

/**
 * The cookies that scripts of the site may see. They are kept here and not in the browser's own jar, because that one would send them to the edge with every
 * request that does not pass the service worker. The agent's jar is the one that counts; HttpOnly cookies never come here.
 */
export class CookieJar {
  readonly #cookies = new Map<string, Cookie>();
  readonly #tabs = new BroadcastChannel("peerproxy-cookies");
  readonly #written: (cookie: string, url: string) => void;
  #store: Store | undefined;

  /** @param written hears what a page wrote, for the agent. */
  constructor(written: (cookie: string, url: string) => void) {
    this.#written = written;
    this.#tabs.onmessage = event => this.#apply(event.data as { cookie: string; url: string });
  }

  /** Brings back what earlier visits left. */
  async load(store: Store | undefined): Promise<void> {
    this.#store = store;
    for (const cookie of await store?.read<Cookie[]>(recordName) ?? []) {
      this.#cookies.set(keyOf(cookie), cookie);
    }
  }

  /** What `document.cookie` gives at this URL. */
  read(url: string): string {
    const { pathname, protocol } = new URL(url);
    const now = Date.now();
    return [...this.#cookies.values()]
      .filter(cookie => cookie.isHidden !== true && (cookie.expires ?? Infinity) > now && pathMatches(pathname, cookie.path) && (!cookie.isSecure || protocol === "https:" || isLocal(url)))
      .sort((first, second) => second.path.length - first.path.length)
      .map(cookie => (cookie.name === "" ? cookie.value : `${cookie.name}=${cookie.value}`))
      .join("; ");
  }

  /** A page wrote `document.cookie`. */
  write(text: string, url: string): void {
    const cookie = withPath(text, url);
    const parsed = parse(cookie, url);
    // Scripts can neither make nor replace an HttpOnly cookie, and know no other site.
    if (parsed === undefined || parsed.isHidden === true || this.#cookies.get(keyOf(parsed))?.isHidden === true || isOfOtherSite(text)) {
      return;
    }

    if (this.#apply({ cookie, url })) {
      this.#tabs.postMessage({ cookie, url });
      this.#written(cookie, url);
      this.#save();
    }
  }

  /** The site set cookies with a response. */
  receive(cookies: readonly string[], url: string): void {
    for (const cookie of cookies) {
      this.#apply({ cookie, url });
      this.#tabs.postMessage({ cookie, url });
    }

    this.#save();
  }

  #apply({ cookie: text, url }: { readonly cookie: string; readonly url: string }): boolean {
    const cookie = parse(text, url);
    if (cookie === undefined) {
      return false;
    }

    const key = keyOf(cookie);
    if ((cookie.expires ?? Infinity) <= Date.now()) {
      this.#cookies.delete(key);
    } else {
      this.#cookies.set(key, cookie);
      if (this.#cookies.size > maxCookies) {
        this.#cookies.delete(this.#cookies.keys().next().value!);
      }
    }

    return true;
  }

  #save(): void {
    void this.#store?.write(recordName, [...this.#cookies.values()]);
  }
}

function keyOf(cookie: Cookie): string {
  return `${cookie.name};${cookie.path}`;
}

/** A Set-Cookie value as RFC 6265bis section 5.6 reads it, as far as a script's view needs it. */
function parse(text: string, url: string): Cookie | undefined {
  // Control characters end or spoil a cookie.
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(text)) {
    return undefined;
  }

  const [pair, ...attributes] = text.split(";");
  const equals = pair!.indexOf("=");
  const name = equals < 0 ? "" : pair!.slice(0, equals).trim();
  const value = (equals < 0 ? pair! : pair!.slice(equals + 1)).trim();
  if ((name === "" && value === "") || name.length + value.length > maxPairLength) {
    return undefined;
  }

  let path = defaultPath(url);
  let isSecure = false;
  let expires: number | undefined;
  let hasMaxAge = false;
  let isForAllSites = false;
  let isHidden = false;
  for (const attribute of attributes) {
    const separator = attribute.indexOf("=");
    const key = (separator < 0 ? attribute : attribute.slice(0, separator)).trim().toLowerCase();
    const text = separator < 0 ? "" : attribute.slice(separator + 1).trim();
    if (text.length > maxAttributeLength) {
      continue;
    }

    switch (key) {
      case "path":
        path = text.startsWith("/") ? text : defaultPath(url);
        break;
      case "secure":
        isSecure = true;
        break;
      case "httponly":
        isHidden = true;
        break;
      case "samesite":
        isForAllSites = text.toLowerCase() === "none";
        break;
      case "max-age":
        if (/^-?\d+$/.test(text)) {
          hasMaxAge = true;
          expires = Number(text) <= 0 ? 0 : Date.now() + Number(text) * 1000;
        }

        break;
      case "expires": {
        const time = Date.parse(text);
        if (!hasMaxAge && !Number.isNaN(time)) {
          expires = time;
        }

        break;
      }
    }
  }

  return isForAllSites && !isSecure ? undefined : { name, value: isHidden ? "" : value, path, isSecure, expires, isHidden };
}

/** The agent applies a write with the next request, whose path may be another: so the path is written out. */
function withPath(text: string, url: string): string {
  return /;\s*path\s*=\s*\//i.test(text) ? text : `${text}; path=${defaultPath(url)}`;
}

/** A Domain that is not this host nor above it. */
function isOfOtherSite(text: string): boolean {
  const domain = /;\s*domain\s*=\s*\.?([^;\s]+)/i.exec(text)?.[1]?.toLowerCase();
  return domain !== undefined && location.hostname !== domain && !location.hostname.endsWith(`.${domain}`);
}

/** RFC 6265 section 5.1.4. */
function defaultPath(url: string): string {
  const { pathname } = new URL(url);
  const end = pathname.lastIndexOf("/");
  return end <= 0 ? "/" : pathname.slice(0, end);
}

function pathMatches(requestPath: string, cookiePath: string): boolean {
  return requestPath === cookiePath
    || (requestPath.startsWith(cookiePath) && (cookiePath.endsWith("/") || requestPath[cookiePath.length] === "/"));
}

function isLocal(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname.endsWith(".localhost");
}
