import { encodeBase64Url } from "../protocol/base64url.js";
import type { LaneMessage } from "../protocol/lanes.js";
import type { FromSignaling, IceServer } from "../protocol/signaling.js";
import { Lanes } from "./lanes.js";
import type { Link } from "./link.js";
import { reach } from "./milestones.js";
import { PeerLink } from "./peer-link.js";
import { keyMismatch, lost, noPath, problemOfSignaling, unreachable, type Problem } from "./problem.js";
import type { SessionKey } from "./session-key.js";
import { SignalingSocket } from "./signaling-socket.js";
import type { Store } from "./store.js";
import { UntrustedAnswer, verifyAnswer, type Trust } from "./trust.js";
import type { TunnelHost } from "./tunnel-host.js";

/** Where the agent's key hash is kept. */
export const pinRecord = "agent-key";

/** From the offer to the answer: the agent answers at once, so this is network time and much patience. */
const answerPatienceMs = 15_000;

/** From the answer to the first word of the agent: candidate pairs, DTLS and SCTP on a slow path. */
const openPatienceMs = 25_000;

/** How long a silent path may come back by itself before ICE is restarted. */
const restartAfterMs = 2_000;

/** How long a restart may take before the connection is made anew. */
const restartPatienceMs = 20_000;

/** How soon a restart tries the signaling service again when it could not be reached. */
const restartRetryMs = 1_000;

/**
 * How soon credentials are renewed once more when it did not work, or when the socket that would have brought them has closed: between once and twice
 * this. Nodes send new credentials many minutes before the old ones end, and all visitors of a node that stops should not come back in one second.
 */
const renewRetryMs = 20_000;

export interface AttemptEvents {
  connected(trust: Trust, keyHash: string): void;
  unstable(): void;
  failed(problem: Problem): void;
}

/** One socket and one peer connection, from the first word to the last. Everything that can overlap does. */
export class Attempt {
  readonly #link: Link;
  readonly #store: Promise<Store | undefined>;
  readonly #session: Promise<SessionKey>;
  readonly #events: AttemptEvents;
  readonly #peer: PeerLink;
  readonly #lanes: Lanes;
  #socket: SignalingSocket;
  #offer: { readonly sdp: string; readonly nonce: string } | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #trust: { readonly trust: Trust; readonly keyHash: string } | undefined;
  #isOpen = false;
  #isRestarting = false;
  #isOver = false;

  constructor(link: Link, host: TunnelHost, store: Promise<Store | undefined>, session: Promise<SessionKey>, events: AttemptEvents) {
    this.#link = link;
    this.#store = store;
    this.#session = session;
    this.#events = events;
    this.#peer = new PeerLink({
      candidate: (candidate, sdpMid) => this.#socket.send({ mtype: "candidate", payload: { candidate, sdpMid } }),
      connected: () => {
        reach("connected");
        this.#reconnected();
      },
      unstable: () => this.#unstable(),
      pathless: () => this.#pathless(),
      failed: () => this.fail(this.#isOpen ? lost : noPath),
    });
    this.#lanes = new Lanes(host, () => this.fail(lost));
    host.attach(this.#peer.control, this.#peer.streams);
    const offer = this.#peer.createOffer(false);
    this.#socket = this.#openSocket(iceServers => this.#run(this.#negotiate(offer, iceServers, false)));
    void offer.then(() => reach("offer-created"), () => undefined);
  }

