if (shell !== undefined) {
  const top = shell;
  const steps: (() => void)[] = [
    () => installDocumentCookie(top.peerproxyCookies),
    () => installCookieStore(top.peerproxyCookies),
    () => installWebSocket(top),
    installMeteredReading,
    installAborts,
    installServiceWorkerContainer,
    installDownloads,
    installFetch,
    installEventSource,
    installSyncXhr,
  ];
  if (isTopOfSite) {
    steps.push(() => installWindows(top), () => installLeaving(top));
  }

  for (const step of steps) {
    try {
      step();
    } catch (error) {
      // The page is better off with the browser's own API than without a page.
      console.warn("PeerProxy could not replace an API.", error);
    }
  }
}
