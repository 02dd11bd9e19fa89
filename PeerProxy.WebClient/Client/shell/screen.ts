import type { Problem } from "./problem.js";

/** Connecting is only worth a word when it takes noticeably long, in milliseconds. */
const connectingAfterMs = 400;

/** After this long a second sentence says that it is still going on, in milliseconds. */
const patienceAfterMs = 6_000;

export interface ScreenActions {
  retry(): void;
  trustNewKey(): void;
}

/** Our own screens over the site's frame, and the notice over a site that waits for its connection. */
export class Screen {
  readonly #actions: ScreenActions;
  readonly #screen = find<HTMLElement>("screen");
  readonly #title = find<HTMLElement>("screen-title");
  readonly #cause = find<HTMLElement>("screen-cause");
  readonly #next = find<HTMLElement>("screen-next");
  readonly #countdown = find<HTMLElement>("screen-countdown");
  readonly #retry = find<HTMLButtonElement>("screen-retry");
  readonly #details = find<HTMLDetailsElement>("screen-details");
  readonly #detail = find<HTMLElement>("screen-detail");
  readonly #trust = find<HTMLButtonElement>("screen-trust");
  readonly #notice = find<HTMLElement>("notice");
  readonly #noticeText = find<HTMLElement>("notice-text");
  readonly #noticeRetry = find<HTMLButtonElement>("notice-retry");
  #timers: ReturnType<typeof setTimeout>[] = [];

  constructor(actions: ScreenActions) {
    this.#actions = actions;
    find<HTMLElement>("screen-host").textContent = location.host;
    this.#retry.addEventListener("click", () => this.#actions.retry());
    this.#noticeRetry.addEventListener("click", () => this.#actions.retry());
    this.#trust.addEventListener("click", () => this.#actions.trustNewKey());
  }

  /** The first connection of this tab is being made. Silent while that is quick. */
  showConnecting(peerId: string): void {
    this.#clearTimers();
    this.#timers.push(setTimeout(() => {
      this.#show("connecting", "Connecting", `Looking for the machine that shares “${peerId}”.`, "");
    }, connectingAfterMs));
    this.#timers.push(setTimeout(() => {
      this.#next.textContent = "This takes longer than usual. Some networks make it hard for two machines to meet.";
    }, patienceAfterMs));
  }

  /** There is a connection; the site's first page is on its way. */
  showLoading(): void {
    if (!this.#screen.hidden) {
      this.#clearTimers();
      this.#show("verified", "Connected", "The page is on its way.", "");
    }
  }

  showProblem(problem: Problem, retryAt: number | undefined, canTrustNewKey: boolean): void {
    this.#clearTimers();
    this.#show(problem.kind === "key-mismatch" ? "refused" : "problem", problem.title, problem.cause, problem.next);
    this.#retry.hidden = problem.kind === "bad-name" || problem.kind === "browser" || problem.kind === "key-mismatch";
    this.#details.hidden = problem.detail === undefined;
    this.#detail.textContent = problem.detail ?? "";
    this.#trust.hidden = !canTrustNewKey;
    if (retryAt !== undefined) {
      this.#countDown(this.#countdown, retryAt);
    }
  }

  /** The site stays visible while it waits for its connection. */
  showNotice(text: string, retryAt: number | undefined): void {
    this.#clearTimers();
    this.#screen.hidden = true;
    this.#noticeText.textContent = text;
    this.#noticeRetry.hidden = retryAt === undefined;
    this.#notice.hidden = false;
  }

  hide(): void {
    this.#clearTimers();
    this.#screen.hidden = true;
    this.#notice.hidden = true;
  }

  #show(kind: "connecting" | "verified" | "problem" | "refused", title: string, cause: string, next: string): void {
    this.#screen.dataset["kind"] = kind;
    this.#title.textContent = title;
    this.#cause.textContent = cause;
    this.#next.textContent = next;
    this.#countdown.textContent = "";
    this.#retry.hidden = true;
    this.#details.hidden = true;
    this.#trust.hidden = true;
    this.#notice.hidden = true;
    this.#screen.hidden = false;
  }

  #countDown(element: HTMLElement, at: number): void {
    const seconds = Math.ceil((at - performance.now()) / 1000);
    element.textContent = seconds <= 0 ? "Trying again now." : seconds === 1 ? "Trying again in a second." : `Trying again in ${seconds} seconds.`;
    if (seconds > 0) {
      this.#timers.push(setTimeout(() => this.#countDown(element, at), 1000));
    }
  }

  #clearTimers(): void {
    this.#timers.splice(0).forEach(timer => clearTimeout(timer));
  }
}

function find<T extends HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) {
    throw new Error(`The shell's document has no element '${id}'.`);
  }

  return element as T;
}
