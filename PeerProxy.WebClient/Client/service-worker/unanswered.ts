/** Requests of one document for one method and URL that have no response yet. */
interface Alike {
  readonly open: Set<AbortController>;
  /** How many of them the page has given up. */
  aborted: number;
}

/** A request that may still be taken back. */
export interface Unanswered {
  readonly signal: AbortSignal;
  /** The response's head is there, or never comes. */
  done(): void;
}

/**
 * Requests that have no response yet, by the document that made them. A page can take them back (runtime/aborts.ts). It names method and URL only, for a mark in the
 * request would go along when it is redirected to another origin. Only of several that are alike all but the first carry one (`pp-mark`); where that is not
 * possible, none is ended before all are given up.
 */
export class UnansweredRequests {
  readonly #byClient = new Map<string, Map<string, Alike>>();

  add(clientId: string, request: Request): Unanswered {
    const controller = new AbortController();
    const ofClient = this.#byClient.get(clientId) ?? new Map<string, Alike>();
    this.#byClient.set(clientId, ofClient);
    const key = keyOf(request.method, request.url, request.headers.get("pp-mark") ?? undefined);
    const alike = ofClient.get(key) ?? { open: new Set(), aborted: 0 };
    ofClient.set(key, alike);
    alike.open.add(controller);
    return {
      signal: controller.signal,
      done: () => {
        alike.open.delete(controller);
        if (alike.open.size === 0 && ofClient.get(key) === alike) {
          ofClient.delete(key);
        }

        if (ofClient.size === 0 && this.#byClient.get(clientId) === ofClient) {
          this.#byClient.delete(clientId);
        }
      },
    };
  }

  /** A script has given up one request. */
  abort(clientId: string, method: string, url: string, mark: string | undefined): void {
    const alike = this.#byClient.get(clientId)?.get(keyOf(method, url, mark));
    if (alike !== undefined && ++alike.aborted >= alike.open.size) {
      end(alike);
    }
  }

  /** The document is gone. */
  left(clientId: string): void {
    for (const alike of [...this.#byClient.get(clientId)?.values() ?? []]) {
      end(alike);
    }
  }
}

function end(alike: Alike): void {
  for (const controller of [...alike.open]) {
    controller.abort();
  }
}

function keyOf(method: string, url: string, mark: string | undefined): string {
  return `${mark ?? ""} ${method.toUpperCase()} ${url.split("#", 1)[0]!}`;
}
