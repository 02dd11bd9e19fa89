import type { RuntimeToShell } from "../protocol/messages.js";
import type { TunnelHost } from "./tunnel-host.js";

/** Serves the runtime in the site's pages: messages of our own origin, from windows below this one. All others are for the site: they are passed on. */
export function serveRuntime(host: TunnelHost, frame: HTMLIFrameElement): void {
  addEventListener("message", event => {
    if (!isBelow(event.source)) {
      passOn(event, frame);
      return;
    }

    if (event.origin !== location.origin) {
      return;
    }

    const message = event.data as Partial<RuntimeToShell> | null;
    const port = event.ports[0];
    if (message?.peerproxy !== "websocket" || port === undefined || typeof message.url !== "string" || !Array.isArray(message.protocols)) {
      return;
    }

    const url = new URL(message.url);
    host.post({
      type: "socket-port",
      port,
      path: url.pathname + url.search,
      client: clientUrl(event.source as Window),
      protocols: message.protocols.map(String),
    }, [port]);
  });
}

/** Who opened this tab holds the shell's window, and means the site's. */
function passOn(event: MessageEvent, frame: HTMLIFrameElement): void {
  const site = frame.contentWindow as (Window & typeof globalThis) | null;
  if (site === null || event.source === window || frame.contentDocument === null) {
    return;
  }

  site.dispatchEvent(new site.MessageEvent("message", {
    data: event.data as unknown, origin: event.origin, source: event.source, ports: [...event.ports], lastEventId: event.lastEventId,
  }));
}

/** In this tab, under this page. `top` is the one relation that no script can forge. */
function isBelow(source: MessageEventSource | null): boolean {
  return source !== null && source !== window && "top" in source && source.top === window;
}

function clientUrl(source: Window): string {
  const url = source.location.href;
  return url.startsWith("http") ? url.split("#", 1)[0]! : location.origin + "/";
}
