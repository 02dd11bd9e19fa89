type ToSocketMessage = import("../protocol/messages.js").ToSocket;
type FromSocketMessage = import("../protocol/messages.js").FromSocket;

/** One side of a socket's way to the tunnel: a message port, or what stands for one in a worker. */
interface SocketLink {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: ToSocketMessage, transfer: Transferable[]): void;
  close(): void;
}

/** `WebSocket` to the site itself goes through the tunnel; to other hosts it stays the browser's. */
function installWebSocket(connect: (url: string, protocols: readonly string[]) => SocketLink): void {
  const Native = window.WebSocket;
  const maxReason = 123;
  const encode = new TextEncoder();
  const open = new Set<TunnelSocket>();
  const ownHost = new URL(window.origin).host;
  /** Chromium refuses a server that takes none of the subprotocols it was offered; Firefox does not mind. */
  const demandsProtocol = "userAgentData" in navigator;

  class TunnelSocket extends EventTarget {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSING = 2;
    static readonly CLOSED = 3;

    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof Native || Function.prototype[Symbol.hasInstance].call(TunnelSocket, value);
    }

    readonly CONNECTING = 0;
    readonly OPEN = 1;
    readonly CLOSING = 2;
    readonly CLOSED = 3;
    readonly url!: string;
    readonly extensions = "";
    protocol = "";
    readyState = 0;
    bufferedAmount = 0;
    /** It was given up before it was open: that is a failure, however it ends. */
    #isFailing = false;
    #wantsProtocol = false;
    #binaryType: BinaryType = "blob";
    #port: SocketLink | undefined;
    /** Sends wait for a Blob before them to be read. */
    #sending: Promise<void> | undefined;

    constructor(url: string | URL, protocols: string | string[] = []) {
      const parsed = parseUrl(url);
      if (parsed.host !== ownHost) {
        return new Native(url, protocols) as unknown as TunnelSocket;
      }

      super();
      const names = checkProtocols(typeof protocols === "string" ? [protocols] : [...protocols].map(String));
      Object.defineProperty(this, "url", { value: parsed.href, enumerable: true });
      this.#wantsProtocol = names.length > 0;
      if (areSocketsBlocked) {
        console.error(`The connection to '${parsed.href}' is blocked by the page's Content Security Policy.`);
        setTimeout(() => this.#closed({ type: "closed", code: 1006, reason: "", wasClean: false, failed: true }));
        return;
      }

      this.#port = connect(parsed.href, names);
      this.#port.onmessage = event => this.#receive(event.data as FromSocketMessage);
      open.add(this);
    }

    get binaryType(): BinaryType {
      return this.#binaryType;
    }

    set binaryType(type: BinaryType) {
      if (type === "blob" || type === "arraybuffer") {
        this.#binaryType = type;
      }
    }

    send(data: string | ArrayBufferLike | Blob | ArrayBufferView<ArrayBufferLike>): void {
      if (this.readyState === TunnelSocket.CONNECTING) {
        throw new DOMException("Failed to execute 'send' on 'WebSocket': Still in CONNECTING state.", "InvalidStateError");
      }

      if (data instanceof Blob) {
        this.bufferedAmount += data.size;
        this.#inOrder(async () => {
          const bytes = await data.arrayBuffer();
          this.#post({ type: "binary", bytes }, [bytes]);
        });
      } else if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) {
        const view = data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        const bytes = view.slice().buffer as ArrayBuffer;
        this.bufferedAmount += bytes.byteLength;
        this.#inOrder(() => this.#post({ type: "binary", bytes }, [bytes]));
      } else {
        const text = String(data).toWellFormed();
        this.bufferedAmount += encode.encode(text).byteLength;
        this.#inOrder(() => this.#post({ type: "text", text }));
      }
    }

    close(code?: number, reason?: string): void {
      if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
        throw new DOMException(
          `Failed to execute 'close' on 'WebSocket': The close code must be either 1000, or between 3000 and 4999. ${code} is neither.`, "InvalidAccessError");
      }

      const text = reason === undefined ? "" : String(reason).toWellFormed();
      if (encode.encode(text).byteLength > maxReason) {
        throw new DOMException(`Failed to execute 'close' on 'WebSocket': The message must not be greater than ${maxReason} bytes.`, "SyntaxError");
      }

      if (this.readyState < TunnelSocket.CLOSING) {
        this.#isFailing = this.readyState === TunnelSocket.CONNECTING;
        this.readyState = TunnelSocket.CLOSING;
        this.#inOrder(() => this.#post({ type: "close", code: code ?? (text === "" ? undefined : 1000), reason: text }));
      }
    }

    /** The page goes away; nothing of it hears the answer. */
    leave(): void {
      this.#post({ type: "close", code: 1001, reason: "" });
    }

    #inOrder(step: () => void | Promise<void>): void {
      if (this.#sending === undefined) {
        const running = step();
        if (running === undefined) {
          return;
        }

        this.#sending = running;
      } else {
        this.#sending = this.#sending.then(step);
      }

      const last = this.#sending;
      void last.finally(() => {
        if (this.#sending === last) {
          this.#sending = undefined;
        }
      });
    }

    #post(message: ToSocketMessage, transfer: Transferable[] = []): void {
      this.#port?.postMessage(message, transfer);
    }

    #receive(message: FromSocketMessage): void {
      switch (message.type) {
        case "open":
          if (this.readyState === TunnelSocket.CONNECTING && this.#wantsProtocol && message.protocol === "" && demandsProtocol) {
            this.close();
          } else if (this.readyState === TunnelSocket.CONNECTING) {
            this.protocol = message.protocol;
            this.readyState = TunnelSocket.OPEN;
            this.dispatchEvent(new Event("open"));
          }

          break;
        case "text":
          this.#deliver(message.text, message.bytes);
          break;
        case "binary":
          this.#deliver(this.#binaryType === "blob" ? new Blob([message.data]) : message.data, message.bytes);
          break;
        case "sent":
          this.bufferedAmount = Math.max(0, this.bufferedAmount - message.bytes);
          break;
        case "closed":
          this.#closed(message);
          break;
      }
    }

    #deliver(data: unknown, bytes: number): void {
      if (this.readyState === TunnelSocket.OPEN) {
        this.dispatchEvent(new MessageEvent("message", { data, origin: new URL(this.url).origin }));
      }

      // After the page's handlers: a page that is slower than its peer holds it up instead of filling memory.
      this.#post({ type: "consumed", bytes });
    }

    #closed(message: Extract<FromSocketMessage, { type: "closed" }>): void {
      if (this.readyState === TunnelSocket.CLOSED) {
        return;
      }

      const { code, reason, wasClean, failed } = this.#isFailing ? { code: 1006, reason: "", wasClean: false, failed: true } : message;
      open.delete(this);
      this.readyState = TunnelSocket.CLOSED;
      this.#port?.close();
      if (failed) {
        this.dispatchEvent(new Event("error"));
      }

      this.dispatchEvent(new CloseEvent("close", { code, reason, wasClean }));
    }
  }

  for (const type of ["open", "message", "error", "close"]) {
    installEventHandler(TunnelSocket.prototype, type);
  }

  for (const name of ["CONNECTING", "OPEN", "CLOSING", "CLOSED"] as const) {
    Object.defineProperty(TunnelSocket.prototype, name, { value: TunnelSocket[name], enumerable: true });
  }

  Object.defineProperty(TunnelSocket.prototype, Symbol.toStringTag, { value: "WebSocket", configurable: true });
  Object.defineProperty(TunnelSocket, "name", { value: "WebSocket" });
  window.WebSocket = TunnelSocket as unknown as typeof WebSocket;
  window.addEventListener("pagehide", () => open.forEach(socket => socket.leave()));

  function parseUrl(url: string | URL): URL {
    let parsed: URL;
    try {
      parsed = withoutTarget(new URL(String(url), baseUrl()));
    } catch {
      throw new DOMException(`Failed to construct 'WebSocket': The URL '${String(url)}' is invalid.`, "SyntaxError");
    }

    if (parsed.protocol === "http:" || parsed.protocol === "https:") {
      parsed.protocol = parsed.protocol === "http:" ? "ws:" : "wss:";
    }

    if ((parsed.protocol !== "ws:" && parsed.protocol !== "wss:") || parsed.hash !== "") {
      throw new DOMException(`Failed to construct 'WebSocket': The URL '${String(url)}' is not a WebSocket URL.`, "SyntaxError");
    }

    return parsed;
  }

  function checkProtocols(names: string[]): string[] {
    const isToken = (name: string): boolean => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name);
    if (!names.every(isToken) || new Set(names.map(name => name.toLowerCase())).size !== names.length) {
      throw new DOMException(`Failed to construct 'WebSocket': The subprotocol '${names.join(", ")}' is invalid.`, "SyntaxError");
    }

    return names;
  }
}

/** An `onopen`-like attribute: one listener, in the place where it was first set. */
function installEventHandler(prototype: object, type: string): void {
  const handlers = new WeakMap<object, { current: unknown }>();
  replaceProperty(prototype, `on${type}`, {
    get(this: object): unknown {
      return handlers.get(this)?.current ?? null;
    },
    set(this: EventTarget, handler: unknown): void {
      let slot = handlers.get(this);
      if (slot === undefined) {
        const created: { current: unknown } = { current: null };
        slot = created;
        handlers.set(this, created);
        this.addEventListener(type, event => {
          if (typeof created.current === "function") {
            (created.current as (this: EventTarget, event: Event) => void).call(this, event);
          }
        });
      }

      slot.current = typeof handler === "function" ? handler : null;
    },
  });
}
