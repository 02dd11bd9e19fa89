import { ErrorCode, ProtocolError } from "./errors.js";
import { frameHeaderBytes, heartbeatBytes, maxCloseReasonBytes, maxPayloadBytes, maxPingBytes, maxReasonBytes } from "./limits.js";

/*
 docs/protocol.md section 1, network byte order:

  0                   1                   2                   3
  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 +---------------------------------------------------------------+
 |                     Stream Identifier (32)                    |
 +-------------------------------+-------------------------------+
 |          Length (16)          |   Sequence Number, high (16)  |
 +-------------------------------+-------------------------------+
 |   Sequence Number, low (16)   |           Flags (16)          |
 +-------------------------------+-------------------------------+
 |                    Payload (Length bytes) ...
*/

/** Flag bits; bits 8 to 15 are the type. */
export const FrameFlags = {
  Final: 0x0001,
  Headers: 0x0002,
  Heartbeat: 0x0004,
  Ignorable: 0x0008,
  More: 0x0010,
} as const;

/** What a frame is: the type of the wire, with type 0 split into its three meanings. */
export const FrameType = {
  Body: 0x0000,
  Headers: 0x0002,
  Heartbeat: 0x0004,
  Settings: 0x0100,
  Credit: 0x0200,
  Reset: 0x0300,
  Trailers: 0x0400,
  WsOpen: 0x0500,
  WsText: 0x0600,
  WsBinary: 0x0700,
  WsPing: 0x0800,
  WsPong: 0x0900,
  WsClose: 0x0a00,
  GoAway: 0x0b00,
  Control: 0x0c00,
} as const;

export type FrameType = (typeof FrameType)[keyof typeof FrameType];

/** One frame. `payload` is a view of the received message: copy or transfer it, never keep it beside a reused buffer. */
export interface Frame {
  /** 0 is the connection. */
  readonly stream: number;
  readonly type: FrameType;
  /** From 0, plus 1 per sequenced frame of the stream and direction; 0 for the others. */
  readonly sequence: number;
  /** The last sequenced frame of its direction; of HEARTBEAT: the answer. */
  readonly final: boolean;
  /** The unit goes on in the next sequenced frame. */
  readonly more: boolean;
  readonly payload: Uint8Array<ArrayBuffer>;
}

const knownTypes = new Set<number>(Object.values(FrameType));

const sequencedTypes = new Set<number>([
  FrameType.Body, FrameType.Headers, FrameType.Trailers,
  FrameType.WsOpen, FrameType.WsText, FrameType.WsBinary, FrameType.WsPing, FrameType.WsPong, FrameType.WsClose,
]);

const creditedTypes = new Set<number>([FrameType.Body, FrameType.WsText, FrameType.WsBinary, FrameType.WsPing, FrameType.WsPong]);

const connectionTypes = new Set<number>([FrameType.Settings, FrameType.GoAway, FrameType.Control, FrameType.Heartbeat]);

/** True for the frames that carry a sequence number. */
export function isSequenced(type: FrameType): boolean {
  return sequencedTypes.has(type);
}

/** True for the frames whose payload counts against credit (section 4). */
export function isCredited(type: FrameType): boolean {
  return creditedTypes.has(type);
}

/** The bytes of one data-channel message. */
export function encodeFrame(
  type: FrameType, stream: number, sequence: number, payload: Uint8Array | undefined, final = false, more = false): Uint8Array<ArrayBuffer> {
  const length = payload?.byteLength ?? 0;
  if (length > maxPayloadBytes) {
    throw new RangeError(`A frame carries at most ${maxPayloadBytes} bytes, not ${length}.`);
  }

  const message = new Uint8Array(frameHeaderBytes + length);
  const view = new DataView(message.buffer);
  view.setUint32(0, stream);
  view.setUint16(4, length);
  view.setUint32(6, sequence);
  view.setUint16(10, type | (final ? FrameFlags.Final : 0) | (more ? FrameFlags.More : 0));
  if (payload !== undefined) {
    message.set(payload, frameHeaderBytes);
  }

  return message;
}

/**
 * Reads one data-channel message. Returns undefined for an unknown type that is marked ignorable.
 * @throws {ProtocolError} PROTOCOL for anything malformed: an error of the connection.
 */
export function decodeFrame(message: ArrayBuffer): Frame | undefined {
  if (message.byteLength < frameHeaderBytes) {
    throw new ProtocolError(ErrorCode.Protocol, `a frame of ${message.byteLength} bytes`);
  }

  const view = new DataView(message);
  const length = view.getUint16(4);
  if (length !== message.byteLength - frameHeaderBytes || length > maxPayloadBytes) {
    throw new ProtocolError(ErrorCode.Protocol, `length ${length} in a message of ${message.byteLength} bytes`);
  }

  const stream = view.getUint32(0);
  const flags = view.getUint16(10);
  let type = flags & 0xff00;
  if (type === 0) {
    type = flags & (FrameFlags.Headers | FrameFlags.Heartbeat);
  }

  if (!knownTypes.has(type)) {
    // Two meanings of type 0 at once are no unknown type.
    if ((flags & FrameFlags.Ignorable) !== 0 && (flags & 0xff00) !== 0) {
      return undefined;
    }

    throw new ProtocolError(ErrorCode.Protocol, `unknown frame type 0x${type.toString(16)}`);
  }

  const frame: Frame = {
    stream,
    type: type as FrameType,
    sequence: view.getUint32(6),
    final: (flags & FrameFlags.Final) !== 0,
    more: (flags & FrameFlags.More) !== 0,
    payload: new Uint8Array(message, frameHeaderBytes),
  };
  const isTooLarge = frame.payload.byteLength > (maxPayloadOf[type] ?? maxPayloadBytes);
  if (isTooLarge || !isAcceptable(frame)) {
    throw new ProtocolError(isTooLarge ? ErrorCode.TooLarge : ErrorCode.Protocol, `a frame of type 0x${type.toString(16)} that breaks its rules`);
  }

  return frame;
}

/** Types whose payload has a limit of its own, in bytes. */
const maxPayloadOf: Record<number, number> = {
  [FrameType.Reset]: 4 + maxReasonBytes,
  [FrameType.GoAway]: 8 + maxReasonBytes,
  [FrameType.WsPing]: maxPingBytes,
  [FrameType.WsPong]: maxPingBytes,
  [FrameType.WsClose]: 2 + maxCloseReasonBytes,
};

/** Readable, and as section 1 says for its type: stream, flags and size. */
function isAcceptable(frame: Frame): boolean {
  const { type, stream, final, more } = frame;
  const length = frame.payload.byteLength;
  if (isSequenced(type) || type === FrameType.Reset ? stream === 0 : connectionTypes.has(type) && stream !== 0) {
    return false;
  }

  if (final && more && isSequenced(type) && type !== FrameType.Body) {
    return false;
  }

  switch (type) {
    case FrameType.Heartbeat:
      return length === heartbeatBytes;
    case FrameType.Settings:
      return length % 6 === 0;
    case FrameType.Credit:
      return length === 8;
    case FrameType.Reset:
      return length >= 4;
    case FrameType.GoAway:
      return length >= 8;
    case FrameType.WsOpen:
      return !final;
    case FrameType.WsPing:
    case FrameType.WsPong:
      return !more;
    case FrameType.WsClose:
      return final && length !== 1;
    default:
      return true;
  }
}
