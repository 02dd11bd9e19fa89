const collect = (source, count, types = ['message']) => new Promise((resolve, reject) => {
  const got = []; const timer = setTimeout(() => reject(new Error('events so far: ' + JSON.stringify(got))), 30_000);
  for (const type of types) { source.addEventListener(type, (event) => { got.push([event.type, event.data, event.lastEventId]); if (got.length === count) { clearTimeout(timer); source.close(); resolve(got); } }); }
});
const textUrl = (body, rest = '') => '/events/text?body=' + encodeURIComponent(body) + rest;

compare('Fields of every kind: data, event, id, comments, line ends', async () => collect(new EventSource(textUrl(': comment\ndata: one\n\nevent: named\ndata: two\ndata: lines\nid: 7\n\r\ndata:no space\r\n\r\ndata\n\ndata: last ü\rid: x\r\r')), 5, ['message', 'named']));
compare('An unfinished event is not delivered', async () => { const got = []; const source = new EventSource(textUrl('data: whole\n\ndata: half')); source.onmessage = (event) => got.push(event.data); await once(source, 'error'); source.close(); return got; });
compare('A lost connection is made again with Last-Event-ID, until 204', async () => {
  const key = unique(); const source = new EventSource('/events/resumed/' + key); const got = []; source.onmessage = (event) => got.push(event.lastEventId + ' ' + event.data);
  await until(() => source.readyState === EventSource.CLOSED); return { got, connections: await records(key, 4) };
});
compare('Errors that end it: status, content type', async () => {
  const states = []; for (const url of [textUrl('data: x\n\n', '&status=404'), textUrl('data: x\n\n', '&type=text/plain'), textUrl('data: x\n\n', '&status=500')]) { const source = new EventSource(url); await once(source, 'error'); states.push(source.readyState); source.close(); }
  return states;
});
compare('States and properties', async () => {
  const source = new EventSource('/events/resumed/' + unique(), { withCredentials: true }); const first = [source.readyState, shown(new URL(source.url).origin), source.withCredentials, EventSource.OPEN, source instanceof EventSource, Object.prototype.toString.call(source)];
  const opened = await once(source, 'open'); const second = [source.readyState, opened.type]; source.close(); return [first, second, source.readyState];
});
compare('Messages have the site\'s origin', async () => { const source = new EventSource(textUrl('data: x\n\n')); const event = await once(source, 'message'); source.close(); return [shown(event.origin), event instanceof MessageEvent, event.target === source]; });
compare('A redirect is followed', async () => collect(new EventSource('/redirect/302?to=' + encodeURIComponent(textUrl('data: redirected\n\n'))), 1));
compare('Bad addresses throw', async () => thrown(() => new EventSource('http://[bad')));
compare('In a dedicated worker, with reconnect', async () => {
  const key = unique(); const worker = new Worker(URL.createObjectURL(new Blob([`onmessage = () => { const got = []; const source = new EventSource('${location.origin}/events/resumed/${key}'); source.onmessage = (event) => { got.push(event.data); if (got.length === 6) { postMessage(got); source.close(); } }; }`], { type: 'text/javascript' })));
  return askWorker(worker, 0);
});
compare('In a frame', async () => { const frame = await addFrame({ src: '/frame' }); return collect(new frame.contentWindow.EventSource(textUrl('data: framed\n\n')), 1); });
compare('Request fields: Accept, Cache-Control, Sec-Fetch', async () => { const source = new EventSource('/events/fields'); const { data } = await once(source, 'message'); source.close(); return data; });
