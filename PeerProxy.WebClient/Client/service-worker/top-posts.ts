import type { RequestBody } from "./request-body.js";

/** Forms sent into a new tab that may wait for their shell. */
const maxKept = 16;

/** A form that is sent as it was. */
export type KeptPost = RequestBody & { readonly contentType: string };

const kept = new Map<string, { readonly body: Blob; readonly contentType: string }>();

/** A form sent to a tab of its own: that tab first needs its shell, which is a document to be fetched. The form goes on its way when the shell's frame asks for the address. */
export async function keepPost(request: Request): Promise<Response> {
  const body = await request.blob();
  kept.set(request.url, { body, contentType: request.headers.get("content-type") ?? "" });
  if (kept.size > maxKept) {
    kept.delete(kept.keys().next().value!);
  }

  return new Response("<!doctype html><meta charset=utf-8><title>…</title><script>location.replace(location.href)</script>", {
    headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
  });
}

/** The form that waits for this navigation, once. */
export function takePost(request: Request): KeptPost | undefined {
  const post = request.mode === "navigate" && request.method === "GET" ? kept.get(request.url) : undefined;
  if (post === undefined) {
    return undefined;
  }

  kept.delete(request.url);
  return { bytes: post.body.size, source: post.body, contentType: post.contentType };
}
