/** What a reload asks of the target: "no-cache" its word on the document that is kept, "reload" everything anew (with the shift key). */
export type ReloadMode = "no-cache" | "reload";

/** Documents whose reload is remembered; a page has loaded its parts long before it is among the oldest. */
const maxDocuments = 100;

/**
 * Reloads of tabs. The browser reloads the shell; the frame in it is opened anew, and looks to the browser like a first visit. So the shell says that it was
 * reloaded, and the document it opens is asked for as a reloaded one. Its parts come from the cache as ever, unless everything is wanted anew.
 */
export class Reloads {
  readonly #announced = new Map<string, ReloadMode>();
  /** Documents all of whose parts are wanted anew. */
  readonly #reloaded = new Set<string>();

  announce(url: string, mode: ReloadMode): void {
    this.#announced.set(withoutFragment(url), mode);
  }

  /** The cache mode of a request, and whether it is a part of a reloaded page. Called once for each. */
  modeOf(event: FetchEvent): { readonly mode: RequestCache; readonly isReloadedPart: boolean } {
    const { request } = event;
    if (request.mode === "navigate") {
      const url = withoutFragment(request.url);
      const announced = this.#announced.get(url);
      this.#announced.delete(url);
      const mode = request.cache === "default" ? announced ?? "default" : request.cache;
      if (mode === "reload") {
        this.#remember(event.resultingClientId);
      }

      return { mode, isReloadedPart: false };
    }

    // What scripts ask for has no destination.
    const isPart = request.destination !== "";
    return { mode: request.cache === "default" && isPart && this.#reloaded.has(event.clientId) ? "reload" : request.cache, isReloadedPart: isPart };
  }

  #remember(clientId: string): void {
    this.#reloaded.add(clientId);
    if (this.#reloaded.size > maxDocuments) {
      this.#reloaded.delete(this.#reloaded.values().next().value!);
    }
  }
}

function withoutFragment(url: string): string {
  return url.split("#", 1)[0]!;
}
