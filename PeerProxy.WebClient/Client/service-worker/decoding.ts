type Bytes = ReadableStream<Uint8Array<ArrayBuffer>>;

// The type library lags behind: Firefox also decodes "brotli".
type Coding = CompressionFormat | "brotli";

const formats: Record<string, readonly Coding[]> = {
  gzip: ["gzip"],
  "x-gzip": ["gzip"],
  deflate: ["deflate"],
  br: ["brotli"],
};

/**
 * Undoes Content-Encoding: browsers take the body of a service worker's response as it is. Undefined for a coding this browser cannot undo.
 */
export function decode(body: Bytes, contentEncoding: string): Bytes | undefined {
  const codings = contentEncoding.split(",").map(coding => coding.trim().toLowerCase()).filter(coding => coding !== "" && coding !== "identity");
  let decoded = body;
  for (const coding of codings.reverse()) {
    const decoder = firstDecoder(formats[coding] ?? []);
    if (decoder === undefined) {
      return undefined;
    }

    decoded = decoded.pipeThrough(decoder as unknown as ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>);
  }

  return decoded;
}

function firstDecoder(candidates: readonly Coding[]): DecompressionStream | undefined {
  for (const format of candidates) {
    try {
      return new DecompressionStream(format as CompressionFormat);
    } catch (error) {
      if (!(error instanceof TypeError)) {
        throw error;
      }
    }
  }

  return undefined;
}
