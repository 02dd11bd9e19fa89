import { ErrorCode } from "../protocol/errors.js";
import { requestFields } from "./request-head.js";
import { errorPage } from "./error-page.js";
import { ownPrefix } from "./routing.js";
import { siteResponse } from "./site-response.js";
import { TunnelError } from "./tunnel-port.js";
import type { Tunnels } from "./tunnels.js";

/** `?url=&name=`: what a link with `download` loads in a hidden frame (runtime/downloads.ts). */
export const downloadPath = `${ownPrefix}download`;

/** Downloads run beside what the page needs to show itself. */
const downloadUrgency = 4;

/** The site's response as an attachment with the name the link wants. Anything but a success is a page in a hidden frame: nothing is saved. */
export async function downloadFetch(event: FetchEvent, tunnels: Tunnels): Promise<Response> {
  const parameters = new URL(event.request.url).searchParams;
  const target = parameters.get("url") ?? "";
  if (!URL.canParse(target) || new URL(target).origin !== location.origin) {
    return errorPage({ kind: "internal", url: location.origin });
  }

  const request = new Request(target, { headers: { accept: "*/*" }, redirect: "follow" });
  try {
    const port = await tunnels.portFor(await tunnels.documents.shellOf(event.clientId, request));
    let url = new URL(target);
    for (let redirects = 0; ; redirects++) {
      const response = await port.fetch({
        method: "GET", path: url.pathname + url.search, fields: requestFields(request, undefined, undefined), urgency: downloadUrgency, url: url.href,
      }, undefined);
      const location = response.fields.find(([name]) => name === "location")?.[1];
      const next = location !== undefined && response.status >= 300 && response.status < 400 && URL.canParse(location, url) ? new URL(location, url) : undefined;
      if (next === undefined || next.origin !== url.origin || redirects === maxRedirects) {
        return asAttachment(siteResponse(request, response), parameters.get("name") ?? "");
      }

      await response.body?.cancel();
      url = next;
    }
  } catch (error) {
    if (!(error instanceof TunnelError)) {
      throw error;
    }

    return errorPage({ kind: error.code === ErrorCode.Timeout ? "target-timeout" : "connection-lost", url: target });
  }
}

/** As Fetch section 4.4. */
const maxRedirects = 20;

function asAttachment(response: Response, name: string): Response {
  const headers = new Headers(response.headers);
  if (!/^\s*attachment/i.test(headers.get("content-disposition") ?? "")) {
    // RFC 8187: the name as UTF-8, percent-encoded.
    const encoded = encodeURIComponent(name).replace(/['()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
    headers.set("content-disposition", name === "" ? "attachment" : `attachment; filename*=UTF-8''${encoded}`);
  }

  return new Response(response.body, { status: response.status, headers });
}
