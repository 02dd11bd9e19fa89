/** How much may be read before the tunnel hears of it: often enough to keep the window open, rarely enough to cost little. */
const reportEveryBytes = 256 * 1024;

/** What is less is reported after this long: many slow streams must not keep the connection's window between them. */
const reportAfterMs = 50;

/** How far a metered reader may be behind what was handed to the browser: keeps it busy over the way of its report. */
const meteredWindowBytes = 1_048_576;

/** The body of one response: chunks from the tunnel in, a stream that reports what the page has read out. */
export class ResponseStream {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #unreported = 0;
  #reportTimer: ReturnType<typeof setTimeout> | undefined;
  #hasEnded = false;
  #hasFailed = false;
  #wake: (() => void) | undefined;
  #handedOut = 0;
  /** Where handing out stops until the reader has reported more. */
  #limit = Infinity;

  /**
   * @param consumed hears how many bytes the page has read since the last call.
   * @param drained the page has read everything.
   * @param cancelled the page does not want the rest.
   */
  constructor(consumed: (bytes: number) => void, drained: () => void, cancelled: () => void) {
    this.readable = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: controller => {
        this.#controller = controller;
      },
      pull: () => this.#pull(consumed, drained),
      cancel: () => {
        this.#chunks.length = 0;
        this.#hasFailed = true;
        this.#wake?.();
        cancelled();
      },
    }, { highWaterMark: 0 });
  }

  add(chunk: Uint8Array<ArrayBuffer>, isLast: boolean): void {
    this.#chunks.push(chunk);
    this.#hasEnded ||= isLast;
    this.#wake?.();
  }

  /** A script in the page reads piece by piece and has come this far; undefined: nobody tells any more. */
  meter(readBytes: number | undefined): void {
    this.#limit = readBytes === undefined ? Infinity : readBytes + meteredWindowBytes;
    this.#wake?.();
  }

  end(): void {
    this.#hasEnded = true;
    this.#wake?.();
  }

  /** A body that breaks off must never look complete. */
  fail(message: string): void {
    if (this.#hasFailed) {
      return;
    }

    this.#chunks.length = 0;
    this.#hasFailed = true;
    this.#controller.error(new TypeError(message));
    this.#wake?.();
  }

  async #pull(consumed: (bytes: number) => void, drained: () => void): Promise<void> {
    while (!this.#hasFailed && (this.#chunks.length === 0 ? !this.#hasEnded : this.#handedOut >= this.#limit)) {
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }

    if (this.#hasFailed) {
      return;
    }

    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#controller.enqueue(chunk);
      this.#handedOut += chunk.byteLength;
      this.#unreported += chunk.byteLength;
    }

    const isOver = this.#hasEnded && this.#chunks.length === 0;
    if (this.#unreported >= reportEveryBytes || isOver) {
      this.#report(consumed);
    } else if (this.#unreported > 0) {
      this.#reportTimer ??= setTimeout(() => this.#report(consumed), reportAfterMs);
    }

    if (isOver) {
      this.#controller.close();
      drained();
    }
  }

  #report(consumed: (bytes: number) => void): void {
    clearTimeout(this.#reportTimer);
    this.#reportTimer = undefined;
    if (this.#unreported > 0) {
      consumed(this.#unreported);
      this.#unreported = 0;
    }
  }
}
