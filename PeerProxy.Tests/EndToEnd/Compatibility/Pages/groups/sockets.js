const socketBase = () => location.origin.replace(/^http/, 'ws');
const open = async (path, protocols) => {
  const socket = new WebSocket(socketBase() + path, ...(protocols === undefined ? [] : [protocols]));
  socket.binaryType = 'arraybuffer';
  await Promise.race([once(socket, 'open'), once(socket, 'close').then(() => { throw new Error('closed'); })]);
  return socket;
};
const nextMessage = (socket) => once(socket, 'message').then((event) => event.data);
const ending = async (socket) => {
  const events = [];
  for (const type of ['open', 'message', 'error', 'close']) { socket.addEventListener(type, () => events.push(type)); }
  const close = await once(socket, 'close', 8_000);
  return { events, code: close.code, reason: close.reason, clean: close.wasClean, state: socket.readyState };
};
const withCases = () => addScript('/pages/socket-cases.js');
const addScript = async (src) => { const script = document.createElement('script'); script.src = src; const loaded = once(script, 'load'); document.head.append(script); await loaded; };

compare('Text of every kind comes back', async () => {
  const socket = await open('/socket/echo'); const texts = ['', 'a', 'ü€😀', 'x'.repeat(125), 'x'.repeat(126), 'x'.repeat(70_000)]; const back = [];
  for (const text of texts) { socket.send(text); back.push((await nextMessage(socket)) === text); }
  socket.close(); return back;
});
compare('Binary of every kind and size comes back', async () => {
  const socket = await open('/socket/echo'); const back = [];
  for (const size of [0, 1, 125, 126, 65_535, 65_536, 1_000_000]) {
    const bytes = new Uint8Array(size).fill(size % 251); socket.send(bytes);
    const data = await nextMessage(socket); back.push([data.constructor.name, data.byteLength === size, new Uint8Array(data).every((byte) => byte === size % 251)]);
  }
  socket.close(); return back;
});
compare('Blobs, buffers and views are sent as they are', async () => {
  const socket = await open('/socket/echo'); const sizes = [];
  const buffer = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]).buffer;
  for (const data of [new Blob(['abc', new Uint8Array([1])]), buffer, new Uint8Array(buffer, 2, 3), new DataView(buffer, 1, 2), new Uint16Array(buffer, 4, 2)]) {
    socket.send(data); sizes.push(Array.from(new Uint8Array(await nextMessage(socket))));
  }
  socket.close(); return sizes;
});
compare('binaryType blob gives blobs, and odd values are ignored', async () => {
  const socket = await open('/socket/echo'); socket.binaryType = 'blob'; socket.send(new Uint8Array([9, 8])); const blob = await nextMessage(socket);
  socket.binaryType = 'nonsense'; socket.close();
  return [blob instanceof Blob, blob.size, blob.type, socket.binaryType, new WebSocket(socketBase() + '/socket/echo').binaryType];
});
compare('Messages keep their order across kinds', async () => {
  const socket = await open('/socket/echo'); const got = []; socket.onmessage = (event) => got.push(typeof event.data === 'string' ? event.data : event.data.byteLength);
  for (let i = 0; i < 20; i++) { socket.send('t' + i); socket.send(new Blob([new Uint8Array(i)])); socket.send(new Uint8Array(i * 100)); }
  await until(() => got.length === 60); socket.close(); return got;
});
compare('A message of 8 MB goes there and back', async () => {
  const socket = await open('/socket/echo'); const bytes = new Uint8Array(8 << 20); for (let i = 0; i < bytes.length; i += 4096) { bytes[i] = i >> 12; }
  socket.send(bytes); const data = await nextMessage(socket); socket.close();
  return [data.byteLength, await hex(data) === await hex(bytes)];
});
compare('The target chooses a subprotocol', async () => { const socket = await open('/socket/echo?choose=b.two', ['a.one', 'b.two']); const { protocol } = socket; socket.close(); return protocol; });
compare('One subprotocol as a string', async () => { const socket = await open('/socket/echo?choose=only', 'only'); const { protocol } = socket; socket.close(); return protocol; });
compare('A target that chooses none of the subprotocols', async () => ending(new WebSocket(socketBase() + '/socket/echo', ['a', 'b'])).then((end) => end, () => 'open'));
compare('A subprotocol that was not offered', async () => ending(new WebSocket(socketBase() + '/socket/echo?choose=other', ['a'])));
compare('Extensions are refused cleanly', async () => { const socket = await open('/socket/echo'); const { extensions } = socket; socket.close(); return extensions; });
compare('Closing without a code', async () => { const socket = await open('/socket/echo'); const end = ending(socket); socket.close(); return end; });
compare('Closing with code and reason', async () => { const socket = await open('/socket/echo'); const end = ending(socket); socket.close(4321, 'grün'); return end; });
compare('The target learns code and reason', async () => { const key = unique(); const socket = await open('/socket/echo?key=' + key); const end = ending(socket); socket.close(3500, 'why'); await end; return records(key); });
compare('Closing with 1000', async () => { const socket = await open('/socket/echo'); const end = ending(socket); socket.close(1000); return end; });
compare('The target closes with 1000', async () => ending(new WebSocket(socketBase() + '/socket/close/1000?reason=bye')));
compare('The target closes with 1001', async () => ending(new WebSocket(socketBase() + '/socket/close/1001')));
compare('The target closes with 1011 and a reason', async () => ending(new WebSocket(socketBase() + '/socket/close/1011?reason=went%20wrong')));
compare('The target closes with 4007', async () => ending(new WebSocket(socketBase() + '/socket/close/4007?reason=own')));
compare('The target drops the connection', async () => { const end = await ending(new WebSocket(socketBase() + '/socket/drop')); return { code: end.code, clean: end.clean, closedLast: end.events.at(-1) }; });
compare('Refusals: 403, 404, 500', async () => Promise.all([403, 404, 500].map((code) => ending(new WebSocket(socketBase() + '/socket/refused/' + code)))));
compare('An address that is no WebSocket', async () => ending(new WebSocket(socketBase() + '/answer/200')));
compare('Closing while connecting', async () => { const socket = new WebSocket(socketBase() + '/socket/echo'); const end = ending(socket); socket.close(); return end; });
compare('Sending too early or too late', async () => {
  const socket = new WebSocket(socketBase() + '/socket/echo'); const early = thrown(() => socket.send('x')); await once(socket, 'open');
  const end = ending(socket); socket.close(); const late = thrown(() => socket.send('four')); const counted = socket.bufferedAmount; await end;
  return [early, late, counted];
});
compare('Bad arguments throw what they should', async () => {
  const socket = await open('/socket/echo');
  const errors = [thrown(() => new WebSocket('nonsense:')), thrown(() => new WebSocket(socketBase() + '/socket/echo', ['a', 'a'])), thrown(() => new WebSocket(socketBase() + '/socket/echo', 'bad protocol')), thrown(() => socket.close(1001)), thrown(() => socket.close(2999)), thrown(() => socket.close(1000, 'x'.repeat(124))), thrown(() => WebSocket('ws://x'))];
  socket.close(); return errors;
});
compare('Addresses: relative, http, with query', async () => {
  const sockets = [new WebSocket('/socket/echo?x=1'), new WebSocket(location.origin + '/socket/echo'), new WebSocket('../socket/echo')];
  const urls = sockets.map((socket) => shown(socket.url.replace(/^ws/, 'http'))); await Promise.all(sockets.map((socket) => once(socket, 'open'))); sockets.forEach((socket) => socket.close());
  return urls;
});
compare('The interface looks like the browser\'s own', async () => {
  const socket = await open('/socket/echo'); const look = [socket instanceof WebSocket, Object.prototype.toString.call(socket), WebSocket.name, WebSocket.OPEN, socket.CLOSED, WebSocket.prototype.CONNECTING, socket.readyState, typeof socket.onmessage, socket instanceof EventTarget, WebSocket.length];
  socket.close(); return look;
});
compare('Events have the right kind, origin and target', async () => {
  const socket = await open('/socket/echo'); socket.send('x'); const message = await once(socket, 'message'); const end = once(socket, 'close'); socket.close(); const close = await end;
  return [message instanceof MessageEvent, shown(message.origin.replace(/^ws/, 'http')), message.target === socket, close instanceof CloseEvent, message.source, message.ports.length];
});
compare('Handlers: properties, listeners, objects, removal', async () => {
  const socket = await open('/socket/echo'); const calls = []; socket.onmessage = () => calls.push('property'); const listener = () => calls.push('listener'); socket.addEventListener('message', listener);
  socket.addEventListener('message', { handleEvent() { calls.push('object'); } }); socket.send('1'); await until(() => calls.length === 3); socket.removeEventListener('message', listener); socket.onmessage = null; socket.send('2'); await until(() => calls.length === 4);
  socket.close(); return calls;
});
compare('bufferedAmount counts bytes of UTF-8 at once and goes back to zero', async () => {
  const socket = await open('/socket/echo'); socket.send('ü€'); const text = socket.bufferedAmount; socket.send(new Uint8Array(10)); const binary = socket.bufferedAmount;
  await until(() => socket.bufferedAmount === 0); socket.close(); return [text, binary, socket.bufferedAmount];
});
compare('bufferedAmount stays up while the target does not read', async () => {
  const key = unique(); const socket = await open('/socket/deaf/' + key); const chunk = new Uint8Array(1 << 20); for (let i = 0; i < 24; i++) { socket.send(chunk); }
  await wait(700); const held = socket.bufferedAmount > (1 << 20);
  await fetch('/record/' + key, { method: 'POST' }); socket.send('count'); const total = await nextMessage(socket); await until(() => socket.bufferedAmount === 0); socket.close();
  return [held, total];
});
compare('A burst from the target arrives whole and in order', async () => {
  const socket = new WebSocket(socketBase() + '/socket/burst/200/20000'); socket.binaryType = 'arraybuffer'; const got = []; socket.onmessage = (event) => got.push([new Uint8Array(event.data)[0], event.data.byteLength]);
  await until(() => got.length === 200); socket.close(); return got.every(([first, size], i) => first === i && size === 20_000);
});
compare('Twenty sockets at once', async () => {
  const sockets = await Promise.all(Array.from({ length: 20 }, () => open('/socket/echo'))); const back = await Promise.all(sockets.map((socket, i) => { socket.send('n' + i); return nextMessage(socket); })); sockets.forEach((socket) => socket.close()); return back;
});
compare('Origin, Host and Upgrade as the target expects them', async () => {
  const socket = new WebSocket(socketBase() + '/socket/headers'); const headers = JSON.parse(await nextMessage(socket)); socket.close();
  return seen({ origin: headers.origin, host: headers.host, upgrade: headers.upgrade, version: headers['sec-websocket-version'], agent: headers['user-agent'] === navigator.userAgent, language: 'accept-language' in headers, ours: Object.keys(headers).filter((name) => name.startsWith('pp-')) });
});
compare('Cookies go with the handshake, HttpOnly too, and its Set-Cookie is taken', async () => {
  document.cookie = 'ws1=script; path=/'; await fetch('/cookies/set/?c=' + encodeURIComponent('ws2=hidden; Path=/; HttpOnly'));
  const socket = new WebSocket(socketBase() + '/socket/headers?set=' + encodeURIComponent('ws3=handshake; Path=/')); const headers = JSON.parse(await nextMessage(socket)); socket.close();
  return [headers.cookie.split('; ').filter((pair) => /^ws[12]/.test(pair)).sort(), document.cookie.split('; ').filter((pair) => pair.startsWith('ws3'))];
});
compare('The target sees a socket close when its frame goes away', async () => {
  const key = unique(); const frame = await addFrame({ src: '/frame' }); const socket = new frame.contentWindow.WebSocket(socketBase() + '/socket/echo?key=' + key);
  await once(socket, 'open'); frame.remove(); return (await records(key))[0].startsWith('closed');
});
compare('A socket outlives pushState', async () => { const socket = await open('/socket/echo'); const before = location.href; history.pushState(null, '', '/run/elsewhere'); socket.send('still'); const data = await nextMessage(socket); history.replaceState(null, '', before); socket.close(); return data; });
compare('The whole of it in a frame of the site', async () => { document.cookie = 'scope=yes; path=/'; const frame = await addFrame({ src: '/frame' }); const script = frame.contentDocument.createElement('script'); script.src = '/pages/socket-cases.js'; const loaded = once(script, 'load'); frame.contentDocument.head.append(script); await loaded; return seen(await frame.contentWindow.socketInScope(location.origin)); });
compare('The whole of it in a srcdoc frame', async () => { document.cookie = 'scope=yes; path=/'; const frame = await addFrame({ srcdoc: '<script src="/pages/socket-cases.js"></' + 'script>' }); return seen(await frame.contentWindow.socketInScope(location.origin)); });
compare('The whole of it in a blank frame', async () => {
  document.cookie = 'scope=yes; path=/'; const frame = document.createElement('iframe'); document.body.append(frame); const source = await (await fetch('/pages/socket-cases.js')).text();
  frame.contentWindow.eval(source + '; window.socketInScope = socketInScope;'); return seen(await frame.contentWindow.socketInScope(location.origin));
});
compare('The whole of it in a dedicated worker', async () => { document.cookie = 'scope=yes; path=/'; return seen(await askWorker(new Worker('/pages/socket-worker.js'), location.origin)); });
compare('The whole of it in a module worker', async () => { document.cookie = 'scope=yes; path=/'; return seen(await askWorker(new Worker('/pages/socket-module-worker.js', { type: 'module' }), location.origin)); });
compare('The whole of it in a worker from a blob', async () => {
  document.cookie = 'scope=yes; path=/'; const source = await (await fetch('/pages/socket-cases.js')).text() + '; onmessage = async (event) => postMessage(await socketInScope(event.data));';
  return seen(await askWorker(new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))), location.origin));
});
compare('The whole of it in a shared worker', async () => { document.cookie = 'scope=yes; path=/'; return seen(await askWorker(new SharedWorker('/pages/socket-shared-worker.js'), location.origin)); });
