import { decodeBase64Url, encodeBase64Url } from "../protocol/base64url.js";
import { answerStatement, fingerprintOf } from "../protocol/statements.js";

/** How the visitor knows that the answer comes from the right machine. */
export type Trust =
  /** The link carried the key's hash. */
  | "link"
  /** The same key as at the first visit. */
  | "pinned"
  /** The first visit: the key is remembered now. */
  | "first";

/** An answer that must not be used. The two hashes are there when the key is a wrong one. */
export class UntrustedAnswer extends Error {
  readonly expectedHash: string | undefined;
  readonly actualHash: string | undefined;
  readonly isFromLink: boolean;

  constructor(message: string, expectedHash?: string, actualHash?: string, isFromLink = false) {
    super(message);
    this.name = "UntrustedAnswer";
    this.expectedHash = expectedHash;
    this.actualHash = actualHash;
    this.isFromLink = isFromLink;
  }
}

export interface SignedAnswer {
  readonly sdp: string;
  readonly publicKey: string;
  readonly signature: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;
export const signing = { name: "ECDSA", hash: "SHA-256" } as const;

/**
 * Checks the agent's answer before it is used (docs/protocol.md section 7): the key's hash, then the signature over both fingerprints. Returns the hash.
 * @throws {UntrustedAnswer} and nothing of the answer may be used.
 */
export async function verifyAnswer(
  peerId: string, nonce: string, offerSdp: string, answer: SignedAnswer, linkHash: string | undefined, pinnedHash: string | undefined): Promise<string> {
  const publicKey = decodeBase64Url(answer.publicKey);
  const ours = fingerprintOf(offerSdp);
  const theirs = fingerprintOf(answer.sdp);
  if (publicKey === undefined || ours === undefined || theirs === undefined) {
    throw new UntrustedAnswer("The answer is not signed.");
  }

  const hash = encodeBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", publicKey)));
  const expected = linkHash ?? pinnedHash;
  if (expected !== undefined && expected !== hash) {
    throw new UntrustedAnswer("The answer is signed with another key.", expected, hash, linkHash !== undefined);
  }

  if (!await verifyStatement(answer.publicKey, answerStatement(peerId, nonce, ours, theirs), answer.signature)) {
    throw new UntrustedAnswer("The answer's signature is wrong.", expected, hash, linkHash !== undefined);
  }

  return hash;
}

/** True when `signature` over `statement` was made with this key. Key and signature in base64url, as they came. */
export async function verifyStatement(publicKey: string, statement: string, signature: string): Promise<boolean> {
  const keyBytes = decodeBase64Url(publicKey);
  const signatureBytes = decodeBase64Url(signature);
  // The one form of a P-256 key that we write; browsers differ in what else they take.
  if (keyBytes?.byteLength !== subjectPublicKeyInfoBytes || signatureBytes === undefined) {
    return false;
  }

  const key = await importKey(keyBytes);
  return key !== undefined && await crypto.subtle.verify(signing, key, signatureBytes, new TextEncoder().encode(statement));
}

/** SubjectPublicKeyInfo of an uncompressed P-256 point. */
const subjectPublicKeyInfoBytes = 91;

async function importKey(publicKey: Uint8Array<ArrayBuffer>): Promise<CryptoKey | undefined> {
  try {
    return await crypto.subtle.importKey("spki", publicKey, algorithm, false, ["verify"]);
  } catch (error) {
    if (error instanceof DOMException) {
      return undefined;
    }

    throw error;
  }
}
