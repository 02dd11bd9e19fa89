// Runs PeerProxy.Tests/Vectors against the client's protocol folder. `window.runVectors()` gives the names of the cases that fail, and how many ran.
import { SendCredit, ReceiveCredit } from "/.peerproxy/protocol/credit.js";
import { ErrorCode, ProtocolError } from "/.peerproxy/protocol/errors.js";
import { decodeFieldSection, encodeFieldSection } from "/.peerproxy/protocol/field-section.js";
import { decodeFrame, encodeFrame, FrameType } from "/.peerproxy/protocol/frames.js";
import * as payloads from "/.peerproxy/protocol/payloads.js";
import { ReorderBuffer } from "/.peerproxy/protocol/reorder.js";
import { decodeSettings, encodeSettings } from "/.peerproxy/protocol/settings.js";
import { decodeSignaling } from "/.peerproxy/protocol/signaling.js";
import { answerStatement, fingerprintOf, registrationStatement, sessionStatement } from "/.peerproxy/protocol/statements.js";
import { parseRange } from "/.peerproxy/service-worker/http-cache/byte-range.js";
import { decide } from "/.peerproxy/service-worker/http-cache/decision.js";
import { isStorable } from "/.peerproxy/service-worker/http-cache/storability.js";
import { invalidated, mergeFields } from "/.peerproxy/service-worker/http-cache/validation.js";
import { matchVariant, variantKey } from "/.peerproxy/service-worker/http-cache/variants.js";
import { parseLink } from "/.peerproxy/shell/link.js";
import { verifyStatement } from "/.peerproxy/shell/trust.js";
import { QueueLimit } from "/.peerproxy/worker/queue-limit.js";

const typeNames = {
  BODY: "Body", HEADERS: "Headers", HEARTBEAT: "Heartbeat", SETTINGS: "Settings", CREDIT: "Credit", RESET: "Reset", TRAILERS: "Trailers",
  WS_OPEN: "WsOpen", WS_TEXT: "WsText", WS_BINARY: "WsBinary", WS_PING: "WsPing", WS_PONG: "WsPong", WS_CLOSE: "WsClose", GOAWAY: "GoAway", CONTROL: "Control",
};

const hex = bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");
const unhex = text => Uint8Array.from(text.match(/../g) ?? [], pair => parseInt(pair, 16));

let failures;
let count;

function check(name, isRight, shown = "") {
  count++;
  if (!isRight) {
    failures.push(`${name} ${typeof shown === "string" ? shown : JSON.stringify(shown)}`);
  }
}

function errorOf(action) {
  try {
    action();
    return undefined;
  } catch (error) {
    return error instanceof ProtocolError ? error.code : error;
  }
}

/** `expected` has no member that `actual` has differently. */
function covers(actual, expected) {
  return typeof expected !== "object" || expected === null
    ? actual === expected
    : Object.entries(expected).every(([name, value]) => covers(actual?.[name], value));
}

function readPayload(frame) {
  switch (frame.type) {
    case FrameType.Settings: return decodeSettings(frame.payload);
    case FrameType.Credit: return payloads.decodeCredit(frame.payload);
    case FrameType.Reset: return payloads.decodeReset(frame.payload);
    case FrameType.GoAway: return payloads.decodeGoAway(frame.payload);
    case FrameType.WsClose: return payloads.decodeClose(frame.payload);
    default: return undefined;
  }
}

const errorCodes = { PROTOCOL: ErrorCode.Protocol, VERSION: ErrorCode.Version, TOO_LARGE: ErrorCode.TooLarge };

