import type { ServiceWorkerToShell, ShellToServiceWorker } from "../protocol/messages.js";
import { TunnelError, TunnelPort } from "./tunnel-port.js";

declare const self: ServiceWorkerGlobalScope;

/** How long a restarted worker waits for a shell's answer before it takes any other, in milliseconds. */
const ownShellPatienceMs = 1_000;

/** How long it waits for any shell at all: a hidden tab answers late. */
const anyShellPatienceMs = 15_000;

/** Documents whose shell is remembered; the oldest are forgotten first, then any shell serves them. */
const maxClients = 2_000;

/** The ports to the shells of this origin, and which document belongs to which shell. Lives as long as this worker runs; ports are asked for again. */
export class Tunnels {
  readonly #ports = new Map<string, TunnelPort>();
  readonly #shellOfClient = new Map<string, string>();
  readonly #waiting = new Set<(port: TunnelPort) => void>();
  #navigating: { readonly shell: string; readonly url: string } | undefined;

  /** A shell brought its port. */
  add(message: Extract<ShellToServiceWorker, { type: "tunnel" }>): void {
    this.#ports.get(message.shell)?.close("The connection was renewed.");
    const port = new TunnelPort(message.shell, message.port as globalThis.MessagePort);
    this.#ports.set(message.shell, port);
    // The shell holds this lock while it lives; ports do not tell when their other end is gone.
    void navigator.locks.request(message.lock, { mode: "shared" }, () => this.#remove(port));
    for (const take of [...this.#waiting]) {
      take(port);
    }
  }

  /** A shell's frame is about to navigate: browsers give such a request no client id of its frame. */
  navigating(shell: string, url: string): void {
    this.#navigating = { shell, url: withoutFragment(url) };
  }

  /** True for a document whose shell has brought its port. */
  knows(clientId: string): boolean {
    return this.#ports.has(this.#shellOfClient.get(clientId) ?? "");
  }

  /** Remembers that a new document belongs to the shell. */
  assign(clientId: string, shell: string): void {
    this.#shellOfClient.delete(clientId);
    this.#shellOfClient.set(clientId, shell);
    if (this.#shellOfClient.size > maxClients) {
      this.#shellOfClient.delete(this.#shellOfClient.keys().next().value!);
    }
  }

  /** The shell a request belongs to: that its document is in, else the one that said it navigates there. Called once for each request. */
  shellOf(clientId: string, request: Request): string | undefined {
    return this.#shellOfClient.get(clientId) ?? this.#takeNavigating(request);
  }

  /**
   * The port to this shell, else to that of the tab in front, else to any.
   * @throws {TunnelError} when no shell answers.
   */
  async portFor(shell: string | undefined): Promise<TunnelPort> {
    const known = shell === undefined ? undefined : this.#ports.get(shell);
    if (known !== undefined) {
      return known;
    }

    if (this.#ports.size === 1 && shell === undefined) {
      return this.#ports.values().next().value!;
    }

    const front = await this.#askForPorts();
    if (shell !== undefined) {
      const own = await this.#waitFor(port => port.shell === shell, ownShellPatienceMs);
      if (own !== undefined) {
        return own;
      }
    }

    const any = this.#ports.get(front ?? "") ?? this.#ports.values().next().value ?? await this.#waitFor(() => true, anyShellPatienceMs);
    if (any === undefined) {
      throw new TunnelError(11, "No open tab of this site is connected.");
    }

    return any;
  }

  /** A script of a page reports how far it has read a response (`shell/number`). */
  meter(response: string, bytes: number | undefined): void {
    const { port, id } = this.#find(response);
    port?.meter(id, bytes);
  }

  /** A script of a page wants no more of a response. */
  giveUp(response: string): void {
    const { port, id } = this.#find(response);
    port?.giveUp(id);
  }

  #find(response: string): { readonly port: TunnelPort | undefined; readonly id: number } {
    const slash = response.indexOf("/");
    return { port: this.#ports.get(response.slice(0, slash)), id: Number(response.slice(slash + 1)) };
  }

  #takeNavigating(request: Request): string | undefined {
    if (request.mode !== "navigate" || this.#navigating?.url !== withoutFragment(request.url)) {
      return undefined;
    }

    const { shell } = this.#navigating;
    this.#navigating = undefined;
    return shell;
  }

  #remove(port: TunnelPort): void {
    port.close("The tab that carried this connection was closed.");
    if (this.#ports.get(port.shell) === port) {
      this.#ports.delete(port.shell);
    }
  }

  /** Asks every shell that has no port here. Returns the shell of the tab in front, if its port is known. */
  async #askForPorts(): Promise<string | undefined> {
    const clients = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const shells = clients.filter(client => client.frameType === "top-level" || client.frameType === "auxiliary");
    if (this.#ports.size < shells.length) {
      const message: ServiceWorkerToShell = { type: "tunnel-wanted" };
      for (const client of shells) {
        client.postMessage(message);
      }
    }

    const front = shells.find(client => client.focused) ?? shells.find(client => client.visibilityState === "visible");
    return front === undefined ? undefined : this.#shellOfClient.get(front.id);
  }

  #waitFor(isWanted: (port: TunnelPort) => boolean, patienceMs: number): Promise<TunnelPort | undefined> {
    for (const port of this.#ports.values()) {
      if (isWanted(port)) {
        return Promise.resolve(port);
      }
    }

    return new Promise(resolve => {
      const take = (port: TunnelPort): void => {
        if (isWanted(port)) {
          finish(port);
        }
      };
      const finish = (port: TunnelPort | undefined): void => {
        this.#waiting.delete(take);
        clearTimeout(timer);
        resolve(port);
      };
      const timer = setTimeout(() => finish(undefined), patienceMs);
      this.#waiting.add(take);
    });
  }
}

function withoutFragment(url: string): string {
  return url.split("#", 1)[0]!;
}
