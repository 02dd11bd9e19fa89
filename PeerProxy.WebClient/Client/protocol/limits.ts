/** Bytes of the fixed frame header. */
export const frameHeaderBytes = 12;

/** Largest payload of one frame: what a 65,535-byte message holds after the header. */
export const maxPayloadBytes = 65_523;

/** Payload of one BODY frame we send: small enough that an urgent stream waits for little, large enough that headers cost under 0.1 %. */
export const bodyFrameBytes = 16_384;

/** What we let wait in a data channel's own queue before its rate is known: 40 ms at 50 Mbit/s. */
export const startChannelQueueBytes = 256 * 1024;

/** The most that may wait there, however fast the path seems. */
export const maxChannelQueueBytes = 1024 * 1024;

/** What may wait there on the slowest path: two frames, so that it does not run dry while the next is made. */
export const minChannelQueueBytes = bodyFrameBytes;

/** The largest window a receiver widens a stream to: 300 Mbit/s at 100 ms, or 60 at 200 ms where losses take several round trips to repair. */
export const maxStreamWindowBytes = 8 * 1024 * 1024;

/** Credit is granted at least this often, so that almost a whole large window is there while a grant is on its way. */
export const maxGrantBytes = 256 * 1024;

/** Largest reason text of RESET and GOAWAY, in bytes of UTF-8. */
export const maxReasonBytes = 256;

/** Largest reason text of a WebSocket close, in bytes of UTF-8 (RFC 6455 section 5.5: 125 minus the status code). */
export const maxCloseReasonBytes = 123;

/** Largest payload of WebSocket ping and pong (RFC 6455 section 5.5). */
export const maxPingBytes = 125;

/** How far a sequence number may be ahead of the next one expected: bounds what a flood of empty frames can hold. */
export const maxSequenceGap = 65_536;

/** A WebSocket message larger than this is refused: the browser would have to hold it whole. */
export const maxWebSocketMessageBytes = 256 * 1024 * 1024;

/** Silence after which a side asks for a sign of life, in milliseconds. */
export const heartbeatAfterMs = 10_000;

/** Silence after asking that means the connection is lost, in milliseconds. */
export const heartbeatLostMs = 30_000;

/** Largest signaling message, in bytes of UTF-8. */
export const maxSignalingBytes = 64 * 1024;

/** Payload of HEARTBEAT, in bytes. */
export const heartbeatBytes = 8;
