/** `EventSource` over `fetch`: Chromium hides `Last-Event-ID` from the service worker, so a reconnect would begin anew. */
function installEventSource(): void {
  const Native = window.EventSource;
  const defaultRetryMs = 3_000;

  class TunnelEventSource extends EventTarget {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSED = 2;

    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof Native || Function.prototype[Symbol.hasInstance].call(TunnelEventSource, value);
    }

    readonly CONNECTING = 0;
    readonly OPEN = 1;
    readonly CLOSED = 2;
    readonly url!: string;
    readonly withCredentials = false;
    readyState = 0;
    #retryMs = defaultRetryMs;
    #lastEventId = "";
    #abort = new AbortController();

    constructor(url: string | URL, init?: EventSourceInit) {
      let parsed: URL;
      try {
        parsed = withoutTarget(new URL(String(url), baseUrl()));
      } catch {
        throw new DOMException(`Failed to construct 'EventSource': Cannot open an EventSource to '${String(url)}'. The URL is invalid.`, "SyntaxError");
      }

      if (!isOwnOrigin(parsed)) {
        return new Native(url, init) as unknown as TunnelEventSource;
      }

      super();
      Object.defineProperty(this, "url", { value: parsed.href, enumerable: true });
      Object.defineProperty(this, "withCredentials", { value: init?.withCredentials === true, enumerable: true });
      void this.#run();
    }

    close(): void {
      this.readyState = TunnelEventSource.CLOSED;
      this.#abort.abort();
    }

    async #run(): Promise<void> {
      while (this.readyState !== TunnelEventSource.CLOSED) {
        const canRetry = await this.#connect();
        if (this.#isClosed()) {
          return;
        }

        if (!canRetry) {
          this.readyState = TunnelEventSource.CLOSED;
          this.dispatchEvent(new Event("error"));
          return;
        }

        this.readyState = TunnelEventSource.CONNECTING;
        this.dispatchEvent(new Event("error"));
        await new Promise(resolve => setTimeout(resolve, this.#retryMs));
      }
    }

    /** One response, to its end. False when the server's answer means that it is of no use to ask again. */
    async #connect(): Promise<boolean> {
      const headers: Record<string, string> = { accept: "text/event-stream" };
      if (this.#lastEventId !== "") {
        headers["last-event-id"] = utf8AsLatin1(this.#lastEventId);
      }

      try {
        const response = await window.fetch(this.url, { headers, cache: "no-store", credentials: "same-origin", signal: this.#abort.signal });
        const type = response.headers.get("content-type") ?? "";
        if (response.status !== 200 || !/^\s*text\/event-stream\s*(;|$)/i.test(type) || response.body === null) {
          await response.body?.cancel();
          return false;
        }

        if (this.#isClosed()) {
          return false;
        }

        this.readyState = TunnelEventSource.OPEN;
        this.dispatchEvent(new Event("open"));
        await this.#read(response.body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>), new URL(response.url).origin);
        return true;
      } catch (error) {
        if (error instanceof TypeError || (error instanceof DOMException && error.name === "AbortError")) {
          return true;
        }

        throw error;
      }
    }

    // HTML section 9.2.6: lines end with CR LF, LF or CR; an empty line dispatches.
    async #read(chunks: ReadableStream<string>, origin: string): Promise<void> {
      let rest = "";
      let endedWithCr = false;
      let data: string[] = [];
      let type = "";
      let id = this.#lastEventId;
      const reader = chunks.getReader();
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        // A CR ends its line at once; a LF that then comes first belongs to it.
        rest += endedWithCr && next.value.startsWith("\n") ? next.value.slice(1) : next.value;
        endedWithCr = next.value === "" ? endedWithCr : next.value.endsWith("\r");
        const lines = rest.split(/\r\n|\n|\r/);
        rest = lines.pop()!;
        for (const line of lines) {
          if (line === "") {
            this.#lastEventId = id;
            if (data.length > 0 && !this.#isClosed()) {
              this.dispatchEvent(new MessageEvent(type === "" ? "message" : type, { data: data.join("\n"), origin, lastEventId: id }));
            }

            data = [];
            type = "";
            continue;
          }

          const colon = line.indexOf(":");
          const field = colon < 0 ? line : line.slice(0, colon);
          const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
          if (field === "data") {
            data.push(value);
          } else if (field === "event") {
            type = value;
          } else if (field === "id" && !value.includes("\0")) {
            id = value;
          } else if (field === "retry" && /^\d+$/.test(value)) {
            this.#retryMs = Number(value);
          }
        }
      }
    }

    /** A method, so that the compiler does not remember the state across a wait. */
    #isClosed(): boolean {
      return this.readyState === TunnelEventSource.CLOSED;
    }
  }

  for (const type of ["open", "message", "error"]) {
    installEventHandler(TunnelEventSource.prototype, type);
  }

  Object.defineProperty(TunnelEventSource.prototype, Symbol.toStringTag, { value: "EventSource", configurable: true });
  Object.defineProperty(TunnelEventSource, "name", { value: "EventSource" });
  window.EventSource = TunnelEventSource as unknown as typeof EventSource;

  function utf8AsLatin1(text: string): string {
    return String.fromCharCode(...new TextEncoder().encode(text));
  }
}
