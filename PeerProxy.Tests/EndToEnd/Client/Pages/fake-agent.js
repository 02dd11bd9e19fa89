// An agent in a page: registers at the signaling node, answers offers, serves a site made for the tests. It exists to be controlled: tests reach it as
// `window.agent`. Frames, heads and statements come from the client's own protocol folder; the vectors test those.
import { encodeBase64Url } from "/.peerproxy/protocol/base64url.js";
import { ErrorCode } from "/.peerproxy/protocol/errors.js";
import { decodeFieldSection, encodeFieldSection } from "/.peerproxy/protocol/field-section.js";
import { decodeFrame, encodeFrame, FrameType, isCredited } from "/.peerproxy/protocol/frames.js";
import { decodeCredit, decodeReset, encodeCredit, encodeReset } from "/.peerproxy/protocol/payloads.js";
import { ReorderBuffer } from "/.peerproxy/protocol/reorder.js";
import { decodeSettings, defaultSettings, encodeSettings } from "/.peerproxy/protocol/settings.js";
import { answerStatement, fingerprintOf, registrationStatement } from "/.peerproxy/protocol/statements.js";
import { routes, seen } from "./fake-site.js";

const signing = { name: "ECDSA", hash: "SHA-256" };
const encoder = new TextEncoder();

class FakeAgent {
  name = "";
  keyHash = "";
  sessions = new Set();
  /** Tests may change what is signed. */
  tamper = statement => statement;
  log = [];

  async start(name) {
    this.name = name;
    this.pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    const publicKey = new Uint8Array(await crypto.subtle.exportKey("spki", this.pair.publicKey));
    this.publicKey = encodeBase64Url(publicKey);
    this.keyHash = encodeBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", publicKey)));
    return this.register();
  }

