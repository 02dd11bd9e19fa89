import type { FromWorker, ToWorker } from "./messages.js";
import { ServiceWorkerPort } from "./service-worker-port.js";
import { SocketExchange } from "./socket-exchange.js";
import { Tunnel } from "./tunnel.js";

/**
 * Runs the tunnel in whatever context calls it: normally the dedicated worker, the window where channels cannot be transferred.
 * Returns the function that takes the shell's messages.
 */
export function hostTunnel(report: (message: FromWorker) => void): (message: ToWorker) => void {
  const tunnel = new Tunnel(report);
  let serviceWorker: ServiceWorkerPort | undefined;
  return message => {
    switch (message.type) {
      case "attach":
        tunnel.attach(message.control, message.streams, message.site);
        break;
      case "lane":
        tunnel.addLane(message.channel);
        break;
      case "lane-message":
        tunnel.sendControl(message.message);
        break;
      case "detach":
        tunnel.detach();
        break;
      case "give-up":
        tunnel.giveUp(message.message);
        break;
      case "probe":
        tunnel.probe();
        break;
      case "document-cookie":
        tunnel.writeCookie(message.cookie, message.url);
        break;
      case "service-worker-port":
        // Offered more than once to a service worker that starts, which takes the first; the life of it that had the port before has ended then.
        new ServiceWorkerPort(message.port, tunnel, taken => {
          serviceWorker?.close();
          serviceWorker = taken;
        });
        break;
      case "socket-port":
        new SocketExchange(message.port, tunnel, message.path, message.client, message.protocols);
        break;
    }
  };
}
