/** What a page wrote to `document.cookie`. */
export interface CookieWrite {
  readonly cookie: string;
  readonly url: string;
}

/** Writes that go along with a request, which is known by its number. */
export interface CarriedWrites {
  readonly number: number;
  readonly cookies: readonly string[];
}

/** As many as a site may have cookies; of a page that writes more without a request in between the oldest have gone by CONTROL. */
const maxWrites = 180;

/**
 * Writes of `document.cookie` that the agent may not have seen yet. Each rides on the next request, which it must not overtake. A connection that breaks may take
 * both away, so a write is kept until a request that began with it or after it is answered, and goes once more over the next connection.
 */
export class CookieWrites {
  #writes: { readonly write: CookieWrite; carriedBy: number | undefined }[] = [];
  #lastNumber = 0;

  /** In the order in which they were written. */
  get unconfirmed(): readonly CookieWrite[] {
    return this.#writes.map(({ write }) => write);
  }

  add(write: CookieWrite): void {
    this.#writes.push({ write, carriedBy: undefined });
    if (this.#writes.length > maxWrites) {
      this.#writes.shift();
    }
  }

  /** A request begins: what it carries. */
  take(): CarriedWrites {
    const number = ++this.#lastNumber;
    const carried = this.#writes.filter(({ carriedBy }) => carriedBy === undefined);
    for (const each of carried) {
      each.carriedBy = number;
    }

    return { number, cookies: carried.map(({ write }) => write.cookie) };
  }

  /** The request of this number has an answer. */
  confirm(number: number): void {
    if (this.#writes.length > 0) {
      this.#writes = this.#writes.filter(({ carriedBy }) => carriedBy === undefined || carriedBy > number);
    }
  }

  /** The connection is another. */
  carryAgain(): void {
    for (const each of this.#writes) {
      each.carriedBy = undefined;
    }
  }
}
