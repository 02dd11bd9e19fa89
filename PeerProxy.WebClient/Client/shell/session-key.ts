import { encodeBase64Url } from "../protocol/base64url.js";
import type { SessionProof } from "../protocol/signaling.js";
import { fingerprintOf, sessionStatement } from "../protocol/statements.js";
import type { Store } from "./store.js";
import { signing } from "./trust.js";

const recordName = "session";

/** The key pair that stands for this browser at this agent: its cookies are kept under it. The private half cannot leave the browser. */
export class SessionKey {
  readonly #pair: CryptoKeyPair;
  readonly #publicKey: string;

  private constructor(pair: CryptoKeyPair, publicKey: string) {
    this.#pair = pair;
    this.#publicKey = publicKey;
  }

  /** The stored pair, else a new one. Without a store it lasts as long as the tab. */
  static async load(store: Store | undefined): Promise<SessionKey> {
    let pair = await store?.read<CryptoKeyPair>(recordName);
    if (pair === undefined) {
      pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
      await store?.write(recordName, pair);
    }

    const publicKey = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
    return new SessionKey(pair, encodeBase64Url(publicKey));
  }

  /** Binds the session to one offer: its nonce and its fingerprint. */
  async prove(peerId: string, nonce: string, offerSdp: string): Promise<SessionProof> {
    const statement = new TextEncoder().encode(sessionStatement(peerId, nonce, fingerprintOf(offerSdp) ?? ""));
    const signature = await crypto.subtle.sign(signing, this.#pair.privateKey, statement);
    return { publicKey: this.#publicKey, signature: encodeBase64Url(new Uint8Array(signature)) };
  }
}
