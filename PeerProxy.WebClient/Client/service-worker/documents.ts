import type { ServiceWorkerToRuntime } from "../protocol/messages.js";

declare const self: ServiceWorkerGlobalScope;

/** Documents whose shell is remembered; the oldest are forgotten first, and asked when they come again. */
const maxClients = 2_000;

/** Shells that may have a navigation announced; more than one of each matters only while they all open at once. */
const maxAnnounced = 64;

/** How long a document may take to say whose it is. Those without scripts never do. */
const answerPatienceMs = 1_000;

/** A navigation of which nobody has said whose it is, until its response begins. */
export interface UnclaimedNavigation {
  readonly clientId: string;
  /** Of which it turned out to be. */
  shell: string | undefined;
}

/** Which document belongs to which shell, that is to which tab. */
export class Documents {
  readonly #shells = new Map<string, string>();
  /** Where the frame of a shell is about to navigate, by shell. */
  readonly #navigating = new Map<string, string>();
  /** By URL: what browsers bring back by themselves in a reloaded tab comes before its shell can announce it. */
  readonly #unclaimed = new Map<string, UnclaimedNavigation>();
  readonly #asked = new Map<string, { readonly answer: Promise<string | undefined>; readonly settle: (shell: string | undefined) => void }>();

  /** A shell's frame is about to navigate: browsers give such a request no client id of its frame. */
  navigating(shell: string, url: string): void {
    this.#navigating.delete(shell);
    this.#navigating.set(shell, withoutFragment(url));
    if (this.#navigating.size > maxAnnounced) {
      this.#navigating.delete(this.#navigating.keys().next().value!);
    }
  }

  /** Notes a navigation that is nobody's so far. Must be ended. */
  addUnclaimed(clientId: string, url: string): UnclaimedNavigation {
    const navigation: UnclaimedNavigation = { clientId, shell: undefined };
    this.#unclaimed.set(withoutFragment(url), navigation);
    return navigation;
  }

  endUnclaimed(navigation: UnclaimedNavigation, url: string): void {
    if (this.#unclaimed.get(withoutFragment(url)) === navigation) {
      this.#unclaimed.delete(withoutFragment(url));
    }
  }

  /** The shell's frame is about to navigate there. True when that is the one which is under way. */
  claim(shell: string, url: string): boolean {
    const navigation = this.#unclaimed.get(withoutFragment(url));
    if (navigation === undefined) {
      return false;
    }

    this.#unclaimed.delete(withoutFragment(url));
    navigation.shell = shell;
    if (navigation.clientId !== "") {
      this.assign(navigation.clientId, shell);
    }

    return true;
  }

  /** Remembers that a document belongs to the shell. */
  assign(clientId: string, shell: string): void {
    this.#shells.delete(clientId);
    this.#shells.set(clientId, shell);
    if (this.#shells.size > maxClients) {
      this.#shells.delete(this.#shells.keys().next().value!);
    }

    this.#asked.get(clientId)?.settle(shell);
  }

  knownShellOf(clientId: string): string | undefined {
    return this.#shells.get(clientId);
  }

  /** The shell has ended: a navigation that it announced does not come any more. */
  forget(shell: string): void {
    this.#navigating.delete(shell);
  }

  /**
   * The shell a request belongs to: that its document is in, else the one that said it navigates there. Called once for each request.
   * A promise where the document itself must be asked, because this worker does not know it any more.
   */
  shellOf(clientId: string, request: Request): string | undefined | Promise<string | undefined> {
    const known = this.#shells.get(clientId);
    const shell = request.mode === "navigate" ? this.#takeNavigating(known, withoutFragment(request.url)) : known;
    return shell ?? (clientId === "" ? undefined : this.#ask(clientId));
  }

  /** Uses up the announcement, also where it is not needed: left behind it would be taken for another tab's. The newest counts, as one that is called off stays. */
  #takeNavigating(known: string | undefined, url: string): string | undefined {
    const shell = known ?? [...this.#navigating].findLast(announced => announced[1] === url)?.[0];
    if (shell !== undefined && this.#navigating.get(shell) === url) {
      this.#navigating.delete(shell);
    }

    return shell;
  }

  #ask(clientId: string): Promise<string | undefined> {
    const asked = this.#asked.get(clientId);
    if (asked !== undefined) {
      return asked.answer;
    }

    let settle!: (shell: string | undefined) => void;
    const answer = new Promise<string | undefined>(resolve => {
      settle = resolve;
    });
    this.#asked.set(clientId, { answer, settle });
    const timer = setTimeout(() => settle(undefined), answerPatienceMs);
    void this.#send(clientId).then(isSent => {
      if (!isSent) {
        settle(undefined);
      }
    });
    return answer.finally(() => {
      clearTimeout(timer);
      this.#asked.delete(clientId);
    });
  }

  /** @returns false where the answer does not matter, as there is one tab, or cannot come, as workers do not know their shell. */
  async #send(clientId: string): Promise<boolean> {
    const [client, shells] = await Promise.all([self.clients.get(clientId), shellWindows()]);
    if (client?.type !== "window" || shells.length <= 1) {
      return false;
    }

    client.postMessage({ type: "shell-wanted" } satisfies ServiceWorkerToRuntime);
    return true;
  }
}

/** The tabs of this origin. */
export async function shellWindows(): Promise<readonly WindowClient[]> {
  const clients = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return clients.filter(client => client.frameType === "top-level" || client.frameType === "auxiliary");
}

function withoutFragment(url: string): string {
  return url.split("#", 1)[0]!;
}
