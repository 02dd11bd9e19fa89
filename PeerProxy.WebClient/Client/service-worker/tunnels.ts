import type { ServiceWorkerToShell, ShellToServiceWorker } from "../protocol/messages.js";
import { Documents, shellWindows } from "./documents.js";
import { TunnelError, TunnelPort } from "./tunnel-port.js";

/** How long a restarted worker waits for a shell's answer: a hidden tab, or one on a busy machine, answers late. */
const shellPatienceMs = 15_000;

/** Ended shells that are remembered. */
const maxEnded = 64;

/** The ports to the shells of this origin. Lives as long as this worker runs; ports are asked for again. */
export class Tunnels {
  readonly documents = new Documents();
  readonly #ports = new Map<string, TunnelPort>();
  readonly #waiting = new Set<(port: TunnelPort) => void>();
  /** Shells that have ended: what their pages still ask for (keepalive) goes another way at once. */
  readonly #ended = new Set<string>();

  /** A shell brought a port. It may bring several while this worker starts: the first stays, requests are under way there. */
  add(message: Extract<ShellToServiceWorker, { type: "tunnel" }>): void {
    const former = this.#ports.get(message.shell);
    if (former?.tunnel === message.tunnel) {
      message.port.close();
      return;
    }

    former?.close("The tab has moved its connection.");
    const port = new TunnelPort(message.shell, message.tunnel, message.port as globalThis.MessagePort);
    this.#ports.set(message.shell, port);
    // The shell holds this lock while it lives; ports do not tell when their other end is gone.
    void navigator.locks.request(message.lock, { mode: "shared" }, () => this.#remove(port));
    for (const take of [...this.#waiting]) {
      take(port);
    }
  }

  /** True for a document whose shell has brought its port. */
  knows(clientId: string): boolean {
    return this.#ports.has(this.documents.knownShellOf(clientId) ?? "");
  }

  /**
   * The port to this shell; where that is not known, or gone, to that of the tab in front, else to any. Who knows the shell waits for it, though another would answer
   * sooner: what a page writes to its cookies goes along with its own shell's requests.
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
    if (shell !== undefined && !this.#ended.has(shell)) {
      const own = await this.#waitFor(port => port.shell === shell, shellPatienceMs);
      if (own !== undefined) {
        return own;
      }
    }

    const any = this.#ports.get(front ?? "") ?? this.#ports.values().next().value ?? await this.#waitFor(() => true, shellPatienceMs);
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

  #remove(port: TunnelPort): void {
    port.close("The tab that carried this connection was closed.");
    if (this.#ports.get(port.shell) !== port) {
      return;
    }

    this.#ports.delete(port.shell);
    this.documents.forget(port.shell);
    this.#ended.add(port.shell);
    if (this.#ended.size > maxEnded) {
      this.#ended.delete(this.#ended.values().next().value!);
    }
  }

  /** Asks every shell that has no port here. Returns the shell of the tab in front, if its port is known. */
  async #askForPorts(): Promise<string | undefined> {
    const shells = await shellWindows();
    if (this.#ports.size < shells.length) {
      const message: ServiceWorkerToShell = { type: "tunnel-wanted" };
      for (const client of shells.filter(shell => !this.knows(shell.id))) {
        client.postMessage(message);
      }
    }

    const front = shells.find(client => client.focused) ?? shells.find(client => client.visibilityState === "visible");
    return front === undefined ? undefined : this.documents.knownShellOf(front.id);
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
