/** What a visit waits for, in the order in which it happens if nothing is slow. */
export type Milestone =
  | "script" | "socket-open" | "signaling-ready" | "offer-created" | "offer-sent" | "answer" | "answer-applied" | "connected" | "tunnel-open"
  | "worker-ready" | "frame-opened";

const reached = new Set<Milestone>();

/** Notes the first time that this is reached on the page's timeline (User Timing), where the browser's tools and our benchmarks find it. */
export function reach(milestone: Milestone): void {
  if (!reached.has(milestone)) {
    reached.add(milestone);
    performance.mark(`peerproxy-${milestone}`);
  }
}
