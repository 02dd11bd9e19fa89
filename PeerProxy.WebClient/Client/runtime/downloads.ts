/** Links with `download`: Chromium asks the network for them, past the service worker. A hidden frame that gets an attachment does the same through it. */
function installDownloads(): void {
  window.addEventListener("click", event => {
    const link = event.composedPath().find((target): target is HTMLAnchorElement => target instanceof HTMLAnchorElement && target.href !== "");
    if (link !== undefined && !event.defaultPrevented && isOurDownload(link)) {
      event.preventDefault();
      download(link);
    }
  });

  const click = HTMLAnchorElement.prototype.click;
  replaceProperty(HTMLAnchorElement.prototype, "click", {
    value(this: HTMLAnchorElement): void {
      // A click on a link that is in no document is heard by nobody but the browser.
      if (!this.isConnected && isOurDownload(this)) {
        download(this);
      } else {
        click.call(this);
      }
    },
    writable: true,
  });

  function isOurDownload(link: HTMLAnchorElement): boolean {
    return link.hasAttribute("download") && (link.protocol === "http:" || link.protocol === "https:") && link.origin === window.origin;
  }

  function download(link: HTMLAnchorElement): void {
    const frame = document.createElement("iframe");
    frame.hidden = true;
    frame.src = `${ownPath}download?${new URLSearchParams({ url: link.href, name: link.download }).toString()}`;
    document.documentElement.append(frame);
    // The download belongs to the browser as soon as its head is there; the frame only has to live until then.
    setTimeout(() => frame.remove(), 60_000);
  }
}
