import { runtimeScript, workerRuntimePath } from "./runtime-script.js";

/** The script of a worker of the site, or a module of one: browsers name both so. */
export function isWorkerScript(request: Request): boolean {
  return request.destination === "worker" || request.destination === "sharedworker";
}

/** Puts the runtime in front of a worker's script. It stands in one scope of its own, so classic scripts and modules can both carry it; of several it runs once. */
export async function withWorkerRuntime(event: FetchEvent, response: Response): Promise<Response> {
  if (!response.ok || response.body === null) {
    return response;
  }

  const runtime = await (await runtimeScript(event, workerRuntimePath)).text();
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    start: controller => controller.enqueue(new TextEncoder().encode(runtime)),
  });
  void response.body.pipeTo(writable).catch(() => {
    // The pipe has passed the error on to the reader.
  });
  return new Response(readable, { status: response.status, statusText: response.statusText, headers });
}
