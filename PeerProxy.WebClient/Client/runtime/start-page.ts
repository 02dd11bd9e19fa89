// Pages may look at their own scripts, and find theirs only.
ownTag?.remove();
if (shell !== undefined) {
  const top = shell;
  start([
    () => installDocumentCookie(top.peerproxyCookies),
    () => installCookieStore(top.peerproxyCookies),
    () => installWebSocket(socketsOfShell(top)),
    installResponses,
    installMeteredReading,
    installAborts,
    installUploadProgress,
    () => installShellName(top),
    installServiceWorkerContainer,
    installStorage,
    installDownloads,
    installFetch,
    installOutliving,
    installEventSource,
    installSyncXhr,
    installWorkers,
    installFrames,
    installLinks,
    () => installWindows(top),
    ...(isTopOfSite ? [() => installTopWindow(top), () => installLeaving(top), () => installRestoredState(top)] : [installBorrowedRequests]),
  ]);
}
