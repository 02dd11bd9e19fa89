let count = 0;
onconnect = (event) => {
  const port = event.ports[0];
  port.onmessage = async ({ data }) => port.postMessage({ count: ++count, data, text: data === 'fetch' ? await (await fetch('/answer/200')).text() : undefined });
};