  register() {
    return new Promise((resolve, reject) => {
      this.socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/.peerproxy/signal`);
      this.socket.onmessage = event => this.receive(JSON.parse(event.data), resolve, reject).catch(reject);
      this.socket.onerror = () => reject(new Error("signaling cannot be reached"));
    });
  }

  async receive({ mtype, sender, payload }, resolve, reject) {
    switch (mtype) {
      case "challenge": {
        const epoch = Date.now();
        const signature = await this.sign(registrationStatement(payload.nonce, this.name, epoch));
        this.send({ mtype: "idRequest", payload: { version: 1, name: this.name, publicKey: this.publicKey, signature, epoch } });
        break;
      }
      case "idAssigned":
        resolve({ id: payload.id, keyHash: this.keyHash });
        break;
      case "offer":
        await this.answer(sender, payload);
        break;
      case "candidate":
        await this.bySender(sender)?.addCandidate(payload);
        break;
      case "leave":
        this.bySender(sender)?.close();
        break;
      case "ping":
        this.send({ mtype: "pong", recipient: sender, payload });
        break;
      case "error":
        this.log.push(payload);
        reject(new Error(JSON.stringify(payload)));
        break;
    }
  }

  bySender(sender) {
    return [...this.sessions].find(session => session.sender === sender);
  }

  async answer(sender, offer) {
    let session = offer.restart ? this.bySender(sender) ?? [...this.sessions].at(-1) : undefined;
    if (session === undefined) {
      session = new Session(this, sender);
      this.sessions.add(session);
    }

    session.sender = sender;
    const sdp = await session.accept(offer.sdp);
    const statement = this.tamper(answerStatement(this.name, offer.nonce, fingerprintOf(offer.sdp), fingerprintOf(sdp)));
    this.send({ mtype: "answer", recipient: sender, payload: { sdp, publicKey: this.publicKey, signature: await this.sign(statement) } });
    session.sendCandidates();
  }

  async sign(text) {
    return encodeBase64Url(new Uint8Array(await crypto.subtle.sign(signing, this.pair.privateKey, encoder.encode(text))));
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  /** Ends every connection as a crash would: without a word. */
  drop() {
    this.sessions.forEach(session => session.close());
  }
}

class Session {
  streams = new Map();
  sent = 0;
  limit = defaultSettings.initialConnectionCredit;
  streamLimit = defaultSettings.initialStreamCredit;
  consumed = 0;
  window = defaultSettings.initialConnectionCredit;
  granted = defaultSettings.initialConnectionCredit;
  pendingCandidates = [];
  canSendCandidates = false;
  controlMessages = [];

  constructor(agent, sender) {
    this.agent = agent;
    this.sender = sender;
    this.connection = new RTCPeerConnection();
    this.control = this.connection.createDataChannel("peerproxy-control", { negotiated: true, id: 0 });
    this.data = this.connection.createDataChannel("peerproxy-streams", { negotiated: true, id: 1, ordered: false });
    this.data.bufferedAmountLowThreshold = 256 * 1024;
    for (const channel of [this.control, this.data]) {
      channel.binaryType = "arraybuffer";
      channel.onmessage = event => this.receive(decodeFrame(event.data));
    }

    this.control.onopen = () => this.control.send(encodeFrame(FrameType.Settings, 0, 0, encodeSettings(defaultSettings)));
    this.connection.onicecandidate = event => {
      if (event.candidate !== null) {
        this.pendingCandidates.push(event.candidate);
        this.sendCandidates(this.canSendCandidates);
      }
    };
  }

  async accept(sdp) {
    await this.connection.setRemoteDescription({ type: "offer", sdp });
    const answer = await this.connection.createAnswer();
    await this.connection.setLocalDescription(answer);
    return answer.sdp;
  }

  sendCandidates(canSend = true) {
    this.canSendCandidates = canSend;
    if (canSend) {
      for (const { candidate, sdpMid } of this.pendingCandidates.splice(0)) {
        this.agent.send({ mtype: "candidate", recipient: this.sender, payload: { candidate, sdpMid } });
      }
    }
  }

  async addCandidate({ candidate, sdpMid }) {
    await this.connection.addIceCandidate({ candidate, sdpMid: sdpMid ?? "0" });
  }

  close() {
    this.agent.sessions.delete(this);
    this.connection.close();
    this.streams.forEach(stream => stream.reset(ErrorCode.GoingAway));
  }

  receive(frame) {
    const stream = this.streams.get(frame.stream);
    switch (frame.type) {
      case FrameType.Settings: {
        const settings = decodeSettings(frame.payload);
        this.limit = Math.max(this.limit, settings.initialConnectionCredit);
        this.streamLimit = Math.max(this.streamLimit, settings.initialStreamCredit);
        this.streams.forEach(each => {
          each.limit = Math.max(each.limit, settings.initialStreamCredit);
          each.wake();
        });
        break;
      }
      case FrameType.GoAway:
        break;
      case FrameType.Heartbeat:
        if (!frame.final) {
          this.control.send(encodeFrame(FrameType.Heartbeat, 0, 0, frame.payload, true));
        }

        break;
      case FrameType.Control:
        this.controlMessages.push(JSON.parse(new TextDecoder().decode(frame.payload)));
        break;
      case FrameType.Credit:
        if (frame.stream === 0) {
          this.limit = Math.max(this.limit, decodeCredit(frame.payload));
          this.streams.forEach(each => each.wake());
        } else if (stream !== undefined) {
          stream.limit = Math.max(stream.limit, decodeCredit(frame.payload));
          stream.wake();
        }

        break;
      case FrameType.Reset:
        stream?.reset(decodeReset(frame.payload).code);
        this.streams.delete(frame.stream);
        break;
      default:
        this.receiveSequenced(frame);
    }
  }

  receiveSequenced(frame) {
    let stream = this.streams.get(frame.stream);
    if (stream === undefined) {
      stream = new Stream(this, frame.stream);
      this.streams.set(frame.stream, stream);
    }

    if (isCredited(frame.type)) {
      this.consumed += frame.payload.byteLength;
      stream.consumed += frame.payload.byteLength;
      if (this.granted - this.consumed < this.window / 2) {
        this.granted = this.consumed + this.window;
        this.control.send(encodeFrame(FrameType.Credit, 0, 0, encodeCredit(this.granted)));
      }

      if (stream.granted - stream.consumed < this.streamLimit / 2) {
        stream.granted = stream.consumed + this.streamLimit;
        this.control.send(encodeFrame(FrameType.Credit, frame.stream, 0, encodeCredit(stream.granted)));
      }
    }

    for (const ready of stream.reorder.add(frame)) {
      stream.deliver(ready);
    }
  }
}

/** One request at the agent. Handlers get it and use `respond`, `write`, `end`, `reset`. */
class Stream {
  reorder = new ReorderBuffer();
  limit;
  sent = 0;
  consumed = 0;
  granted = defaultSettings.initialStreamCredit;
  sequence = 0;
  isReset = false;
  resetCode = undefined;
  body = [];
  isBodyEnded = false;
  waiters = [];
  messages = [];

  constructor(session, id) {
    this.session = session;
    this.id = id;
    this.limit = session.streamLimit;
  }

  deliver(frame) {
    if (frame.type === FrameType.Headers || frame.type === FrameType.WsOpen) {
      this.fields = decodeFieldSection(frame.payload, 1 << 20);
      this.isWebSocket = frame.type === FrameType.WsOpen;
      this.method = this.field(":method");
      this.url = new URL(this.field(":path"), `${this.field(":scheme")}://${this.field(":authority")}`);
      this.isBodyEnded = frame.final;
      void this.serve();
    } else if (frame.type === FrameType.Body) {
      this.body.push(frame.payload);
      this.isBodyEnded = frame.final;
    } else {
      this.messages.push(frame);
    }

    this.wake();
  }

  async serve() {
    seen.requests.push({ path: this.url.pathname, cookies: this.fields.filter(([name]) => name === "pp-document-cookie").map(([, value]) => value) });
    if (this.session.agent.isMute && this.url.pathname !== "/crash") {
      return;
    }

    const route = routes[this.url.pathname] ?? routes["*"];
    try {
      await route(this, this.session.agent);
    } catch (error) {
      this.session.agent.log.push(String(error));
      this.fail(ErrorCode.Internal, String(error));
    }
  }

  field(name) {
    return this.fields.find(field => field[0] === name)?.[1];
  }

  async readBody() {
    await this.until(() => this.isBodyEnded);
    return new Uint8Array(await new Blob(this.body).arrayBuffer());
  }

  respond(status, fields = [], final = false) {
    const section = encodeFieldSection([[":status", String(status)], ...fields]);
    this.sendFrame(FrameType.Headers, section, final);
  }

  async write(bytes, final = false, type = FrameType.Body) {
    let offset = 0;
    do {
      const rest = bytes.byteLength - offset;
      await this.until(() => this.isReset || rest === 0
        || (Math.min(this.limit - this.sent, this.session.limit - this.session.sent) > 0 && this.session.data.bufferedAmount < 1 << 20));
      if (this.isReset) {
        return;
      }

      const size = Math.min(16_384, rest, this.limit - this.sent, this.session.limit - this.session.sent);
      const part = bytes.subarray(offset, offset + size);
      offset += size;
      this.sent += size;
      this.session.sent += size;
      const isLast = offset === bytes.byteLength;
      this.sendFrame(type, part, final && isLast, type !== FrameType.Body && !isLast);
    } while (offset < bytes.byteLength);
  }

  sendFrame(type, payload, final = false, more = false) {
    if (!this.isReset && this.session.data.readyState === "open") {
      this.session.data.send(encodeFrame(type, this.id, this.sequence++, payload, final, more));
    }
  }

  async html(text, fields = []) {
    this.respond(200, [["content-type", "text/html; charset=utf-8"], ...fields]);
    await this.write(encoder.encode(text), true);
  }

  async json(value, fields = []) {
    this.respond(200, [["content-type", "application/json"], ...fields]);
    await this.write(encoder.encode(JSON.stringify(value)), true);
  }

  fail(code, reason = "") {
    this.session.control.send(encodeFrame(FrameType.Reset, this.id, 0, encodeReset(code, reason)));
    this.reset(code);
  }

  reset(code) {
    this.isReset = true;
    this.resetCode = code;
    this.wake();
  }

  wake() {
    this.waiters.splice(0).forEach(resolve => resolve());
  }

  /** Waits for a change of this stream or of its credit, or for room in the channel. */
  async until(isTrue) {
    while (!isTrue()) {
      await new Promise(resolve => {
        this.waiters.push(resolve);
        this.session.data.addEventListener("bufferedamountlow", resolve, { once: true });
      });
    }
  }
}

window.agent = new FakeAgent();
