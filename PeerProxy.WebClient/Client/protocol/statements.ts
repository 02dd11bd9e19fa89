// Texts that are signed (docs/protocol.md section 7): lines joined with a line feed, none at the end.

/** What the agent signs in its answer. Fingerprints are upper-case hex pairs joined by colons. */
export function answerStatement(peerId: string, nonce: string, visitorFingerprint: string, agentFingerprint: string): string {
  return ["peerproxy-answer-v1", peerId, nonce, visitorFingerprint, agentFingerprint].join("\n");
}

/** What the visitor signs in its offer to claim its session. */
export function sessionStatement(peerId: string, nonce: string, visitorFingerprint: string): string {
  return ["peerproxy-session-v1", peerId, nonce, visitorFingerprint].join("\n");
}

/** What an agent signs to register. */
export function registrationStatement(challengeNonce: string, name: string, epoch: number): string {
  return ["peerproxy-register-v1", challengeNonce, name, String(epoch)].join("\n");
}

/**
 * The SHA-256 fingerprint of a session description. Undefined when there is none, or when media sections disagree:
 * then no single value says which certificate the browser would accept.
 */
export function fingerprintOf(sdp: string): string | undefined {
  let found: string | undefined;
  for (const match of sdp.matchAll(/^a=fingerprint:(\S+)[ \t]+(\S+)[ \t]*\r?$/gim)) {
    const value = match[2]!.toUpperCase();
    if (match[1]!.toLowerCase() !== "sha-256" || !/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/.test(value) || (found !== undefined && found !== value)) {
      return undefined;
    }

    found = value;
  }

  return found;
}
