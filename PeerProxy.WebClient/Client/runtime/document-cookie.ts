/** `document.cookie` reads and writes the shell's jar: HttpOnly cookies are not in it, and nothing of it goes to the edge. */
function installDocumentCookie(cookies: ShellWindow["peerproxyCookies"]): void {
  replaceProperty(Document.prototype, "cookie", {
    get(this: Document): string {
      return this.defaultView === null ? "" : cookies.read(urlOf(this));
    },
    set(this: Document, text: unknown): void {
      if (this.defaultView !== null) {
        cookies.write(withoutTargetDomain(String(text)), urlOf(this));
      }
    },
  });

  /** A page that knows its site by the target's own name means this one. */
  function withoutTargetDomain(text: string): string {
    const domain = /;\s*domain\s*=\s*\.?([^;\s]*)/i.exec(text);
    return domain !== null && targetOrigins.some(origin => new URL(origin).hostname === domain[1]!.toLowerCase()) ? text.replace(domain[0], "") : text;
  }

  function urlOf(page: Document): string {
    return page.URL.startsWith("http") ? page.URL : page.baseURI;
  }
}
