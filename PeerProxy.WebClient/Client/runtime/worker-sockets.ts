/** Kinds of frames between a worker's socket and the service worker: JSON of a message, or the data of one. */
const enum RelayFrame { Json = 0, Text = 1, Binary = 2 }

/** Type (8) and length (32) in front of each frame. */
const relayHeaderBytes = 5;

/**
 * A worker's sockets: no port leads out of a worker that its page does not know of, but its requests pass the service worker. What arrives is the body of
 * one long response; what is sent goes as request bodies, one at a time, with everything that has gathered meanwhile.
 */
function socketsOfWorker(): (url: string, protocols: readonly string[]) => SocketLink {
  const nativeFetch = window.fetch.bind(window);
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();

  class RelayedSocket implements SocketLink {
    onmessage: ((event: MessageEvent) => void) | null = null;
    readonly #id = crypto.randomUUID();
    readonly #abort = new AbortController();
    #outgoing: Uint8Array<ArrayBuffer>[] = [];
    #isSending = false;
    #isOver = false;

    constructor(url: string, protocols: readonly string[]) {
      const parameters = new URLSearchParams({ id: this.#id, url, protocols: JSON.stringify(protocols) });
      void this.#receive(`${window.origin}${ownPath}socket?${parameters.toString()}`);
    }

    postMessage(message: ToSocketMessage): void {
      switch (message.type) {
        case "text":
          this.#send(RelayFrame.Text, encoder.encode(message.text));
          break;
        case "binary":
          this.#send(RelayFrame.Binary, new Uint8Array(message.bytes));
          break;
        case "close":
          this.#send(RelayFrame.Json, encoder.encode(JSON.stringify(message)));
          break;
        case "consumed":
          // The service worker counts what has been read of the response.
          break;
      }
    }

    close(): void {
      this.#isOver = true;
      this.#abort.abort();
    }

    #send(type: RelayFrame, payload: Uint8Array<ArrayBuffer>): void {
      const frame = new Uint8Array(relayHeaderBytes + payload.byteLength);
      frame[0] = type;
      new DataView(frame.buffer).setUint32(1, payload.byteLength);
      frame.set(payload, relayHeaderBytes);
      this.#outgoing.push(frame);
      void this.#flush();
    }

    async #flush(): Promise<void> {
      if (this.#isSending) {
        return;
      }

      this.#isSending = true;
      while (this.#outgoing.length > 0 && !this.#isOver) {
        const body = new Blob(this.#outgoing);
        this.#outgoing = [];
        try {
          await nativeFetch(`${window.origin}${ownPath}socket?id=${this.#id}`, { method: "POST", body });
        } catch {
          this.#lost();
        }
      }

      this.#isSending = false;
    }

    async #receive(url: string): Promise<void> {
      try {
        const response = await nativeFetch(url, { cache: "no-store", signal: this.#abort.signal });
        const reader = response.body!.getReader();
        let rest: Uint8Array = new Uint8Array(0);
        for (let next = await reader.read(); !next.done; next = await reader.read()) {
          const joined = new Uint8Array(rest.byteLength + next.value.byteLength);
          joined.set(rest);
          joined.set(next.value, rest.byteLength);
          rest = this.#take(joined);
        }

        this.#lost();
      } catch {
        this.#lost();
      }
    }

    /** Delivers the whole frames and returns what is left. */
    #take(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
      let offset = 0;
      while (bytes.byteLength - offset >= relayHeaderBytes) {
        const length = new DataView(bytes.buffer, offset).getUint32(1);
        if (bytes.byteLength - offset - relayHeaderBytes < length) {
          break;
        }

        const payload = bytes.slice(offset + relayHeaderBytes, offset + relayHeaderBytes + length);
        this.#deliver(bytes[offset] as RelayFrame, payload);
        offset += relayHeaderBytes + length;
      }

      return bytes.subarray(offset);
    }

    #deliver(type: RelayFrame, payload: Uint8Array<ArrayBuffer>): void {
      const message: FromSocketMessage = type === RelayFrame.Text ? { type: "text", text: decoder.decode(payload), bytes: 0 }
        : type === RelayFrame.Binary ? { type: "binary", data: payload.buffer, bytes: 0 }
        : JSON.parse(decoder.decode(payload)) as FromSocketMessage;
      this.onmessage?.(new MessageEvent("message", { data: message }));
    }

    #lost(): void {
      if (!this.#isOver) {
        this.#isOver = true;
        const message: FromSocketMessage = { type: "closed", code: 1006, reason: "", wasClean: false, failed: true };
        this.onmessage?.(new MessageEvent("message", { data: message }));
      }
    }
  }

  return (url, protocols) => new RelayedSocket(url, protocols);
}
