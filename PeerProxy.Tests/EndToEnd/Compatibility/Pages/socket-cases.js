// What a WebSocket does, in whatever scope this runs: a page, a frame, a worker. `base` is the site's origin.

async function socketInScope(base) {
  const results = {};
  const url = base.replace(/^http/, 'ws');
  const next = (socket, type) => new Promise((resolve) => socket.addEventListener(type, resolve, { once: true }));
  const socket = new WebSocket(url + '/socket/echo?choose=second', ['first', 'second']);
  socket.binaryType = 'arraybuffer';
  await next(socket, 'open');
  results.protocol = socket.protocol;
  socket.send('text ü €');
  results.text = (await next(socket, 'message')).data;
  socket.send(new Uint8Array([1, 2, 3, 255]));
  results.binary = Array.from(new Uint8Array((await next(socket, 'message')).data));
  socket.close(3001, 'done');
  const closed = await next(socket, 'close');
  results.close = [closed.code, closed.reason, closed.wasClean];
  const headers = new WebSocket(url + '/socket/headers');
  const seen = JSON.parse((await next(headers, 'message')).data);
  results.headers = { origin: seen.origin, host: seen.host, cookie: (seen.cookie ?? '').includes('scope=yes') };
  headers.close();
  return results;
}
