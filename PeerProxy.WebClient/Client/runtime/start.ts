function start(steps: readonly (() => void)[]): void {
  for (const step of steps) {
    try {
      step();
    } catch (error) {
      // The page is better off with the browser's own API than without a page.
      console.warn("PeerProxy could not replace an API.", error);
    }
  }
}
