import { ErrorCode } from "../protocol/errors.js";
import type { Field } from "../protocol/field-section.js";
import { clearsStorage } from "./clear-site-data.js";
import { errorPage } from "./error-page.js";
import type { HttpCache } from "./http-cache/http-cache.js";
import type { Reloads } from "./reloads.js";
import { readRequestBody, type RequestBody } from "./request-body.js";
import { requestFields, urgencyOf } from "./request-head.js";
import { siteResponse } from "./site-response.js";
import { TunnelError, type TunnelRequest, type TunnelResponse } from "./tunnel-port.js";
import { takePost, type KeptPost } from "./top-posts.js";
import type { Tunnels } from "./tunnels.js";
import { withProgress } from "./upload-progress.js";
import type { UnansweredRequests } from "./unanswered.js";
import { isWorkerScript, withWorkerRuntime } from "./worker-script.js";

/** URLs of documents and workers of the site, by client id: what `pp-client` says. */
const urlOfClient = new Map<string, string>();

const maxClients = 2_000;

/** What answers requests of the site. */
export interface SiteServices {
  readonly tunnels: Tunnels;
  readonly unanswered: UnansweredRequests;
  readonly cache: HttpCache;
  readonly reloads: Reloads;
  /** Clears all that the site has stored (Clear-Site-Data). */
  clearStorage(): Promise<void>;
}

/** Answers one request of the site: from the cache, or through the tunnel of its shell. */
export async function tunnelFetch(event: FetchEvent, { tunnels, unanswered, cache, reloads, clearStorage }: SiteServices): Promise<Response> {
  const { request } = event;
  // A navigation is not its document's own: that one leaves because of it. Beacons and the like are made to outlive theirs.
  const open = request.mode === "navigate" || outlivesDocument(request) ? undefined : unanswered.add(event.clientId, request);
  const { mode, isReloadedPart } = reloads.modeOf(event);
  const known = tunnels.documents.shellOf(event.clientId, request);
  // Without a wait where it is known: the fields of a request are read while it is new.
  const shell = known instanceof Promise ? await known : known;
  const unclaimed = shell === undefined && request.mode === "navigate" && event.clientId === "" ? tunnels.documents.addUnclaimed(event.resultingClientId, request.url) : undefined;
  const client = urlOfClient.get(event.clientId);
  if (event.resultingClientId !== "") {
    rememberUrl(event.resultingClientId, request.url);
    if (shell !== undefined) {
      tunnels.documents.assign(event.resultingClientId, shell);
    }
  }

  try {
    const posted = takePost(request);
    const body = posted ?? withProgress(event, await readRequestBody(request));
    const fields = requestFields(request, client, body?.bytes, mode);
    if (posted !== undefined) {
      return await askPosted(posted, fields);
    }

    const answer = await cache.respond({
      request,
      mode,
      isReloadedPart,
      fields,
      network: async conditions => {
        const response = await ask({ method: request.method, path: pathOf(request), fields: [...fields, ...conditions], urgency: urgencyOf(request), url: request.url }, body);
        if (clearsStorage(response.fields)) {
          await clearStorage();
        }

        return response;
      },
      background: work => event.waitUntil(work),
    });
    return isWorkerScript(request) ? await withWorkerRuntime(event, answer) : answer;
  } catch (error) {
    return failed(request, error);
  } finally {
    open?.done();
    if (unclaimed !== undefined) {
      tunnels.documents.endUnclaimed(unclaimed, request.url);
    }
  }

  async function ask(head: TunnelRequest, body: RequestBody | undefined): Promise<TunnelResponse> {
    const port = await tunnels.portFor(shell ?? unclaimed?.shell);
    if (event.resultingClientId !== "") {
      tunnels.documents.assign(event.resultingClientId, port.shell);
    }

    try {
      return await port.fetch(head, body, open?.signal);
    } catch (error) {
      // A frame that the browser brought back before its tab could say so may have met the tab's former document, which has gone now.
      if (unclaimed !== undefined && port.isClosed && body === undefined) {
        return await ask(head, body);
      }

      throw error;
    }
  }

  /** A form for a new tab, of which the browser made a plain navigation meanwhile. */
  async function askPosted(posted: KeptPost, fields: readonly Field[]): Promise<Response> {
    const port = await tunnels.portFor(shell);
    const response = await port.fetch({
      method: "POST", path: pathOf(request), fields: [...fields, ["content-type", posted.contentType]], urgency: urgencyOf(request), url: request.url,
    }, posted, undefined);
    return siteResponse(request, response);
  }
}

/** As written: `search` does not tell "?" from nothing. */
function pathOf({ url }: Request): string {
  return url.slice(new URL(url).origin.length).split("#", 1)[0]!;
}

/** Firefox does not say it of beacons, which it makes "no-cors" posts for nothing else. */
function outlivesDocument(request: Request): boolean {
  return request.keepalive || request.headers.has("pp-keepalive") || (request.method === "POST" && request.mode === "no-cors" && request.destination === "");
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
