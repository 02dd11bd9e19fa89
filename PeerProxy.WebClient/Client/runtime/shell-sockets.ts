type RuntimeMessage = import("../protocol/messages.js").RuntimeToShell;

/** A document's sockets: the shell takes the other end of their port to the tunnel. */
function socketsOfShell(shellWindow: Window): (url: string, protocols: readonly string[]) => SocketLink {
  return (url, protocols) => {
    const channel = new MessageChannel();
    const message: RuntimeMessage = { peerproxy: "websocket", url, protocols };
    shellWindow.postMessage(message, window.origin, [channel.port2]);
    return channel.port1;
  };
}
