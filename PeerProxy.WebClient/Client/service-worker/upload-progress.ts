import type { ServiceWorkerToRuntime } from "../protocol/messages.js";
import type { RequestBody } from "./request-body.js";

declare const self: ServiceWorkerGlobalScope;

/** A body whose page wants to hear of its progress (runtime/upload-progress.ts) tells it. */
export function withProgress(event: FetchEvent, body: RequestBody | undefined): RequestBody | undefined {
  const id = event.request.headers.get("pp-upload");
  if (body?.bytes === undefined || id === null) {
    return body;
  }

  const total = body.bytes;
  const client = self.clients.get(event.clientId);
  return {
    ...body,
    progress: loaded => void client.then(page => page?.postMessage({ type: "upload", id, loaded, total } satisfies ServiceWorkerToRuntime)),
  };
}
