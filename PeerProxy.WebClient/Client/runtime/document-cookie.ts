/** `document.cookie` reads and writes the shell's jar: HttpOnly cookies are not in it, and nothing of it goes to the edge. */
function installDocumentCookie(cookies: ShellWindow["peerproxyCookies"]): void {
  replaceProperty(Document.prototype, "cookie", {
    get(this: Document): string {
      return this.defaultView === null ? "" : cookies.read(urlOf(this));
    },
    set(this: Document, text: unknown): void {
      if (this.defaultView !== null) {
        cookies.write(String(text), urlOf(this));
      }
    },
  });

  function urlOf(page: Document): string {
    return page.URL.startsWith("http") ? page.URL : page.baseURI;
  }
}
