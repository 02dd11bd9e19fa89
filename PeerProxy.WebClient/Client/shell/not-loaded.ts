/** The shell's script is here: what is missing from now on it tells by {@link reportNotLoaded}. */
export function reportStarted(): void {
  dispatchEvent(new Event("peerproxy-started"));
}

/** A file of ours did not arrive: the script in index.html, which sees to that of its tags by itself, tries again and says so. */
export function reportNotLoaded(): void {
  dispatchEvent(new Event("peerproxy-not-loaded"));
}
