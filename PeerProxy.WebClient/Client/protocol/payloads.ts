import { ErrorCode, ProtocolError } from "./errors.js";
import { maxReasonBytes } from "./limits.js";

// Payloads of the short control frames (docs/protocol.md section 1).

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** RESET and, with `lastStream`, GOAWAY. */
export interface ErrorPayload {
  readonly code: number;
  readonly reason: string;
}

export function encodeCredit(limit: number): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(8);
  new DataView(payload.buffer).setBigUint64(0, BigInt(limit));
  return payload;
}

/** The new absolute limit in bytes. Values beyond 2^53 mean "no limit" to us. */
export function decodeCredit(payload: Uint8Array): number {
  if (payload.byteLength !== 8) {
    throw new ProtocolError(ErrorCode.Protocol, `CREDIT of ${payload.byteLength} bytes`);
  }

  const limit = viewOf(payload).getBigUint64(0);
  return limit > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(limit);
}

export function encodeReset(code: number, reason: string): Uint8Array<ArrayBuffer> {
  const text = truncateUtf8(reason, maxReasonBytes);
  const payload = new Uint8Array(4 + text.byteLength);
  new DataView(payload.buffer).setUint32(0, code);
  payload.set(text, 4);
  return payload;
}

export function decodeReset(payload: Uint8Array): ErrorPayload {
  if (payload.byteLength < 4 || payload.byteLength > 4 + maxReasonBytes) {
    throw new ProtocolError(ErrorCode.Protocol, `RESET of ${payload.byteLength} bytes`);
  }

  return { code: viewOf(payload).getUint32(0), reason: decodeUtf8(payload.subarray(4)) };
}

export function encodeGoAway(lastStream: number, code: number, reason: string): Uint8Array<ArrayBuffer> {
  const text = truncateUtf8(reason, maxReasonBytes);
  const payload = new Uint8Array(8 + text.byteLength);
  const view = new DataView(payload.buffer);
  view.setUint32(0, lastStream);
  view.setUint32(4, code);
  payload.set(text, 8);
  return payload;
}

export function decodeGoAway(payload: Uint8Array): ErrorPayload & { readonly lastStream: number } {
  if (payload.byteLength < 8 || payload.byteLength > 8 + maxReasonBytes) {
    throw new ProtocolError(ErrorCode.Protocol, `GOAWAY of ${payload.byteLength} bytes`);
  }

  const view = viewOf(payload);
  return { lastStream: view.getUint32(0), code: view.getUint32(4), reason: decodeUtf8(payload.subarray(8)) };
}

/** Status and reason of WS_CLOSE; no status is `undefined`. */
export function decodeClose(payload: Uint8Array): { readonly status: number | undefined; readonly reason: string } {
  return payload.byteLength < 2
    ? { status: undefined, reason: "" }
    : { status: viewOf(payload).getUint16(0), reason: decodeUtf8(payload.subarray(2)) };
}

/** @throws {ProtocolError} PROTOCOL for bytes that are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw error instanceof TypeError ? new ProtocolError(ErrorCode.Protocol, "text that is not UTF-8") : error;
  }
}

/** UTF-8 of `text`, cut at a character boundary to at most `maxBytes`. */
export function truncateUtf8(text: string, maxBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = encoder.encode(text);
  if (bytes.byteLength <= maxBytes) {
    return bytes;
  }

  let end = maxBytes;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) {
    end--;
  }

  return bytes.slice(0, end);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
