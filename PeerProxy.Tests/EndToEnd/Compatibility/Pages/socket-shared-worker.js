importScripts('/pages/socket-cases.js');
onconnect = (event) => {
  const port = event.ports[0];
  port.onmessage = async (message) => port.postMessage(await socketInScope(message.data));
};
