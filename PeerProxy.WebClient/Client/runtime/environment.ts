// The runtime runs before every script of a document or worker of the site. Its files are classic scripts in one function scope, one API each: each keeps the
// original, replaces it, and falls back to it where it does not apply. `window` is the global object it runs for: blank frames get it from their creator.

interface ShellWindow extends Window {
  peerproxyRestored?: { readonly url: string; readonly state: unknown; readonly scroll: readonly [x: number, y: number] | undefined } | undefined;
  readonly peerproxyShell: string;
  readonly peerproxyCookies: { read(url: string): string; write(text: string, url: string): void };
}

/** This whole script, to run it for another window. */
declare const runRuntime: (target: object) => void;

const ownPath = "/.peerproxy/";

/** The tag that brought this script; undefined in workers and blank frames. */
const ownTag = "document" in window ? (document.currentScript as HTMLScriptElement | null) ?? undefined : undefined;

/** What a tag of ours needs where the site's policy asks for nonces. */
const ownNonce = ownTag?.nonce ?? "";

/** The document's policy forbids WebSockets to its own site, which the browser cannot see to: ours are none to it. */
const areSocketsBlocked = ownTag?.dataset["sockets"] === "blocked";

/** Origins under which the target's own pages name it. */
const targetOrigins: readonly string[] = (ownTag?.dataset["target"] ?? "").split(" ").filter(origin => origin !== "");

/** The shell at the top of this tab; undefined in a worker, and in a page that lives elsewhere (a popup of its own), where nothing is replaced. */
const shell = findShell();

/** This document is the site's top document: its parent is the shell. */
const isTopOfSite = shell !== undefined && (window.parent as Window) === shell;

function findShell(): ShellWindow | undefined {
  try {
    const top = window.top as Window as ShellWindow | null | undefined;
    return top != null && top !== (window as Window) && top.peerproxyCookies !== undefined ? top : undefined;
  } catch (error) {
    if (error instanceof DOMException) {
      return undefined;
    }

    throw error;
  }
}

/** What relative addresses are relative to. */
function baseUrl(): string {
  const global: Partial<Pick<Window, "document">> & Pick<Window, "location"> = window;
  return global.document?.baseURI ?? global.location.href;
}

/** The URL that counts for this document: srcdoc and blank documents have their creator's. */
function documentUrl(): string {
  return window.location.protocol.startsWith("http") ? window.location.href : baseUrl();
}

/** True for http(s) URLs that the tunnel serves. */
function isOwnOrigin(url: URL): boolean {
  return url.origin === window.origin;
}

/** An absolute address of the target itself is this site's: the same address here. Others stay. */
function withoutTarget(url: URL): URL {
  const http = url.protocol.replace(/^ws/, "http");
  if (!targetOrigins.includes(`${http}//${url.host}`)) {
    return url;
  }

  const own = new URL(url.pathname + url.search + url.hash, window.origin);
  own.protocol = url.protocol.startsWith("ws") ? own.protocol.replace(/^http/, "ws") : own.protocol;
  return own;
}

function replaceProperty(target: object, name: PropertyKey, descriptor: PropertyDescriptor): void {
  Object.defineProperty(target, name, { configurable: true, enumerable: true, ...descriptor });
}
