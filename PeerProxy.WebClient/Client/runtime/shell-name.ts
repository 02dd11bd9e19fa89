/** Tells the service worker, when it asks, which shell this document is in: a worker that the browser stopped and started knows its documents no more. */
function installShellName(shell: ShellWindow): void {
  const container = navigator.serviceWorker;
  if (container === undefined) {
    return;
  }

  container.addEventListener("message", event => {
    const message = event.data as import("../protocol/messages.js").ServiceWorkerToRuntime | null;
    if (message?.type === "shell-wanted") {
      (event.source as ServiceWorker).postMessage({ type: "shell", shell: shell.peerproxyShell } satisfies import("../protocol/messages.js").RuntimeToServiceWorker);
    }
  });
  container.startMessages();
}
