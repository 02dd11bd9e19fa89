import { streamingBodyHeader } from "./request-head.js";

/** What a request uploads: its length if it is known before it is sent, and its bytes. */
export interface RequestBody {
  readonly bytes: number | undefined;
  readonly source: Blob | ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Hears how much of it has gone. */
  readonly progress?: (sentBytes: number) => void;
}

const bodyless = new Set(["GET", "HEAD"]);

/**
 * The body of a request, or undefined without one. Every body but an endless stream gets a length, because many servers refuse or
 * mistreat a request without Content-Length: the browser keeps it as a blob, on disk if it is large.
 */
export async function readRequestBody(request: Request): Promise<RequestBody | undefined> {
  if (bodyless.has(request.method)) {
    return undefined;
  }

  // Firefox has no Request.body.
  const live = "body" in request ? (request.body as ReadableStream<Uint8Array<ArrayBuffer>> | null) : undefined;
  if (live === null) {
    return undefined;
  }

  if (live !== undefined && request.headers.has(streamingBodyHeader)) {
    return { bytes: undefined, source: live };
  }

  const blob = await request.blob();
  return { bytes: blob.size, source: blob };
}
