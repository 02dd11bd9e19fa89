import { ownPrefix } from "./routing.js";

/** What went wrong with a navigation. `kind` is a `pp-error` value of the agent or one of our own. */
export interface NavigationError {
  readonly kind: string;
  readonly url: string;
  /** What the tunnel said, for the details. */
  readonly detail?: string;
}

interface Explanation {
  readonly status: number;
  readonly title: string;
  readonly cause: string;
  readonly next: string;
}

/**
 * A page of ours in place of one of the site. A navigation is never answered with a network error: Chromium would show its own page, and Firefox
 * would ask the network and unregister the worker after the third.
 */
export function errorPage(error: NavigationError): Response {
  const { status, title, cause, next } = explanations[error.kind] ?? explanations["connection-lost"]!;
  const detail = error.detail === undefined ? "" : `<p class="detail">${escapeHtml(error.detail)}</p>`;
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${ownPrefix}shell/page.css">
</head>
<body>
<main class="screen" data-kind="error">
<svg class="mark" viewBox="0 0 96 40" aria-hidden="true"><circle cx="14" cy="20" r="8"/><path class="link broken" d="M26 20h16M54 20h16"/><circle class="far" cx="82" cy="20" r="8"/></svg>
<h1>${escapeHtml(title)}</h1>
<p class="cause">${escapeHtml(cause)}</p>
<p class="next">${escapeHtml(next)}</p>
<p class="actions"><a class="button" href="${escapeHtml(error.url)}">Try again</a></p>
${detail}
<p class="where">${escapeHtml(location.host)} is shared with PeerProxy</p>
</main>
</body>
</html>
`;
  return new Response(page, {
    status,
    headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store", "pp-error": error.kind },
  });
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}

const explanations: Record<string, Explanation> = {
  "target-refused": {
    status: 502,
    title: "The app is not running",
    cause: "PeerProxy reached the other machine, but the web app there does not accept connections.",
    next: "Whoever shares this site has to start the app. Then try again.",
  },
  "target-timeout": {
    status: 504,
    title: "The app does not answer",
    cause: "PeerProxy reached the other machine, but the web app there took too long.",
    next: "It may be busy. Try again in a moment.",
  },
  "target-tls": {
    status: 502,
    title: "The app’s certificate was not accepted",
    cause: "The web app on the other machine speaks HTTPS with a certificate that PeerProxy there does not trust.",
    next: "Whoever shares this site can allow it when starting PeerProxy.",
  },
  "target-unresolved": {
    status: 502,
    title: "The app was not found",
    cause: "The other machine does not know the address of the web app that is shared here.",
    next: "Whoever shares this site has to check the address given to PeerProxy.",
  },
  "target-protocol": {
    status: 502,
    title: "The app’s answer made no sense",
    cause: "What answers on the other machine does not speak HTTP.",
    next: "Whoever shares this site has to check the port given to PeerProxy.",
  },
  "request-too-large": {
    status: 413,
    title: "That was too much at once",
    cause: "The request is larger than PeerProxy accepts.",
    next: "Go back and try it with less.",
  },
  "agent-busy": {
    status: 503,
    title: "Too many requests at once",
    cause: "The other machine is serving as much as it can.",
    next: "Try again in a moment.",
  },
  "connection-lost": {
    status: 502,
    title: "The connection was lost",
    cause: "The page did not arrive because the connection to the other machine broke off.",
    next: "PeerProxy connects again by itself; then try again.",
  },
  "no-shell": {
    status: 503,
    title: "This page has lost its connection",
    cause: "No open tab of this site is connected to the other machine.",
    next: "Try again, or reload the tab.",
  },
  encoding: {
    status: 502,
    title: "The page cannot be unpacked",
    cause: "The web app compressed its answer in a way this browser cannot undo here.",
    next: "Whoever shares this site can turn that compression off.",
  },
  internal: {
    status: 500,
    title: "Something went wrong in PeerProxy",
    cause: "The page could not be prepared in this browser.",
    next: "Try again; if it stays, reload the tab.",
  },
};
