/**
 * Scripts of the site that navigate `top` mean the site's own window: without us it would be that. The frame goes there instead of this page, so the connection
 * stays. A script that finds itself framed and would load its own page on top of it ("frame buster") gets nothing: the page is on top already, as far as a visitor can tell.
 */
export function keepTop(frame: HTMLIFrameElement): void {
  const { navigation } = window as Window & { readonly navigation?: Navigation };
  navigation?.addEventListener("navigate", event => {
    const url = new URL(event.destination.url);
    const site = frame.contentWindow;
    const isOfSite = url.origin === location.origin && !event.destination.sameDocument && event.navigationType !== "traverse" && event.navigationType !== "reload";
    if (!isOfSite || !event.cancelable || event.formData !== null || event.downloadRequest !== null || site === null || frame.contentDocument === null) {
      return;
    }

    event.preventDefault();
    const isSamePage = withoutFragment(url.href) === withoutFragment(site.location.href);
    if (isSamePage && (frame.contentDocument.readyState !== "complete" || !site.navigator.userActivation.isActive)) {
      // What hides a page until it is on top is shown by the script that was stopped here; this is the name it goes by.
      frame.contentDocument.getElementById("antiClickjack")?.remove();
    } else if (event.navigationType === "replace" && !isSamePage) {
      site.location.replace(url.href);
    } else {
      site.location.href = url.href;
    }
  });
}

function withoutFragment(url: string): string {
  return url.split("#", 1)[0]!;
}
