type Part = Uint8Array<ArrayBuffer>;

/** The part of a stream's reader that is used here. */
export interface BodyReader {
  read(): Promise<{ readonly done: false; readonly value: Part } | { readonly done: true; readonly value?: Part | undefined }>;
  cancel(): Promise<void>;
}

/** Where a body goes. */
export interface BodySink {
  chunk(bytes: Part): void;
  end(): void;
  /** The body could not be read to its end. */
  failed(): void;
}

/** Reads a request body no further than it is asked for. */
export class BodyPump {
  /** Nothing more comes. */
  isDone = false;
  readonly #reader: BodyReader;
  readonly #sink: BodySink;
  #wanted = 0;
  #isRunning = false;

  constructor(reader: BodyReader, sink: BodySink) {
    this.#reader = reader;
    this.#sink = sink;
  }

  /** Reads until this many more bytes have come; the sink may get one chunk more than was asked for. */
  async pull(bytes: number): Promise<void> {
    this.#wanted += bytes;
    if (this.#isRunning) {
      return;
    }

    this.#isRunning = true;
    while (this.#wanted > 0 && !this.isDone) {
      await this.#readNext();
    }

    this.#isRunning = false;
  }

  stop(): void {
    if (!this.isDone) {
      this.isDone = true;
      this.#reader.cancel().catch(ignoreCancelError);
    }
  }

  async #readNext(): Promise<void> {
    let next: Awaited<ReturnType<BodyReader["read"]>>;
    try {
      next = await this.#reader.read();
    } catch {
      // The page's own stream failed, or the page is gone, or its file: the target must not take the part for the whole.
      this.#finish(() => this.#sink.failed());
      return;
    }

    if (next.done) {
      this.#finish(() => this.#sink.end());
    } else if (!this.isDone) {
      this.#wanted -= next.value.byteLength;
      this.#sink.chunk(next.value);
    }
  }

  #finish(say: () => void): void {
    if (!this.isDone) {
      this.isDone = true;
      say();
    }
  }
}

/** The stream is dropped either way. */
function ignoreCancelError(): void {
  return;
}
