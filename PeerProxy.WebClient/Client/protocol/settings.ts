import { ErrorCode, ProtocolError } from "./errors.js";
import { viewOf } from "./payloads.js";

/** The version this client speaks. 1: the first. */
export const protocolVersion = 1;

/** One side's settings (docs/protocol.md section 1). Bytes unless the name says otherwise. */
export interface Settings {
  readonly version: number;
  readonly initialStreamCredit: number;
  readonly initialConnectionCredit: number;
  readonly maxStreams: number;
  readonly maxHeadBytes: number;
  readonly features: number;
}

/** What holds until the peer's SETTINGS arrive. */
export const defaultSettings: Settings = {
  version: protocolVersion,
  initialStreamCredit: 1_048_576,
  initialConnectionCredit: 8_388_608,
  maxStreams: 256,
  maxHeadBytes: 262_144,
  features: 0,
};

interface Definition {
  readonly id: number;
  readonly name: keyof Settings;
  readonly max: number;
}

const definitions: readonly Definition[] = [
  { id: 1, name: "version", max: 0xffff_ffff },
  { id: 2, name: "initialStreamCredit", max: 16_777_216 },
  { id: 3, name: "initialConnectionCredit", max: 67_108_864 },
  { id: 4, name: "maxStreams", max: 65_536 },
  { id: 5, name: "maxHeadBytes", max: 1_048_576 },
  { id: 6, name: "features", max: 0xffff_ffff },
];

export function encodeSettings(settings: Settings): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(definitions.length * 6);
  const view = new DataView(payload.buffer);
  definitions.forEach((definition, index) => {
    view.setUint16(index * 6, definition.id);
    view.setUint32(index * 6 + 2, settings[definition.name]);
  });
  return payload;
}

/**
 * Reads SETTINGS. Limits below their default are an error, because frames may already be on the way under the default.
 * @throws {ProtocolError} PROTOCOL or VERSION.
 */
export function decodeSettings(payload: Uint8Array): Settings {
  if (payload.byteLength % 6 !== 0) {
    throw new ProtocolError(ErrorCode.Protocol, `SETTINGS of ${payload.byteLength} bytes`);
  }

  const settings: { -readonly [K in keyof Settings]: Settings[K] } = { ...defaultSettings };
  const view = viewOf(payload);
  for (let offset = 0; offset < payload.byteLength; offset += 6) {
    const id = view.getUint16(offset);
    const value = view.getUint32(offset + 2);
    const definition = definitions.find(candidate => candidate.id === id);
    if (definition === undefined) {
      continue;
    }

    if (definition.name === "version" && value === 0) {
      throw new ProtocolError(ErrorCode.Version, "version 0");
    }

    const isLimit = definition.name !== "version" && definition.name !== "features";
    if (value > definition.max || (isLimit && value < defaultSettings[definition.name])) {
      throw new ProtocolError(ErrorCode.Protocol, `setting ${id} of ${value}`);
    }

    settings[definition.name] = value;
  }

  return settings;
}

/** The version both sides use. */
export function negotiateVersion(ours: number, theirs: number): number {
  return Math.min(ours, theirs);
}
