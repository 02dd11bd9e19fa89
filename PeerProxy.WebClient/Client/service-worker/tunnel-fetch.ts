import { ErrorCode } from "../protocol/errors.js";
import { errorPage } from "./error-page.js";
import { readRequestBody } from "./request-body.js";
import { requestFields, urgencyOf } from "./request-head.js";
import { siteResponse } from "./site-response.js";
import { TunnelError } from "./tunnel-port.js";
import type { Tunnels } from "./tunnels.js";
import type { UnansweredRequests } from "./unanswered.js";

/** URLs of documents and workers of the site, by client id: what `pp-client` says. */
const urlOfClient = new Map<string, string>();

const maxClients = 2_000;

/** Answers one request of the site through the tunnel of its shell. */
export async function tunnelFetch(event: FetchEvent, tunnels: Tunnels, unanswered: UnansweredRequests): Promise<Response> {
  const { request } = event;
  // A navigation is not its document's own: that one leaves because of it.
  const open = request.mode === "navigate" ? undefined : unanswered.add(event.clientId, request);
  try {
    const port = await tunnels.portFor(event.clientId, request);
    if (event.resultingClientId !== "") {
      tunnels.assign(event.resultingClientId, port.shell);
      rememberUrl(event.resultingClientId, request.url);
    }

    const body = await readRequestBody(request);
    const url = new URL(request.url);
    const response = await port.fetch({
      method: request.method,
      path: url.pathname + url.search,
      fields: requestFields(request, urlOfClient.get(event.clientId), body?.bytes),
      urgency: urgencyOf(request),
      url: request.url,
    }, body, open?.signal);
    return siteResponse(request, response);
  } catch (error) {
    return failed(request, error);
  } finally {
    open?.done();
  }
}

function failed(request: Request, error: unknown): Response {
  if (request.mode !== "navigate") {
    // A fetch rejects and an image breaks, as they do without a network.
    return Response.error();
  }

  if (!(error instanceof TunnelError)) {
    return errorPage({ kind: "internal", url: request.url, detail: String(error) });
  }

  const kind = error.code === ErrorCode.Timeout ? "target-timeout" : "connection-lost";
  return errorPage({ kind, url: request.url, detail: error.message });
}

function rememberUrl(clientId: string, url: string): void {
  urlOfClient.set(clientId, url);
  if (urlOfClient.size > maxClients) {
    urlOfClient.delete(urlOfClient.keys().next().value!);
  }
}