  /** The agent has spoken. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  path(): ReturnType<PeerLink["path"]> {
    return this.#peer.path();
  }

  receiveLane(message: LaneMessage): void {
    if (!this.#isOver) {
      this.#lanes.receive(message);
    }
  }

  /** The agent's first frame is here. */
  opened(): void {
    if (!this.#isOver && this.#trust !== undefined) {
      this.#isOpen = true;
      reach("tunnel-open");
      clearTimeout(this.#deadline);
      this.#events.connected(this.#trust.trust, this.#trust.keyHash);
    }
  }

  fail(problem: Problem): void {
    if (!this.#isOver) {
      this.end();
      this.#events.failed(problem);
    }
  }

  end(): void {
    if (!this.#isOver) {
      this.#isOver = true;
      clearTimeout(this.#deadline);
      clearTimeout(this.#renewal);
      this.#socket.send({ mtype: "leave", payload: { reason: "closed" } });
      this.#socket.close();
      this.#lanes.close();
      this.#peer.close();
    }
  }

  #openSocket(ready: (iceServers: readonly IceServer[]) => void): SignalingSocket {
    return new SignalingSocket(location.origin, this.#link.peerId, {
      ready,
      renewed: () => this.#run(this.#renew()),
      message: message => this.#run(this.#receive(message)),
      failed: error => {
        // A connection that stands needs no signaling.
        if (!this.#isOpen) {
          this.fail(problemOfSignaling(error.code, error.message, this.#link.peerId));
        }
      },
      closed: () => {
        if (!this.#isOpen) {
          this.fail(unreachable);
        } else if (this.#isRestarting) {
          setTimeout(() => this.#signalRestart(), restartRetryMs);
        } else {
          this.#renewLater();
        }
      },
    });
  }

  async #negotiate(offerPromise: Promise<RTCSessionDescriptionInit & { sdp: string }>, iceServers: readonly IceServer[], restart: boolean): Promise<void> {
    const offer = await offerPromise;
    const nonce = encodeBase64Url(crypto.getRandomValues(new Uint8Array(32)));
    const session = await (await this.#session).prove(this.#link.peerId, nonce, offer.sdp);
    if (this.#isOver) {
      return;
    }

    this.#lanes.useIceServers(iceServers);
    this.#offer = { sdp: offer.sdp, nonce };
    this.#socket.send({ mtype: "offer", payload: { sdp: offer.sdp, nonce, session, restart } });
    reach("offer-sent");
    this.#waitFor(answerPatienceMs, { ...lost, cause: "The machine that shares this site did not answer.", kind: "agent-offline", title: "The other machine does not answer" });
    await this.#peer.startGathering(offer, iceServers);
  }

  async #receive(message: FromSignaling): Promise<void> {
    switch (message.mtype) {
      case "answer":
        reach("answer");
        await this.#acceptAnswer(message.payload);
        break;
      case "candidate":
        await this.#peer.addCandidate(message.payload.candidate, message.payload.sdpMid ?? "0");
        break;
      case "leave":
        this.fail(problemOfSignaling("peer-offline", message.payload.reason, this.#link.peerId));
        break;
    }
  }

  async #acceptAnswer(answer: Extract<FromSignaling, { mtype: "answer" }>["payload"]): Promise<void> {
    const offer = this.#offer;
    if (offer === undefined) {
      return;
    }

    this.#offer = undefined;
    const store = await this.#store;
    const pinned = await store?.read<string>(pinRecord);
    let keyHash: string;
    try {
      keyHash = await verifyAnswer(this.#link.peerId, offer.nonce, offer.sdp, answer, this.#link.keyHash, pinned);
    } catch (error) {
      if (!(error instanceof UntrustedAnswer)) {
        throw error;
      }

      this.fail(keyMismatch(error.expectedHash, error.actualHash, error.isFromLink, error.message));
      return;
    }

    if (this.#isOver) {
      return;
    }

    this.#trust = { trust: this.#link.keyHash !== undefined ? "link" : pinned !== undefined ? "pinned" : "first", keyHash };
    await this.#peer.accept(answer.sdp);
    reach("answer-applied");
    if (!this.#isOpen) {
      this.#waitFor(openPatienceMs, noPath);
    } else if (this.#peer.isConnected) {
      // The old path still works: nothing will tell when the new one takes over.
      this.#reconnected();
    } else {
      this.#waitFor(restartPatienceMs, lost);
    }

    if (pinned !== keyHash) {
      await store?.write(pinRecord, keyHash);
    }
  }

  #unstable(): void {
    if (!this.#isOpen || this.#isOver) {
      return;
    }

    this.#events.unstable();
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.restart(), restartAfterMs);
  }

  /** The first connection has failed then; one that stood is restarted, and what decides about a restart is its time. */
  #pathless(): void {
    if (!this.#isOpen) {
      this.fail(noPath);
    } else if (!this.#isRestarting && !this.#isOver) {
      this.#events.unstable();
      this.restart();
    }
  }

  /** RFC 8445 section 2.4: new candidates on the same DTLS and SCTP association, so no stream is lost. */
  restart(): void {
    if (!this.#isOver) {
      this.#waitFor(restartPatienceMs, lost);
      if (!this.#isRestarting) {
        this.#isRestarting = true;
        this.#signalRestart();
      }
    }
  }

  /** A relay may refuse to prolong what was made with credentials that have ended, and a browser cannot change those: a restart makes a new path before that. */
  async #renew(): Promise<void> {
    if (this.#isOpen && !this.#isRestarting && (await this.#peer.path())?.kind === "relayed") {
      this.restart();
    }
  }

  #renewLater(): void {
    clearTimeout(this.#renewal);
    this.#renewal = setTimeout(() => this.#run(this.#renew()), renewRetryMs * (1 + Math.random()));
  }

  /** By a new socket: the old one may have died with the path without knowing, as when this machine has changed networks. */
  #signalRestart(): void {
    if (this.#isRestarting && !this.#isOver) {
      this.#socket.close();
      this.#socket = this.#openSocket(iceServers => {
        if (this.#isRestarting) {
          this.#run(this.#negotiate(this.#peer.createOffer(true), iceServers, true));
        }
      });
    }
  }

  #reconnected(): void {
    if (this.#isOpen && this.#trust !== undefined) {
      if (this.#isRestarting) {
        this.#isRestarting = false;
        this.#lanes.restart();
      }

      clearTimeout(this.#deadline);
      this.#events.connected(this.#trust.trust, this.#trust.keyHash);
    }
  }

  #waitFor(patienceMs: number, problem: Problem): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => {
      if (this.#isOpen && this.#peer.isConnected) {
        // Nobody answered a restart, and the old path works on.
        this.#isRestarting = false;
        this.#renewLater();
      } else {
        this.fail(problem);
      }
    }, patienceMs);
  }

  /** A step that throws ends the attempt: the browser refused a description, or a rule of ours is broken. */
  #run(step: Promise<void>): void {
    step.catch((error: unknown) => this.fail({ ...lost, title: "The connection could not be made", cause: "The two machines did not come to terms.", detail: String(error) }));
  }
}
