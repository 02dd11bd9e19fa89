import { hostTunnel } from "./host.js";
import type { ToWorker } from "./messages.js";

declare const self: DedicatedWorkerGlobalScope;

const handle = hostTunnel(message => self.postMessage(message));
self.onmessage = event => handle(event.data as ToWorker);
