const workerMark = Symbol.for("peerproxy.runtime");

// Module workers bring this script with each of their modules; it runs once.
if (!(workerMark in window)) {
  Object.defineProperty(window, workerMark, { value: true });
  start([() => installWebSocket(socketsOfWorker()), installResponses, installFetch, installEventSource, installWorkers, installStorage]);
}
