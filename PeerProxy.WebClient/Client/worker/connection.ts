import { ReceiveCredit, SendCredit } from "../protocol/credit.js";
import { describeError, ErrorCode, ProtocolError } from "../protocol/errors.js";
import { decodeFrame, encodeFrame, FrameType, isCredited, isSequenced, type Frame } from "../protocol/frames.js";
import { bodyFrameBytes, maxPayloadBytes } from "../protocol/limits.js";
import { decodeCredit, decodeGoAway, decodeReset, decodeUtf8, encodeCredit, encodeGoAway, encodeReset } from "../protocol/payloads.js";
import { decodeSettings, defaultSettings, encodeSettings, negotiateVersion, protocolVersion, type Settings } from "../protocol/settings.js";
import { Channels } from "./channels.js";
import { Heartbeat } from "./heartbeat.js";
import { SendScheduler } from "./send-scheduler.js";
import { TunnelStream, type StreamEvents } from "./tunnel-stream.js";

/** Our limits. A stream starts with four times the default, since a start that doubles its rate uses up a smaller window before it can be widened, and is
 * widened as its page reads; the connection's window holds eight of the widest, so that a few paused downloads do not stop the rest. */
const ourSettings: Settings = { ...defaultSettings, initialStreamCredit: 4 * 1_048_576, initialConnectionCredit: 64 * 1_048_576 };

const encoder = new TextEncoder();

export interface ConnectionEvents {
  /** The agent's SETTINGS arrived. */
  opened(): void;
  /** Streams can be opened, or a stream ended: there may be room for one that waits. */
  roomForStreams(): void;
  /** All streams have failed; the connection is of no more use. */
  lost(code: number, message: string): void;
  control(message: Record<string, unknown>): void;
}

/** One connection to the agent (docs/protocol.md sections 1 to 5): frames in and out of two data channels, streams by number. */
export class Connection {
  settings = ourSettings;
  readonly #events: ConnectionEvents;
  readonly #channels: Channels;
  readonly #streams = new Map<number, TunnelStream>();
  readonly #scheduler = new SendScheduler();
  readonly #sendCredit = new SendCredit(defaultSettings.initialConnectionCredit);
  readonly #receiveCredit = new ReceiveCredit(ourSettings.initialConnectionCredit);
  readonly #heartbeat: Heartbeat;
  #peer = defaultSettings;
  #nextStream = 1;
  #isStarted = false;
  #isGoingAway = false;
  #isLost = false;

