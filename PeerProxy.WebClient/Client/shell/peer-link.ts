import type { IceServer } from "../protocol/signaling.js";

/** Pre-negotiated channels (docs/protocol.md section 1). */
const controlChannel = { label: "peerproxy-control", id: 0, ordered: true } as const;
const streamsChannel = { label: "peerproxy-streams", id: 1, ordered: false } as const;

export type PathKind = "direct" | "relayed";

export interface PeerLinkEvents {
  candidate(candidate: string, sdpMid: string): void;
  /** Connected, again after a restart, or by another path than before. */
  connected(): void;
  /** No sign of life on the path at the moment; it may come back. */
  unstable(): void;
  /** No path is left, as when this machine leaves its network; a restart may find another one. */
  pathless(): void;
  failed(): void;
}

/** One RTCPeerConnection as the offering side. */
export class PeerLink {
  readonly control: RTCDataChannel;
  readonly streams: RTCDataChannel;
  readonly #connection: RTCPeerConnection;
  readonly #earlyCandidates: RTCIceCandidateInit[] = [];
  readonly #events: PeerLinkEvents;
  #hasAnswer = false;

  constructor(events: PeerLinkEvents) {
    this.#events = events;
    this.#connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.control = this.#connection.createDataChannel(controlChannel.label, { negotiated: true, id: controlChannel.id, ordered: controlChannel.ordered });
    this.streams = this.#connection.createDataChannel(streamsChannel.label, { negotiated: true, id: streamsChannel.id, ordered: streamsChannel.ordered });
    this.#connection.onicecandidate = event => events.candidate(event.candidate?.candidate ?? "", event.candidate?.sdpMid ?? "0");
    this.#connection.onconnectionstatechange = () => {
      switch (this.#connection.connectionState) {
        case "connected":
          events.connected();
          break;
        case "disconnected":
          events.unstable();
          break;
        case "failed":
          // DTLS can fail as well, and that no other path mends.
          if (this.#connection.iceConnectionState === "failed" || this.#connection.iceConnectionState === "disconnected") {
            events.pathless();
          } else {
            events.failed();
          }

          break;
        case "closed":
          events.failed();
          break;
      }
    };
  }

  get isConnected(): boolean {
    return this.#connection.connectionState === "connected";
  }

  /** The offer, not yet applied: it can be signed and sent while the ICE servers are still on the way. */
  async createOffer(isRestart: boolean): Promise<RTCSessionDescriptionInit & { sdp: string }> {
    const offer = await this.#connection.createOffer({ iceRestart: isRestart });
    return { type: "offer", sdp: offer.sdp ?? "" };
  }

  /** Applies the offer and starts gathering. */
  async startGathering(offer: RTCSessionDescriptionInit, iceServers: readonly IceServer[]): Promise<void> {
    if (iceServers.length > 0) {
      this.#connection.setConfiguration({
        bundlePolicy: "max-bundle",
        iceServers: iceServers.map(server => ({ ...server, urls: [...server.urls] })),
      });
    }

    this.#hasAnswer = false;
    await this.#connection.setLocalDescription(offer);
  }

  /** Applies an answer that was verified. */
  async accept(sdp: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: "answer", sdp });
    this.#hasAnswer = true;
    this.#followPath();
    for (const candidate of this.#earlyCandidates.splice(0)) {
      await this.#addCandidate(candidate);
    }
  }

  /** A candidate of the agent; it may come before its answer. */
  async addCandidate(candidate: string, sdpMid: string): Promise<void> {
    const init: RTCIceCandidateInit = { candidate, sdpMid };
    if (this.#hasAnswer) {
      await this.#addCandidate(init);
    } else {
      this.#earlyCandidates.push(init);
    }
  }

  /** Direct, or through a relay that sees only ciphertext; and the round trip in milliseconds. */
  async path(): Promise<{ readonly kind: PathKind; readonly roundTripMs: number | undefined } | undefined> {
    const stats = await this.#connection.getStats();
    const entries = [...stats.values()] as Record<string, unknown>[];
    const transport = entries.find(entry => entry["type"] === "transport");
    const pair = entries.find(entry => entry["id"] === transport?.["selectedCandidatePairId"])
      ?? entries.find(entry => entry["type"] === "candidate-pair" && entry["nominated"] === true && entry["state"] === "succeeded");
    if (pair === undefined) {
      return undefined;
    }

    // Statistics are up to 50 ms old in Chromium; where the transport itself can be asked, it knows of a change that just happened.
    const now = this.#connection.sctp?.transport.iceTransport.getSelectedCandidatePair?.();
    const types: unknown[] = now
      ? [now.local.type, now.remote.type]
      : entries.filter(entry => entry["id"] === pair["localCandidateId"] || entry["id"] === pair["remoteCandidateId"]).map(end => end["candidateType"]);
    const seconds = pair["currentRoundTripTime"];
    return {
      kind: types.includes("relay") ? "relayed" : "direct",
      roundTripMs: typeof seconds === "number" ? Math.round(seconds * 1000) : undefined,
    };
  }

  close(): void {
    this.#connection.onconnectionstatechange = null;
    this.#connection.onicecandidate = null;
    const ice = this.#connection.sctp?.transport.iceTransport;
    if (ice !== undefined) {
      ice.onselectedcandidatepairchange = null;
    }

    this.#connection.close();
  }

  /** A relayed path is often the first to stand; a direct one takes over when it is found. */
  #followPath(): void {
    const ice = this.#connection.sctp?.transport.iceTransport;
    if (ice !== undefined) {
      ice.onselectedcandidatepairchange = () => {
        if (this.isConnected) {
          this.#events.connected();
        }
      };
    }
  }

  async #addCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    try {
      await this.#connection.addIceCandidate(candidate);
    } catch (error) {
      // One unusable candidate (an address family this machine lacks) must not end the rest.
      if (!(error instanceof DOMException) && !(error instanceof TypeError)) {
        throw error;
      }
    }
  }
}
