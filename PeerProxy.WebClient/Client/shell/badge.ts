import type { PathKind } from "./peer-link.js";
import type { Trust } from "./trust.js";

/** How long the badge says its word before it becomes a dot, in milliseconds. */
const wordForMs = 4_000;

const trustSentences: Record<Trust, string> = {
  link: "Verified: its key is the one in your link.",
  pinned: "Verified: its key is the one of your first visit.",
  first: "Not verified yet: your link names no key. This one is remembered from now on.",
};

const pathSentences: Record<PathKind, string> = {
  direct: "Data travels straight between the two machines, encrypted end to end.",
  relayed: "Data travels through a relay that sees only ciphertext; the encryption is end to end.",
};

/** The discreet mark in the corner: direct or relayed, verified how. */
export class Badge {
  readonly #badge = document.getElementById("badge") as HTMLDetailsElement;
  readonly #word = document.getElementById("badge-word")!;
  readonly #text = document.getElementById("badge-text")!;
  readonly #trust = document.getElementById("badge-trust")!;
  readonly #key = document.getElementById("badge-key")!;
  #timer: ReturnType<typeof setTimeout> | undefined;

  show(path: PathKind, trust: Trust, keyHash: string, roundTripMs: number | undefined): void {
    this.#badge.dataset["path"] = path;
    this.#badge.dataset["trust"] = trust;
    this.#word.textContent = path === "direct" ? "Direct" : "Relayed";
    this.#text.textContent = pathSentences[path];
    this.#trust.textContent = trustSentences[trust];
    const time = roundTripMs === undefined ? "" : ` · ${roundTripMs < 1 ? "under 1" : roundTripMs} ms`;
    this.#key.textContent = `Key ${keyHash.slice(0, 8)}…${keyHash.slice(-4)}${time}`;
    this.#badge.hidden = false;
    this.#badge.classList.add("fresh");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#badge.classList.remove("fresh"), wordForMs);
  }

  hide(): void {
    this.#badge.hidden = true;
    this.#badge.open = false;
  }
}
