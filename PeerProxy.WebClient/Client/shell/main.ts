import { Badge } from "./badge.js";
import { Connector, type ConnectorState } from "./connector.js";
import { CookieJar } from "./cookie-jar.js";
import { parseLink } from "./link.js";
import { reportNotLoaded, reportStarted } from "./not-loaded.js";
import { browserTooOld, noWorker } from "./problem.js";
import { serveRuntime } from "./runtime-messages.js";
import { Screen } from "./screen.js";
import { reach } from "./milestones.js";
import { keepTop } from "./top-navigation.js";
import { ServiceWorkerLink } from "./service-worker-link.js";
import { SessionKey } from "./session-key.js";
import { SiteFrame } from "./site-frame.js";
import { Store } from "./store.js";
import { missingAbilities } from "./support.js";
import { TunnelHost } from "./tunnel-host.js";

/** What the runtime in the site's pages reaches through `window.top`: it needs an answer at once, so messages will not do. */
declare global {
  interface Window {
    peerproxyCookies?: Pick<CookieJar, "read" | "write">;
    /** The site's window: who opened this tab means it, and holds this one. */
    readonly peerproxySite?: Window | null;
    /** Names this shell to the service worker. */
    peerproxyShell?: string;
  }
}

/*
 1. Everything that takes network time starts at once and together: signaling and the peer connection, the service worker, what is stored.
 2. As soon as requests go through the service worker the frame opens the site's page; its first request waits in the tunnel for the connection.
 3. From then on the frame belongs to the site, and this page only shows what happens to the connection.
*/
async function start(): Promise<void> {
  reach("script");
  reportStarted();
  const link = parseLink(location);
  const screen = new Screen({ retry: () => connector.start(), trustNewKey: () => void connector.trustNewKey() });
  const missing = await missingAbilities();
  if (missing.length > 0) {
    screen.showProblem(browserTooOld(missing), undefined, false);
    return;
  }

  const badge = new Badge();
  const store = Store.open().catch(() => undefined);
  const host = new TunnelHost(message => {
    if (message.type === "activity") {
      worker.setBusy(message.open > 0);
    } else if (message.type === "cookies") {
      cookies.receive(message.cookies, message.url);
    } else {
      connector.receive(message);
    }
  });
  const cookies = new CookieJar((cookie, url) => host.post({ type: "document-cookie", cookie, url }));
  window.peerproxyCookies = cookies;
  const name = crypto.randomUUID();
  window.peerproxyShell = name;
  const worker = new ServiceWorkerLink(name, host);
  let hasPage = false;
  let isWhole = true;
  addEventListener("peerproxy-not-loaded", () => {
    // The document itself says so, and loads itself anew.
    isWhole = false;
    screen.hide();
  });
  const siteElement = document.getElementById("site") as HTMLIFrameElement;
  Object.defineProperty(window, "peerproxySite", { get: () => siteElement.contentWindow });
  keepTop(siteElement);
  const frame = new SiteFrame(siteElement, {
    committed: () => {
      // A page from the cache is there before the connection; one of ours in its place says no more than our screen does.
      if (!hasPage && (connector.state.name === "connected" || !frame.showsError)) {
        hasPage = true;
        screen.hide();
        frame.focus();
      }
    },
    navigating: url => worker.announceNavigation(url),
  });
  const connector = new Connector(link, host, store, store.then(opened => SessionKey.load(opened)), state => {
    void show(state);
  });

  screen.showConnecting(link.peerId);
  connector.start();
  serveRuntime(host, siteElement);
  try {
    await Promise.all([worker.start(), store.then(opened => cookies.load(opened))]);
  } catch (error) {
    if (error instanceof TypeError) {
      // Its script, or what that imports, did not arrive.
      reportNotLoaded();
    } else {
      screen.showProblem({ ...noWorker, detail: String(error) }, undefined, false);
    }

    return;
  }

  reach("worker-ready");
  await frame.open(link.sitePath);
  reach("frame-opened");
  addEventListener("hashchange", () => {
    if (parseLink(location).keyHash === undefined) {
      frame.followFragment(location.hash);
    } else {
      // Another link to the site, whose key is to be compared.
      location.reload();
    }
  });

  async function show(state: ConnectorState): Promise<void> {
    if (!isWhole) {
      return;
    }

    switch (state.name) {
      case "connecting":
        break;
      case "connected": {
        if (frame.showsError) {
          frame.reload();
        }

        if (hasPage) {
          screen.hide();
        } else {
          screen.showLoading();
          frame.check();
        }

        const path = await connector.path();
        if (path !== undefined) {
          badge.show(path.kind, state.trust, state.keyHash, path.roundTripMs);
        }

        break;
      }
      case "unstable":
        badge.hide();
        if (hasPage) {
          screen.showNotice("The connection is interrupted. Looking for another way…", undefined);
        }

        break;
      case "problem":
        badge.hide();
        if (hasPage && state.problem.isRetried) {
          screen.showNotice(`${state.problem.title}. Connecting again…`, state.retryAt);
        } else {
          const canTrust = state.problem.kind === "key-mismatch" && link.keyHash === undefined;
          screen.showProblem(state.problem, state.retryAt, canTrust);
        }

        break;
    }
  }
}

void start();
