/** First and last byte, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The one range a request asks for of a body of this size (RFC 9110 section 14.1.2). "unsatisfiable" lies behind its end; undefined is for what is not answered
 * from a stored body: several ranges, other units, bad syntax.
 */
export function parseRange(range: string, size: number): ByteRange | "unsatisfiable" | undefined {
  const match = /^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(range);
  if (match === null || (match[1] === "" && match[2] === "")) {
    return undefined;
  }

  if (match[1] === "") {
    const count = Number(match[2]);
    return count === 0 || size === 0 ? "unsatisfiable" : { first: Math.max(0, size - count), last: size - 1 };
  }

  const first = Number(match[1]);
  const last = match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (match[2] !== "" && Number(match[2]) < first) {
    return undefined;
  }

  return first >= size ? "unsatisfiable" : { first, last };
}
