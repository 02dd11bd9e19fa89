/** Why there is no connection, as a person should read it. */
export interface Problem {
  readonly kind:
    | "offline" | "unknown-name" | "bad-name" | "agent-offline" | "key-mismatch" | "no-path" | "lost" | "busy" | "unreachable" | "version" | "browser" | "no-worker";
  readonly title: string;
  readonly cause: string;
  readonly next: string;
  /** We try again by ourselves. */
  readonly isRetried: boolean;
  /** For those who want to know more. */
  readonly detail?: string;
}

/** The problem behind an error message of a signaling node or of the agent. */
export function problemOfSignaling(code: string, message: string, peerId: string): Problem {
  switch (code) {
    case "unknown-peer":
      return {
        kind: "unknown-name",
        title: "There is no site with this name",
        cause: `Nobody has shared anything as “${peerId}” here.`,
        next: "Check the link for a typing mistake, or ask the person who sent it.",
        isRetried: true,
      };
    case "peer-offline":
      return {
        kind: "agent-offline",
        title: "This site is offline",
        cause: `The machine that shares “${peerId}” is not connected right now.`,
        next: "The page opens by itself as soon as the machine is back.",
        isRetried: true,
      };
    case "name-invalid":
      return {
        kind: "bad-name",
        title: "This name cannot exist",
        cause: `“${peerId}” is not a name that a site can have here.`,
        next: "Check the link for a typing mistake.",
        isRetried: false,
      };
    case "version":
      return {
        kind: "version",
        title: "This page is out of date",
        cause: "The two sides speak different versions of PeerProxy.",
        next: "Reload the page. If that does not help, the machine that shares the site needs an update.",
        isRetried: false,
        detail: message,
      };
    case "rate-limited":
    case "busy":
      return {
        kind: "busy",
        title: "Too much going on right now",
        cause: "There are more connections at the moment than are accepted.",
        next: "You do not have to do anything: we try again in a moment.",
        isRetried: true,
        detail: message,
      };
    default:
      return { ...unreachable, detail: `${code}: ${message}` };
  }
}

export const unreachable: Problem = {
  kind: "unreachable",
  title: "The meeting point cannot be reached",
  cause: "PeerProxy’s server, which introduces the two machines to each other, does not answer.",
  next: "We keep trying. If other sites do not load either, check your internet connection.",
  isRetried: true,
};

export const offline: Problem = {
  kind: "offline",
  title: "You are offline",
  cause: "This device has no network connection.",
  next: "The page comes back by itself when the network does.",
  isRetried: true,
};

export const noPath: Problem = {
  kind: "no-path",
  title: "No way through the network",
  cause: "The two machines found each other, but a firewall or network in between lets no connection through.",
  next: "We keep trying. Another network, a mobile hotspot for example, often helps.",
  isRetried: true,
};

export const lost: Problem = {
  kind: "lost",
  title: "The connection was lost",
  cause: "The other machine has not been heard of for a while.",
  next: "We keep trying. The page goes on where it was as soon as the connection is back.",
  isRetried: true,
};

export const noWorker: Problem = {
  kind: "no-worker",
  title: "The browser keeps PeerProxy from working",
  cause: "Pages reach you through a service worker, and this browser window does not allow one.",
  next: "Open the link in a normal window, or allow cookies and site data for this site.",
  isRetried: false,
};

export function keyMismatch(expectedHash: string | undefined, actualHash: string | undefined, isFromLink: boolean, reason: string): Problem {
  const cause = expectedHash === undefined || expectedHash === actualHash
    ? "The answer could not be proven to come from the machine that shares this site. Somebody may be trying to listen in."
    : isFromLink
      ? "The machine that answered has a different key than your link says. Somebody may be trying to take its place."
      : "The machine that answered has a different key than at your first visit. It may have been set up anew, or somebody may be trying to take its place.";
  return {
    kind: "key-mismatch",
    title: "This is not the machine you wanted",
    cause,
    next: "Nothing was sent to it. Ask the person who shares the site for a fresh link.",
    isRetried: false,
    detail: `${reason}\nExpected: ${expectedHash ?? "unknown"}\nAnswered: ${actualHash ?? "none"}`,
  };
}

export function browserTooOld(missing: readonly string[]): Problem {
  return {
    kind: "browser",
    title: "This browser is too old",
    cause: "The site comes straight from another machine, and that needs abilities which this browser does not have.",
    next: "Use a current Chrome, Edge, Firefox or Safari.",
    isRetried: false,
    detail: `Missing: ${missing.join(", ")}.`,
  };
}
