type Bytes = ReadableStream<Uint8Array<ArrayBuffer>>;

/** How far the copy may be behind what the page has read; then the page waits for the disk. */
const maxBehindBytes = 256 * 1024;

export interface Recording {
  /** What the page reads; it alone sets the pace. */
  readonly page: Bytes;
  /** The same bytes, for the cache. Breaks off when the page does not read to the end, or when there are too many of them. */
  readonly copy: Bytes;
  /** Bytes that have passed. */
  readonly bytes: () => number;
  /** The page has read to the end. */
  readonly isComplete: () => boolean;
}

/** Copies a body while it is read. Unlike `tee()` it never holds more than a window of it, and an abandoned body is not read on for the copy's sake. */
export function record(body: Bytes, maxBytes: number): Recording {
  const reader = body.getReader();
  let bytes = 0;
  let isComplete = false;
  let copier: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  let wake: (() => void) | undefined;
  const copy = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: controller => {
      copier = controller;
    },
    pull: () => wake?.(),
    cancel: () => {
      copier = undefined;
      wake?.();
    },
  }, new ByteLengthQueuingStrategy({ highWaterMark: maxBehindBytes }));
  const abandon = (reason: string): void => {
    copier?.error(new DOMException(reason, "AbortError"));
    copier = undefined;
  };

  const page = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: async controller => {
      while (copier !== undefined && (copier.desiredSize ?? 0) <= 0) {
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      }

      let next: ReadableStreamReadResult<Uint8Array<ArrayBuffer>>;
      try {
        next = await reader.read();
      } catch (error) {
        abandon("The body broke off.");
        throw error;
      }

      if (next.done) {
        isComplete = true;
        copier?.close();
        copier = undefined;
        controller.close();
        return;
      }

      bytes += next.value.byteLength;
      if (bytes > maxBytes) {
        abandon("The body is larger than what is kept.");
      }

      copier?.enqueue(next.value);
      controller.enqueue(next.value);
    },
    cancel: reason => {
      abandon("The page did not want the rest.");
      wake?.();
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
  return { page, copy, bytes: () => bytes, isComplete: () => isComplete };
}
