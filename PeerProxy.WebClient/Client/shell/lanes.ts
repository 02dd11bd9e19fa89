import { maxLanes, type LaneMessage } from "../protocol/lanes.js";
import type { IceServer } from "../protocol/signaling.js";
import type { TunnelHost } from "./tunnel-host.js";

/** Pre-negotiated (docs/protocol.md section 8). */
const laneChannel = { label: "peerproxy-lane", id: 1, ordered: false } as const;

/** How long a silent lane may come back by itself before its ICE is restarted. */
const restartAfterMs = 2_000;

/**
 * Further peer connections of one session, opened when the agent finds that uploads lose packets. They are negotiated inside the first one, whose
 * other end is verified, so their descriptions need no signature and no server sees them.
 */
export class Lanes {
  readonly #host: TunnelHost;
  readonly #failed: () => void;
  readonly #lanes = new Map<number, Lane>();
  #iceServers: readonly IceServer[] = [];

  /** @param failed a lane that had been open is gone for good, and what was on its way with it. */
  constructor(host: TunnelHost, failed: () => void) {
    this.#host = host;
    this.#failed = failed;
  }

  useIceServers(iceServers: readonly IceServer[]): void {
    if (iceServers.length === 0) {
      // The node did not say in time: what it said before is better than nothing.
      return;
    }

    this.#iceServers = iceServers;
    for (const lane of this.#lanes.values()) {
      lane.useIceServers(iceServers);
    }
  }

  receive(message: LaneMessage): void {
    switch (message.type) {
      case "lanes":
        this.#open(Math.min(message.lane, maxLanes));
        break;
      case "lane-answer":
        this.#lanes.get(message.lane)?.accept(message.sdp);
        break;
      case "lane-candidate":
        this.#lanes.get(message.lane)?.addCandidate(message.candidate);
        break;
      case "lane-offer":
        break;
    }
  }

  /** The first connection has found another path: so must the others. */
  restart(): void {
    for (const lane of this.#lanes.values()) {
      lane.restart();
    }
  }

  close(): void {
    for (const lane of this.#lanes.values()) {
      lane.close();
    }

    this.#lanes.clear();
  }

  #open(count: number): void {
    for (let number = this.#lanes.size + 1; number <= count; number++) {
      const lane = new Lane(number, this.#iceServers, message => this.#host.post({ type: "lane-message", message }), this.#failed);
      this.#lanes.set(number, lane);
      this.#host.addLane(lane.channel);
      lane.start();
    }
  }
}

/** One further RTCPeerConnection as the offering side. */
class Lane {
  readonly channel: RTCDataChannel;
  readonly #number: number;
  readonly #connection: RTCPeerConnection;
  readonly #send: (message: LaneMessage) => void;
  #wasConnected = false;
  #restartTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(number: number, iceServers: readonly IceServer[], send: (message: LaneMessage) => void, failed: () => void) {
    this.#number = number;
    this.#send = send;
    this.#connection = new RTCPeerConnection(configurationOf(iceServers));
    this.channel = this.#connection.createDataChannel(laneChannel.label, { negotiated: true, id: laneChannel.id, ordered: laneChannel.ordered });
    this.#connection.onicecandidate = event => send({ type: "lane-candidate", lane: number, candidate: event.candidate?.candidate ?? "" });
    this.#connection.onconnectionstatechange = () => {
      clearTimeout(this.#restartTimer);
      switch (this.#connection.connectionState) {
        case "connected":
          this.#wasConnected = true;
          break;
        case "disconnected":
          this.#restartTimer = setTimeout(() => this.restart(), restartAfterMs);
          break;
        case "failed":
        case "closed":
          // One that never stood carried nothing: the session does without it.
          if (this.#wasConnected) {
            failed();
          }

          break;
      }
    };
  }

  /** For what is gathered from the next restart on. */
  useIceServers(iceServers: readonly IceServer[]): void {
    this.#connection.setConfiguration(configurationOf(iceServers));
  }

  start(): void {
    void this.#offer(false);
  }

  restart(): void {
    void this.#offer(true);
  }

  accept(sdp: string): void {
    this.#connection.setRemoteDescription({ type: "answer", sdp }).catch(ignoreRefusal);
  }

  addCandidate(candidate: string): void {
    this.#connection.addIceCandidate({ candidate, sdpMid: "0" }).catch(ignoreRefusal);
  }

  close(): void {
    clearTimeout(this.#restartTimer);
    this.#connection.onconnectionstatechange = null;
    this.#connection.onicecandidate = null;
    this.#connection.close();
  }

  async #offer(iceRestart: boolean): Promise<void> {
    try {
      const offer = await this.#connection.createOffer({ iceRestart });
      this.#send({ type: "lane-offer", lane: this.#number, sdp: offer.sdp ?? "" });
      await this.#connection.setLocalDescription(offer);
    } catch (error) {
      ignoreRefusal(error);
    }
  }
}

function configurationOf(iceServers: readonly IceServer[]): RTCConfiguration {
  return { bundlePolicy: "max-bundle", iceServers: iceServers.map(server => ({ ...server, urls: [...server.urls] })) };
}

/** A description or candidate the browser refuses: the lane does not come up, which is no loss; if it stood, its state will tell. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof DOMException) && !(error instanceof TypeError)) {
    throw error;
  }
}