  constructor(control: RTCDataChannel, streams: RTCDataChannel, events: ConnectionEvents) {
    this.#events = events;
    this.#heartbeat = new Heartbeat(
      () => this.#channels.sendControl(encodeFrame(FrameType.Heartbeat, 0, 0, crypto.getRandomValues(new Uint8Array(8)))),
      () => this.#lose(ErrorCode.Timeout, "The other side has not been heard of for a while."));
    this.#channels = new Channels(control, streams, {
      opened: () => this.#start(),
      message: data => this.#receive(data),
      writable: () => this.#pump(),
      closed: () => this.#lose(ErrorCode.GoingAway, "The connection was closed."),
    });
    this.#start();
  }

  /** True when a new stream can be opened now. */
  get canOpen(): boolean {
    return this.#isStarted && !this.#isGoingAway && !this.#isLost && this.#streams.size < this.#peer.maxStreams;
  }

  /** Sends on a further channel too, and takes frames from it. */
  addLane(channel: RTCDataChannel): void {
    this.#channels.addLane(channel);
  }

  /** Opens the next stream. Its number is taken here, so the caller must send on it. */
  open(urgency: number, events: StreamEvents): TunnelStream {
    const stream = new TunnelStream(this, this.#nextStream++, urgency, this.#peer.initialStreamCredit, ourSettings.initialStreamCredit, events);
    this.#streams.set(stream.id, stream);
    return stream;
  }

  wantsToSend(stream: TunnelStream): void {
    this.#scheduler.add(stream);
    this.#pump();
  }

  sendCredit(stream: number, limit: number): void {
    this.#channels.sendControl(encodeFrame(FrameType.Credit, stream, 0, encodeCredit(limit)));
  }

  sendReset(stream: number, code: number, reason: string): void {
    this.#channels.sendControl(encodeFrame(FrameType.Reset, stream, 0, encodeReset(code, reason)));
  }

  sendControlMessage(message: Record<string, unknown>): void {
    this.#channels.sendControl(encodeFrame(FrameType.Control, 0, 0, encoder.encode(JSON.stringify(message))));
  }

  consume(bytes: number): void {
    const limit = this.#receiveCredit.consume(bytes);
    if (limit !== undefined && !this.#isLost) {
      this.sendCredit(0, limit);
    }
  }

  forget(stream: TunnelStream): void {
    this.#scheduler.remove(stream);
    if (!this.#streams.delete(stream.id)) {
      return;
    }

    if (this.#isGoingAway && this.#streams.size === 0) {
      this.#lose(ErrorCode.GoingAway, "The agent is shutting down.");
    } else {
      this.#events.roomForStreams();
    }
  }

  probe(patienceMs: number): void {
    this.#heartbeat.probe(patienceMs);
  }

  /** Gives the connection up: every stream fails, so that what can be repeated is. */
  close(message: string): void {
    this.#lose(ErrorCode.GoingAway, message);
  }

  #start(): void {
    // The constructor of the channels reports open channels before the field is set; the call after it does the work then.
    if (this.#isStarted || this.#channels === undefined || !this.#channels.isOpen) {
      return;
    }

    this.#isStarted = true;
    this.#channels.sendControl(encodeFrame(FrameType.Settings, 0, 0, encodeSettings(ourSettings)));
    this.#events.roomForStreams();
  }

  #receive(data: ArrayBuffer | string): void {
    this.#heartbeat.arrived();
    try {
      if (typeof data === "string") {
        throw new ProtocolError(ErrorCode.Protocol, "a text message");
      }

      const frame = decodeFrame(data);
      if (frame !== undefined) {
        this.#dispatch(frame);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        throw error;
      }

      this.#channels.sendControl(encodeFrame(FrameType.GoAway, 0, 0, encodeGoAway(0, error.code, error.message)));
      this.#lose(error.code, describeError(error.code, error.message));
    }
  }

  #dispatch(frame: Frame): void {
    if (isSequenced(frame.type)) {
      this.#receiveSequenced(frame);
      return;
    }

    switch (frame.type) {
      case FrameType.Settings:
        this.#receiveSettings(decodeSettings(frame.payload));
        break;
      case FrameType.Credit:
        this.#receiveCreditFrame(frame.stream, decodeCredit(frame.payload));
        break;
      case FrameType.Reset: {
        const { code, reason } = decodeReset(frame.payload);
        this.#streams.get(frame.stream)?.receiveReset(code, reason);
        break;
      }
      case FrameType.GoAway: {
        const { lastStream, code, reason } = decodeGoAway(frame.payload);
        this.#goAway(lastStream, code, reason);
        break;
      }
      case FrameType.Heartbeat:
        if (!frame.final) {
          this.#channels.sendControl(encodeFrame(FrameType.Heartbeat, 0, 0, frame.payload, true));
        }

        break;
      case FrameType.Control:
        this.#receiveControl(frame.payload);
        break;
    }
  }

  #receiveSequenced(frame: Frame): void {
    const bytes = isCredited(frame.type) ? frame.payload.byteLength : 0;
    this.#receiveCredit.receive(bytes);
    const stream = this.#streams.get(frame.stream);
    if (stream === undefined) {
      this.consume(bytes);
    } else {
      stream.receive(frame);
    }
  }

  #receiveSettings(settings: Settings): void {
    negotiateVersion(protocolVersion, settings.version);
    this.#peer = settings;
    this.#sendCredit.raise(settings.initialConnectionCredit);
    for (const stream of this.#streams.values()) {
      stream.sendCredit.raise(settings.initialStreamCredit);
    }

    this.#events.opened();
    this.#events.roomForStreams();
    this.#pump();
  }

  #receiveCreditFrame(stream: number, limit: number): void {
    (stream === 0 ? this.#sendCredit : this.#streams.get(stream)?.sendCredit)?.raise(limit);
    this.#pump();
  }

  #receiveControl(payload: Uint8Array): void {
    let message: unknown;
    try {
      message = JSON.parse(decodeUtf8(payload));
    } catch (error) {
      throw error instanceof SyntaxError ? new ProtocolError(ErrorCode.Protocol, "CONTROL that is not JSON") : error;
    }

    if (typeof message === "object" && message !== null && "type" in message) {
      this.#events.control(message as Record<string, unknown>);
    }
  }

  #goAway(lastStream: number, code: number, reason: string): void {
    this.#isGoingAway = true;
    for (const stream of [...this.#streams.values()]) {
      if (stream.id > lastStream) {
        stream.fail(ErrorCode.Refused, reason);
      }
    }

    if (code !== ErrorCode.NoError || this.#streams.size === 0) {
      this.#lose(code, describeError(code, reason));
    }
  }

  /** Fills the channel's queue, but never beyond what keeps it busy: a more urgent stream may come in the meantime. */
  #pump(): void {
    while (this.#isStarted && !this.#isLost) {
      if (!this.#channels.hasRoom) {
        this.#channels.reached();
        return;
      }

      const stream = this.#scheduler.next(candidate => candidate.outbox.canSend(this.#creditOf(candidate)));
      if (stream === undefined) {
        return;
      }

      const frame = stream.outbox.next(this.#creditOf(stream), this.#frameBytes, type => type !== FrameType.Body);
      const bytes = isCredited(frame.type) ? frame.payload.byteLength : 0;
      this.#sendCredit.take(bytes);
      stream.sendCredit.take(bytes);
      const message = encodeFrame(frame.type, stream.id, stream.takeSequence(frame), frame.payload, frame.final, frame.more);
      if (stream.outbox.isEmpty) {
        this.#scheduler.remove(stream);
      }

      this.#channels.sendStream(message);
      stream.reportSent(bytes);
    }
  }

  /** Large frames for a stream alone on the connection, small ones when others want their turn; less on a path that takes long for so much. */
  get #frameBytes(): number {
    return Math.floor(Math.min(this.#streams.size <= 1 ? maxPayloadBytes : bodyFrameBytes, this.#channels.messageBytes));
  }

  #creditOf(stream: TunnelStream): number {
    return Math.min(stream.sendCredit.available, this.#sendCredit.available);
  }

  #lose(code: number, message: string): void {
    if (this.#isLost) {
      return;
    }

    this.#isLost = true;
    this.#heartbeat.stop();
    this.#channels.close();
    for (const stream of [...this.#streams.values()]) {
      stream.fail(ErrorCode.GoingAway, message);
    }

    this.#events.lost(code, message);
  }
}