const suites = {
  frames({ valid, ignored, invalid }) {
    for (const vector of valid) {
      const message = vector.hex === undefined ? unhex(vector.headerHex + vector.payloadRepeat.byte.toString(16).repeat(vector.payloadRepeat.count)) : unhex(vector.hex);
      const frame = decodeFrame(message.buffer);
      const type = FrameType[typeNames[vector.type]];
      check(vector.name, frame.type === type && frame.stream === vector.stream && frame.sequence === vector.sequence
        && frame.final === vector.final && frame.more === vector.more && (vector.payload === undefined || hex(frame.payload) === vector.payload), frame);
      const value = readPayload(frame);
      if (vector.type === "CREDIT") {
        check(vector.name, value === Math.min(Number(vector.value.limit), Number.MAX_SAFE_INTEGER), value);
      } else if (value !== undefined && vector.type !== "WS_CLOSE") {
        check(vector.name, covers(value, vector.value), value);
      }

      // What we write has no reserved bits and no IGNORABLE.
      if ((vector.flags & 0x00e8) === 0) {
        const written = encodeFrame(type, frame.stream, frame.sequence, frame.payload, frame.final, frame.more);
        check(`${vector.name}, written`, hex(written) === hex(message), hex(written).slice(0, 200));
      }

      if (vector.type === "SETTINGS" && frame.payload.byteLength === 36) {
        check(`${vector.name}, written`, hex(encodeSettings(value)) === vector.payload);
      }
    }

    ignored.forEach(vector => check(vector.name, decodeFrame(unhex(vector.hex).buffer) === undefined));
    for (const vector of invalid) {
      const code = errorOf(() => readPayload(decodeFrame(unhex(vector.hex).buffer)));
      check(vector.name, code === errorCodes[vector.error], String(code));
    }
  },

  heads({ valid, decodeOnly, invalid }) {
    for (const vector of [...valid, ...decodeOnly]) {
      check(vector.name, covers(decodeFieldSection(unhex(vector.hex), 262_144), vector.fields));
    }

    valid.forEach(vector => check(`${vector.name}, written`, hex(encodeFieldSection(vector.fields)) === vector.hex));
    for (const vector of invalid) {
      const code = errorOf(() => decodeFieldSection(unhex(vector.hex), vector.maxBytes ?? 262_144));
      check(vector.name, code === errorCodes[vector.error], String(code));
    }
  },

  credit({ send, receive }) {
    for (const vector of send) {
      const credit = new SendCredit(vector.initial);
      for (const step of vector.steps) {
        if (step.op === "spend") {
          credit.take(step.bytes);
        } else {
          credit.raise(Number(step.limit));
        }

        check(vector.name, credit.available === Number(step.available), String(credit.available));
      }
    }

    for (const vector of receive) {
      const credit = new ReceiveCredit(vector.window);
      for (const step of vector.steps) {
        if (step.op === "receive") {
          check(vector.name, (errorOf(() => credit.receive(step.bytes)) === undefined) === step.ok);
        } else if (step.op === "consume") {
          check(vector.name, (credit.consume(step.bytes) ?? null) === (step.grant === null ? null : Number(step.grant)));
        } else {
          credit.widen(step.window);
        }
      }
    }
  },

  reorder({ cases }) {
    for (const vector of cases) {
      const buffer = new ReorderBuffer();
      for (const step of vector.steps) {
        let ready = [];
        const code = errorOf(() => {
          ready = buffer.add({ sequence: step.sequence, final: step.final });
        });
        const delivers = ready.map(frame => frame.sequence);
        check(vector.name, step.result === "PROTOCOL" ? code === ErrorCode.Protocol : code === undefined && String(delivers) === String(step.delivers ?? []), delivers);
      }

      if (vector.complete !== undefined) {
        check(`${vector.name}, complete`, buffer.isComplete === vector.complete);
      }
    }
  },

  signaling({ valid, invalid }) {
    const forVisitors = new Set(["challenge", "iceServers", "answer", "candidate", "leave", "ping", "pong", "error", "drain"]);
    for (const vector of valid.filter(each => forVisitors.has(each.message.mtype))) {
      const message = decodeSignaling(vector.json);
      check(vector.name, message !== undefined && message.mtype === vector.message.mtype && covers(message.payload, vector.message.payload), message);
    }

    // A browser ignores what a node must refuse; none of it may throw.
    invalid.forEach(vector => check(vector.name, errorOf(() => decodeSignaling(vector.json)) === undefined));
  },

  async identity({ statements, fingerprints, fragments }) {
    for (const vector of statements) {
      const text = vector.kind === "registration" ? registrationStatement(vector.nonce, vector.wantedName, vector.epoch)
        : vector.kind === "answer" ? answerStatement(vector.peerId, vector.nonce, vector.visitorFingerprint, vector.agentFingerprint)
          : sessionStatement(vector.peerId, vector.nonce, vector.visitorFingerprint);
      check(`${vector.name}, text`, text === vector.text);
      check(vector.name, await verifyStatement(vector.publicKey, text, vector.signature) === vector.verifies);
    }

    fingerprints.forEach(vector => check(vector.name, (fingerprintOf(vector.sdp) ?? null) === vector.fingerprint));
    for (const vector of fragments) {
      const link = parseLink({ hostname: "a.b", pathname: "/", search: "", hash: vector.fragment === "" ? "" : `#${vector.fragment}` });
      check(vector.name ?? vector.fragment, (link.keyHash ?? null) === vector.keyHash && link.sitePath === (vector.site === "" ? "/" : `/#${vector.site}`), link);
    }
  },

  "http-cache"({ receivedAt, decisions, storable, variants, ranges, merges, invalidations }) {
    const dated = response => (response === null ? undefined : { ...response, requestTime: receivedAt, responseTime: receivedAt });
    for (const vector of decisions) {
      const decision = decide(vector, dated(vector.response), vector.match, receivedAt + vector.afterSeconds * 1000);
      check(vector.name, decision === vector.decision, decision);
    }

    storable.forEach(vector => check(vector.name, isStorable(vector.method, vector.mode, vector.cacheControl, dated(vector.response)) === vector.stored));
    for (const vector of variants) {
      const match = matchVariant(variantKey(vector.vary, vector.stored), vector.request);
      check(vector.name, match === vector.match, match);
    }

    for (const [range, size, expected] of ranges) {
      const parsed = parseRange(range, size);
      const shown = parsed === undefined ? null : typeof parsed === "string" ? parsed : [parsed.first, parsed.last];
      check(`${range} of ${size}`, String(shown) === String(expected), shown);
    }

    for (const vector of merges) {
      const merged = mergeFields(vector.stored, vector.notModified);
      check(vector.name, JSON.stringify(merged) === JSON.stringify(vector.merged), merged);
    }

    for (const vector of invalidations) {
      const urls = invalidated(vector.method, "http://a.localhost/x?y", vector.status, vector.fields);
      check(vector.name, String(urls) === String(vector.urls), urls);
    }
  },

  queue({ start, limits }) {
    for (const vector of limits) {
      const limit = new QueueLimit(vector.start ?? start);
      for (const step of vector.steps) {
        if (step.reached === undefined) {
          limit.drained(step.drained, step.at);
        } else {
          limit.reached(step.reached, step.at);
        }
      }

      check(vector.name, limit.bytes === vector.bytes, String(limit.bytes));
    }
  },
};

window.runVectors = async () => {
  failures = [];
  count = 0;
  for (const [name, run] of Object.entries(suites)) {
    const response = await fetch(`/.peerproxy/test/${name}.json`);
    await run(await response.json());
  }

  return { count, failures };
};
