import { escapeHtml } from "./error-page.js";
import { ownPrefix } from "./routing.js";

/** A page that takes the tab (or, in a nested frame, the frame) to another origin. */
export function leavePage(target: string): Response {
  const url = escapeHtml(target);
  const page = `<!doctype html>
<meta charset="utf-8">
<meta name="robots" content="noindex">
<title>${url}</title>
<script src="${ownPrefix}runtime/leave.js" data-to="${url}"></script>
<p><a href="${url}" target="_top">${url}</a></p>
`;
  return new Response(page, { headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store", "referrer-policy": "same-origin" } });
}
