type MeterMessage = Extract<import("../protocol/messages.js").RuntimeToServiceWorker, { type: "read" | "given-up" }>;

/**
 * Reports how much of a response body a script has read. Browsers take tens of megabytes (Chromium) or everything (Firefox) from a service worker's stream
 * before a slow reader holds it up; with these reports the worker stops after one window. Only scripts that read piece by piece are metered.
 */
function installMeteredReading(): void {
  const worker = navigator.serviceWorker?.controller;
  if (worker == null) {
    return;
  }

  const reportEveryBytes = 256 * 1024;
  const unmetered = new WeakSet<Response>();
  const idOfStream = new WeakMap<ReadableStream, string>();
  const meters = new WeakMap<ReadableStreamDefaultReader, { readonly id: string; read: number; reported: number }>();
  const report = (id: string, bytes: number | undefined): void => {
    const message: MeterMessage = { type: "read", id, bytes };
    worker.postMessage(message);
  };

  const giveUp = (id: string): void => worker.postMessage({ type: "given-up", id } satisfies MeterMessage);

  const bodyOf = Object.getOwnPropertyDescriptor(Response.prototype, "body")!.get!;
  replaceProperty(Response.prototype, "body", {
    get(this: Response): ReadableStream | null {
      const stream = bodyOf.call(this) as ReadableStream | null;
      const id = stream === null || unmetered.has(this) ? null : idOfResponse(this);
      if (id !== null) {
        idOfStream.set(stream!, id);
      }

      return stream;
    },
  });

  // A clone reads the same body a second time: neither says how far the other is.
  const clone = Response.prototype.clone;
  replaceProperty(Response.prototype, "clone", {
    value(this: Response): Response {
      const copy = clone.call(this);
      unmetered.add(this).add(copy);
      return copy;
    },
    writable: true,
  });

  const getReader = ReadableStream.prototype.getReader;
  replaceProperty(ReadableStream.prototype, "getReader", {
    value(this: ReadableStream, options?: ReadableStreamGetReaderOptions): unknown {
      const reader = getReader.call(this, options as never) as unknown as ReadableStreamDefaultReader;
      const id = idOfStream.get(this);
      if (id !== undefined && reader instanceof ReadableStreamDefaultReader) {
        meters.set(reader, { id, read: 0, reported: 0 });
        report(id, 0);
      }

      return reader;
    },
    writable: true,
  });

  const read = ReadableStreamDefaultReader.prototype.read;
  replaceProperty(ReadableStreamDefaultReader.prototype, "read", {
    value(this: ReadableStreamDefaultReader): Promise<ReadableStreamReadResult<unknown>> {
      const meter = meters.get(this);
      const result = read.call(this);
      return meter === undefined ? result : result.then(part => {
        meter.read += part.value instanceof Uint8Array ? part.value.byteLength : 0;
        if (meter.read - meter.reported >= reportEveryBytes) {
          meter.reported = meter.read;
          report(meter.id, meter.read);
        }

        return part;
      });
    },
    writable: true,
  });

  const cancel = ReadableStreamDefaultReader.prototype.cancel;
  replaceProperty(ReadableStreamDefaultReader.prototype, "cancel", {
    value(this: ReadableStreamDefaultReader, reason?: unknown): Promise<void> {
      const meter = meters.get(this);
      const result = cancel.call(this, reason);
      if (meter !== undefined) {
        meters.delete(this);
        giveUp(meter.id);
      }

      return result;
    },
    writable: true,
  });

  const cancelStream = ReadableStream.prototype.cancel;
  replaceProperty(ReadableStream.prototype, "cancel", {
    value(this: ReadableStream, reason?: unknown): Promise<void> {
      const id = idOfStream.get(this);
      if (id !== undefined && !this.locked) {
        giveUp(id);
      }

      return cancelStream.call(this, reason);
    },
    writable: true,
  });

  const releaseLock = ReadableStreamDefaultReader.prototype.releaseLock;
  replaceProperty(ReadableStreamDefaultReader.prototype, "releaseLock", {
    value(this: ReadableStreamDefaultReader): void {
      const meter = meters.get(this);
      if (meter !== undefined) {
        // Whoever reads on may do it without us.
        meters.delete(this);
        report(meter.id, undefined);
      }

      releaseLock.call(this);
    },
    writable: true,
  });
}
