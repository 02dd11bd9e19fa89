import type { Field } from "../protocol/field-section.js";
import { admitScript, admitsSockets } from "./csp.js";
import { decode } from "./decoding.js";
import { errorPage, escapeHtml } from "./error-page.js";
import { injectFirstInHead } from "./html-injection.js";
import { leavePage } from "./leave-page.js";
import { reasons } from "./reasons.js";
import { ownPrefix } from "./routing.js";
import { runtimePath } from "./runtime-script.js";
import { learnTargetOrigins, targetOrigins } from "./target-origins.js";
import type { TunnelResponse } from "./tunnel-port.js";

/** Statuses whose responses have no body (Fetch, null body status). */
const nullBodyStatuses = new Set([204, 205, 304]);

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/** Fields that describe the connection, or that the browser must not take from a response of ours. */
const leftOut = new Set([
  "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "trailer", "te", "set-cookie",
  "content-security-policy", "content-security-policy-report-only", "x-frame-options", "content-encoding", "content-length",
]);

/** The response the page gets: the target's, made fit for a page that lives in our frame. */
export function siteResponse(request: Pick<Request, "mode" | "destination" | "method" | "url">, response: TunnelResponse): Response {
  const isNavigation = request.mode === "navigate";
  learnTargetOrigins(response.fields);
  const value = (name: string): string | undefined => response.fields.find(field => field[0] === name)?.[1];
  const agentError = value("pp-error");
  if (!isNavigation && agentError?.startsWith("target-") === true) {
    // A target that cannot be reached is to a script what it would be without us: a network error.
    void response.body?.cancel();
    return Response.error();
  }

  if (isNavigation && agentError !== undefined) {
    void response.body?.cancel();
    return errorPage({ kind: agentError, url: request.url });
  }

  const location = value("location");
  if (isNavigation && location !== undefined && redirectStatuses.has(response.status)) {
    const target = foreignTarget(location, request.url);
    if (target !== undefined) {
      void response.body?.cancel();
      return leavePage(target);
    }
  }

  // Nobody can read the body of a redirect that is followed.
  const isRedirect = redirectStatuses.has(response.status) && location !== undefined;
  const hasNoBody = nullBodyStatuses.has(response.status) || request.method === "HEAD" || isRedirect;
  if (hasNoBody) {
    void response.body?.cancel();
  }

  let body = hasNoBody ? null : response.body;
  const encoding = value("content-encoding");
  if (body !== null && encoding !== undefined) {
    const decoded = decode(body, encoding);
    if (decoded === undefined) {
      void body.cancel();
      return isNavigation ? errorPage({ kind: "encoding", url: request.url }) : Response.error();
    }

    body = decoded;
  }

  const headers = new Headers();
  for (const [name, text] of response.fields) {
    if (!leftOut.has(name) && !name.startsWith("pp-")) {
      headers.append(name, text);
    }
  }

  const length = value("content-length");
  const isDocument = isNavigation && body !== null && isHtml(value("content-type")) && !isAttachment(value("content-disposition"));
  const isForScript = request.destination === "" && !isNavigation;
  if (length !== undefined && !isDocument && (encoding === undefined || isForScript)) {
    headers.set("content-length", length);
  }

  if (isForScript && encoding !== undefined) {
    // Without meaning for the browser here, but scripts may look at it.
    headers.set("content-encoding", encoding);
  }

  if (body !== null && isForScript && response.id !== "") {
    headers.set("pp-response", response.id);
  }

  const nonce = writePolicies(response.fields, headers, isDocument);
  if (value("x-frame-options") !== undefined) {
    headers.set("x-frame-options", "SAMEORIGIN");
  }

  if (isDocument) {
    const attribute = nonce === undefined ? "" : ` nonce="${nonce}"`;
    const policies = response.fields.filter(([name]) => name === "content-security-policy").map(([, policy]) => policy);
    const hosts = [new URL(request.url).host, ...targetOrigins().map(origin => new URL(origin).host)];
    const sockets = admitsSockets(policies, hosts) ? "" : ' data-sockets="blocked"';
    body = body!.pipeThrough(injectFirstInHead(runtimeTag(attribute + sockets)));
    headers.set(runtimeField, "1");
  }

  return new Response(body, { status: response.status, statusText: value("pp-reason") ?? reasons[response.status] ?? "", headers });
}

/** Says that a document has the runtime in it already, wherever it was kept meanwhile. */
const runtimeField = "pp-runtime";

/** A document that a worker of the site has answered with: it may have been fetched as a plain file. */
export function withRuntime(request: Request, response: Response): Response {
  if (request.mode !== "navigate" || response.body === null || response.headers.has(runtimeField) || !isHtml(response.headers.get("content-type") ?? undefined)) {
    return response;
  }

  const headers = new Headers(response.headers);
  headers.delete("content-length");
  const body = (response.body as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(injectFirstInHead(runtimeTag("")));
  return new Response(body, { status: response.status, statusText: response.statusText, headers });
}

function runtimeTag(attributes: string): string {
  return `<script${attributes} data-target="${escapeHtml(targetOrigins().join(" "))}" src="${runtimePath}"></script>`;
}

/** The policies of the site; of a document with room for the runtime. Returns the nonce its tag needs. */
function writePolicies(fields: readonly Field[], headers: Headers, isDocument: boolean): string | undefined {
  let nonce: string | undefined;
  for (const name of ["content-security-policy", "content-security-policy-report-only"]) {
    const policies = fields.filter(field => field[0] === name).map(field => field[1]);
    if (policies.length === 0) {
      continue;
    }

    if (!isDocument) {
      policies.forEach(policy => headers.append(name, policy));
      continue;
    }

    const admitted = admitScript(policies, location.origin + ownPrefix, () => nonce ?? freshNonce());
    nonce ??= admitted.nonce;
    admitted.policies.forEach(policy => headers.append(name, policy));
  }

  return nonce;
}

function freshNonce(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18))));
}

function isHtml(contentType: string | undefined): boolean {
  return contentType !== undefined && /^\s*text\/html\s*(;|$)/i.test(contentType);
}

function isAttachment(disposition: string | undefined): boolean {
  return disposition !== undefined && /^\s*attachment\s*(;|$)/i.test(disposition);
}

/** An http(s) URL of another origin: pages there are for the whole tab, most of them refuse to be framed. */
function foreignTarget(location: string, base: string): string | undefined {
  if (!URL.canParse(location, base)) {
    return undefined;
  }

  const url = new URL(location, base);
  return (url.protocol === "http:" || url.protocol === "https:") && url.origin !== new URL(base).origin ? url.href : undefined;
}
