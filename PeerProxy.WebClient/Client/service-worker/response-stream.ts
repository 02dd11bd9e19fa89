/** How much may be read before the tunnel hears of it: often enough to keep the window open, rarely enough to cost little. */
const reportEveryBytes = 128 * 1024;

/** The body of one response: chunks from the tunnel in, a stream that reports what the page has read out. */
export class ResponseStream {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #unreported = 0;
  #hasEnded = false;
  #wake: (() => void) | undefined;

  /**
   * @param consumed hears how many bytes the page has read since the last call.
   * @param cancelled the page does not want the rest.
   */
  constructor(consumed: (bytes: number) => void, cancelled: () => void) {
    this.readable = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: controller => {
        this.#controller = controller;
      },
      pull: () => this.#pull(consumed),
      cancel: () => {
        this.#chunks.length = 0;
        cancelled();
      },
    }, { highWaterMark: 0 });
  }

  add(chunk: Uint8Array<ArrayBuffer>): void {
    this.#chunks.push(chunk);
    this.#wake?.();
  }

  end(): void {
    this.#hasEnded = true;
    this.#wake?.();
  }

  /** A body that breaks off must never look complete. */
  fail(message: string): void {
    this.#chunks.length = 0;
    this.#controller.error(new TypeError(message));
    this.#wake?.();
  }

  async #pull(consumed: (bytes: number) => void): Promise<void> {
    if (this.#chunks.length === 0 && !this.#hasEnded) {
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }

    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#controller.enqueue(chunk);
      this.#unreported += chunk.byteLength;
    }

    if (this.#unreported > 0 && (this.#unreported >= reportEveryBytes || this.#chunks.length === 0)) {
      consumed(this.#unreported);
      this.#unreported = 0;
    }

    if (this.#hasEnded && this.#chunks.length === 0) {
      this.#controller.close();
    }
  }
}
