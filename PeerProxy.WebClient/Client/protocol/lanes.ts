/** A CONTROL message about lanes (docs/protocol.md section 8). */
export type LaneMessage =
  /** Agent to visitor: so many lanes would help. */
  | { readonly type: "lanes"; readonly lane: number }
  /** Visitor to agent: opens a lane, or restarts its ICE. */
  | { readonly type: "lane-offer"; readonly lane: number; readonly sdp: string }
  | { readonly type: "lane-answer"; readonly lane: number; readonly sdp: string }
  /** Both ways; empty: end of candidates. */
  | { readonly type: "lane-candidate"; readonly lane: number; readonly candidate: string };

/** Lanes besides the first association. */
export const maxLanes = 7;

/** The bit of the setting FEATURES that tells that a side takes lanes. */
export const lanesFeature = 0x0000_0001;

/** The message in a CONTROL payload, or undefined when it is about something else or malformed. */
export function readLaneMessage(message: Readonly<Record<string, unknown>>): LaneMessage | undefined {
  const { type, lane, sdp, candidate } = message;
  if (typeof lane !== "number" || !Number.isInteger(lane) || lane < 1 || lane > maxLanes) {
    return undefined;
  }

  switch (type) {
    case "lanes":
      return { type, lane };
    case "lane-offer":
    case "lane-answer":
      return typeof sdp === "string" ? { type, lane, sdp } : undefined;
    case "lane-candidate":
      return typeof candidate === "string" ? { type, lane, candidate } : undefined;
    default:
      return undefined;
  }
}
