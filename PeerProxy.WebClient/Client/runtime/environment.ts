// The runtime runs before every script of a document of the site. Its files are classic scripts in one function scope, one API each: each keeps the original,
// replaces it, and falls back to it where it does not apply.

interface ShellWindow extends Window {
  readonly peerproxyCookies: { read(url: string): string; write(text: string, url: string): void };
}

const ownPath = "/.peerproxy/";

/** The shell at the top of this tab; undefined in a page that lives elsewhere (a popup of its own), where nothing is replaced. */
const shell = findShell();

/** This document is the site's top document: its parent is the shell. */
const isTopOfSite = shell !== undefined && (window.parent as Window) === shell;

function findShell(): ShellWindow | undefined {
  try {
    const top = window.top as Window as ShellWindow | null;
    return top !== null && top !== (window as Window) && top.peerproxyCookies !== undefined ? top : undefined;
  } catch (error) {
    if (error instanceof DOMException) {
      return undefined;
    }

    throw error;
  }
}

/** The URL that counts for this document: srcdoc and blank documents have their creator's. */
function documentUrl(): string {
  return location.protocol.startsWith("http") ? location.href : document.baseURI;
}

/** True for http(s) URLs that the tunnel serves. */
function isOwnOrigin(url: URL): boolean {
  return url.origin === window.origin;
}

function replaceProperty(target: object, name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(target, name, { configurable: true, enumerable: true, ...descriptor });
}
