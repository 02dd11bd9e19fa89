/** What this browser lacks, found by trying rather than by its name; empty when everything is there. */
export async function missingAbilities(): Promise<string[]> {
  const missing: string[] = [];
  const need = (isThere: boolean, name: string): void => {
    if (!isThere) {
      missing.push(name);
    }
  };
  need(isSecureContext, "a secure (https) page");
  need("serviceWorker" in navigator, "service workers");
  need(typeof RTCPeerConnection === "function", "WebRTC");
  need(typeof RTCPeerConnection === "function" && "createDataChannel" in RTCPeerConnection.prototype, "data channels");
  need("locks" in navigator, "Web Locks");
  need(typeof DecompressionStream === "function", "decompression streams");
  need(typeof ReadableStream === "function" && "pipeThrough" in ReadableStream.prototype, "streams");
  need(typeof crypto.subtle === "object" && (isKnownBrowser() || await canSign()), "ECDSA signatures");
  return missing;
}

/** An earlier visit got as far as a service worker: it found everything, and this one need not make a key to know. */
function isKnownBrowser(): boolean {
  return navigator.serviceWorker?.controller != null;
}

async function canSign(): Promise<boolean> {
  try {
    await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
    return true;
  } catch {
    return false;
  }
}
