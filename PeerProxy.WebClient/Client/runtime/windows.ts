/** The site's top document stands alone, as it would without us: no parent, no frame element, its own name and opener. */
function installWindows(shellWindow: ShellWindow): void {
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
}

/** A link to another origin is for the whole tab: most sites refuse to be framed, and the address bar must tell the truth. */
function installLeaving(shellWindow: ShellWindow): void {
  const { navigation } = window as Window & { readonly navigation?: Navigation };
  navigation?.addEventListener("navigate", event => {
    const url = new URL(event.destination.url);
    const isForeignPage = (url.protocol === "http:" || url.protocol === "https:") && !isOwnOrigin(url);
    if (isForeignPage && event.cancelable && event.formData === null && event.downloadRequest === null && event.navigationType !== "traverse") {
      event.preventDefault();
      shellWindow.location.href = url.href;
    }
  });
}
