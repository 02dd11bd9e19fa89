// Signaling messages (docs/protocol.md section 6), as a visitor sends and receives them.

export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

export interface SessionProof {
  readonly publicKey: string;
  readonly signature: string;
}

export type ToSignaling =
  | { readonly mtype: "offer"; readonly payload: { readonly sdp: string; readonly nonce: string; readonly session?: SessionProof; readonly restart: boolean } }
  | { readonly mtype: "candidate"; readonly payload: { readonly candidate: string; readonly sdpMid: string } }
  | { readonly mtype: "leave"; readonly payload: { readonly reason: string } }
  | { readonly mtype: "ping" | "pong"; readonly payload: { readonly t: unknown } };

export type FromSignaling =
  | { readonly mtype: "challenge"; readonly payload: { readonly nonce: string; readonly node: string; readonly version: number } }
  | { readonly mtype: "iceServers"; readonly payload: { readonly iceServers: readonly IceServer[]; readonly expiresAt: number } }
  | { readonly mtype: "answer"; readonly payload: { readonly sdp: string; readonly publicKey: string; readonly signature: string } }
  | { readonly mtype: "candidate"; readonly payload: { readonly candidate: string; readonly sdpMid: string } }
  | { readonly mtype: "leave"; readonly payload: { readonly reason: string } }
  | { readonly mtype: "ping" | "pong"; readonly payload: { readonly t: unknown } }
  | { readonly mtype: "error"; readonly payload: SignalingError }
  | { readonly mtype: "drain"; readonly payload: { readonly reconnectWithinSeconds: number } };

export interface SignalingError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly about: string;
}

/** A message for an agent. `sender` is left out: the node sets it. */
export function encodeSignaling(message: ToSignaling, recipient: string): string {
  return JSON.stringify({ mtype: message.mtype, recipient, payload: message.payload });
}

/** Reads one text frame. Undefined for what is not a message we know: a newer node may send more. */
export function decodeSignaling(text: string): FromSignaling | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }

    throw error;
  }

  const payload = isObject(value) ? value["payload"] ?? {} : undefined;
  if (!isObject(value) || !isObject(payload)) {
    return undefined;
  }

  const mtype = value["mtype"];
  const shape = typeof mtype === "string" ? shapes[mtype] : undefined;
  return shape !== undefined && shape(payload) ? ({ mtype, payload } as unknown as FromSignaling) : undefined;
}

type Shape = (payload: Record<string, unknown>) => boolean;

const shapes: Record<string, Shape> = {
  challenge: payload => typeof payload["nonce"] === "string",
  iceServers: payload => Array.isArray(payload["iceServers"]) && payload["iceServers"].every(isIceServer),
  answer: payload => ["sdp", "publicKey", "signature"].every(name => typeof payload[name] === "string"),
  candidate: payload => typeof payload["candidate"] === "string",
  leave: () => true,
  ping: () => true,
  pong: () => true,
  error: payload => typeof payload["code"] === "string",
  drain: () => true,
};

function isIceServer(value: unknown): boolean {
  return isObject(value) && Array.isArray(value["urls"]) && value["urls"].every(url => typeof url === "string");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
