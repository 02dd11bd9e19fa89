compare('Methods with and without bodies', async () => {
  const results = []; for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) { const answer = await echo('/echo', { method, ...(method === 'GET' ? {} : { body: 'body of ' + method }) }); results.push([answer.method, answer.body, answer.headers['content-length'] ?? '']); }
  return results;
});
compare('HEAD has fields and no body', async () => { const response = await fetch('/bytes/1000', { method: 'HEAD' }); return [response.status, response.headers.get('content-length'), (await response.arrayBuffer()).byteLength]; });
compare('Bodies: text, parameters, form, blob, buffer', async () => {
  const form = new FormData(); form.append('field', 'ü & =', ); form.append('file', new File(['content'], 'näme "1".txt', { type: 'text/x-lab' }));
  const bodies = ['text ü', new URLSearchParams({ a: '1 2', b: 'ü' }), new Blob(['blob'], { type: 'application/x-lab' }), new Uint8Array([1, 2, 255]), JSON.stringify({ a: 1 })];
  const results = []; for (const body of bodies) { const answer = await echo('/echo', { method: 'POST', body }); results.push([answer.headers['content-type'] ?? '', answer.headers['content-length'], answer.body]); }
  results.push(await (await fetch('/form', { method: 'POST', body: form })).json()); return results;
});
compare('An upload of 6 MB arrives whole', async () => (await fetch('/upload', { method: 'POST', body: new Uint8Array(6 << 20) })).json());
compare('Response types: json, text, blob, arrayBuffer, formData, bytes', async () => {
  const get = (body, type) => fetch('/with-fields/?type=' + encodeURIComponent(type) + '&body=' + encodeURIComponent(body)); const blob = await (await get('abc', 'text/x-lab')).blob();
  return [await (await get('{"a":[1]}', 'application/json')).json(), await (await get('ü', 'text/plain; charset=utf-8')).text(), [blob.size, blob.type], (await (await get('abcd', 'x/y')).arrayBuffer()).byteLength, [...(await (await get('a=1&b=2', 'application/x-www-form-urlencoded')).formData()).entries()]];
});
compare('A response that streams arrives chunk by chunk', async () => {
  // The target writes the next one only when it hears that the one before has been read.
  const key = unique(); const reader = (await fetch('/stepped/' + key)).body.pipeThrough(new TextDecoderStream()).getReader(); let text = '';
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    text += next.value;
    if (text.endsWith(';')) { await fetch('/record/' + key, { method: 'POST', body: text }); }
  }
  return text;
});
compare('Aborting before and after the head', async () => {
  const early = new AbortController(); const key = unique(); const first = outcome(fetch('/hang/' + key, { signal: early.signal })); await records(key, 1); early.abort();
  const late = new AbortController(); const response = await fetch('/chunks/1000/20', { signal: late.signal }); const reading = outcome(response.text()); late.abort();
  return [await first, await reading, await records(key, 2), await outcome(fetch('/echo', { signal: AbortSignal.abort() })), await outcome(fetch('/slow/5000', { signal: AbortSignal.timeout(100) }))];
});
compare('Of two equal requests only the aborted one ends', async () => {
  const first = new AbortController(); const second = new AbortController(); const url = '/slow/2500?x=' + unique();
  const one = outcome(fetch(url, { signal: first.signal, cache: 'no-store' }).then((response) => response.text())); const two = outcome(fetch(url, { signal: second.signal, cache: 'no-store' }).then((response) => response.text()));
  await wait(250); first.abort(); return [await one, await two];
});
compare('Aborting one of two equal requests reaches the target once', async () => {
  const key = unique(); const first = new AbortController(); const second = new AbortController(); const one = outcome(fetch('/hang/' + key, { signal: first.signal, cache: 'no-store' })); const two = outcome(fetch('/hang/' + key, { signal: second.signal, cache: 'no-store' }));
  await records(key, 2); first.abort(); await records(key, 3); await wait(200); const between = (await records(key, 3)).length; second.abort(); await one; await two; return [between, (await records(key, 4)).length];
});
compare('Statuses and their texts', async () => { const results = []; for (const code of [200, 201, 203, 206, 299, 400, 401, 404, 410, 418, 451, 500, 503, 599]) { const response = await fetch('/answer/' + code); results.push([response.status, response.ok, response.statusText, (await response.text()).length]); } return results; });
compare('A status text of the target\'s own', async () => (await fetch('/answer/200?reason=Very%20Fine')).statusText);
compare('Statuses without body: 204, 205, 304', async () => { const results = []; for (const code of [204, 205, 304]) { const response = await fetch('/answer/' + code, { cache: 'no-store' }); results.push([response.status, response.body === null, await response.text()]); } return results; });
compare('Redirects of every kind and method', async () => {
  const results = []; for (const code of [301, 302, 303, 307, 308]) { const response = await fetch('/redirect/' + code + '?to=' + encodeURIComponent('/echo?by=' + code), { method: 'POST', body: 'kept' }); const answer = await response.json(); results.push([code, response.redirected, shown(response.url), answer.method, answer.body]); }
  return results;
});
compare('Redirects to the target\'s own absolute address', async () => { const response = await fetch('/redirect/302?to=' + encodeURIComponent('{target}/echo/absolute')); return [shown(response.url), response.redirected, (await response.json()).path]; });
compare('Redirect modes manual and error', async () => { const manual = await fetch('/redirect/302?to=/echo', { redirect: 'manual' }); return [manual.type, manual.status, await outcome(fetch('/redirect/302?to=/echo', { redirect: 'error' }))]; });
compare('A redirect loop fails', async () => outcome(fetch('/redirect-loop').then((response) => response.status)));
compare('Redirects with fragments', async () => { const response = await fetch('/redirect/302?to=' + encodeURIComponent('/echo#there')); return shown(response.url); });
compare('type, url and redirected of a response', async () => { const response = await fetch('/echo?a=b#c'); return [response.type, shown(response.url), response.redirected]; });
compare('Modes: same-origin, no-cors, cors', async () => { const results = []; for (const mode of ['same-origin', 'no-cors', 'cors']) { const response = await fetch('/echo', { mode }); results.push([mode, response.type, response.status]); } return results; });
compare('Repeated and unusual response fields', async () => { const { headers } = await fetch('/fields'); return [headers.get('x-once'), headers.get('x-twice'), headers.get('link'), headers.get('server-timing'), headers.get('x-none'), headers.has('x-once')]; });
compare('The names of all response fields', async () => [...(await fetch('/fields')).headers.keys()].filter((name) => !['date', 'server', 'connection', 'keep-alive', 'transfer-encoding', 'content-length'].includes(name)).sort());
compare('Hop-by-hop fields', async () => { const { headers } = await fetch('/fields'); return [headers.get('transfer-encoding'), headers.get('upgrade')]; });
compare('A clone reads the same body', async () => { const response = await fetch('/echo?clone'); const copy = response.clone(); return [(await response.json()).query, (await copy.json()).query, response.bodyUsed]; });
compare('tee, reader cancel and releaseLock', async () => { const response = await fetch('/chunks/5/20'); const [left, right] = response.body.tee(); const texts = await Promise.all([new Response(left).text(), new Response(right).text()]); const other = await fetch('/chunks/100/20'); const reader = other.body.getReader(); await reader.read(); await reader.cancel(); return [texts[0] === texts[1], other.bodyUsed]; });
compare('Compression: gzip and deflate are undone', async () => { const results = []; for (const coding of ['gzip', 'deflate']) { const text = await (await fetch('/compressed/' + coding)).text(); results.push([text.length, text.startsWith('line 0\n')]); } return results; });
compare('Compression: br is undone where the browser asks for it', async () => { const text = await outcome((await fetch('/compressed/br')).text()); return text.slice(0, 14); });
compare('Content-Encoding and Content-Length of a compressed response', async () => { const response = await fetch('/compressed/gzip'); return [response.headers.get('content-encoding'), response.headers.get('content-length') !== null]; });
compare('Content-Length of a plain response', async () => (await fetch('/bytes/12345')).headers.get('content-length'));
compare('A 103 before the response', async () => (await fetch('/early-hints')).text());
compare('A target that drops the connection before the head', async () => outcome(fetch('/drop/at-once', { cache: 'no-store' }).then((response) => response.status)));
compare('A target that drops the connection in the body', async () => outcome(fetch('/drop/mid-body').then((response) => response.text())));
compare('Ranges: first, middle, last, beyond', async () => { const results = []; for (const range of ['bytes=0-9', 'bytes=500-509', 'bytes=-5', 'bytes=990-', 'bytes=5000-']) { const response = await fetch('/bytes/1000', { headers: { range }, cache: 'no-store' }); results.push([response.status, response.headers.get('content-range'), response.status === 416 ? 0 : (await response.arrayBuffer()).byteLength]); } return results; });
compare('If-Range and If-None-Match of a script', async () => { const answers = []; for (const headers of [{ range: 'bytes=0-3', 'if-range': '"bytes"' }, { range: 'bytes=0-3', 'if-range': '"old"' }, { 'if-none-match': '"bytes"' }]) { const response = await fetch('/bytes/1000', { headers, cache: 'no-store' }); answers.push([response.status, (await response.arrayBuffer()).byteLength]); } return answers; });
compare('Addresses keep their escapes', async () => { const paths = []; for (const path of ['/echo/a%20b', '/echo/a%2Fb?x=%26&y=a+b', '/echo/ü?ü', '/echo/a//b/../c', '/echo?', '/echo/%E2%82%AC', "/echo/!$&'()*,;=:@"]) { const answer = await echo(path); paths.push([answer.path, answer.query]); } return paths; });
compare('Forbidden request fields do not pass', async () => { const headers = new Headers(); for (const name of ['host', 'cookie', 'origin', 'referer', 'connection', 'sec-fetch-mode']) { try { headers.set(name, 'forged'); } catch { } } const answer = await echo('/echo', { headers }); return Object.values(answer.headers).filter((value) => value === 'forged'); });
compare('A data URL and a blob URL', async () => [await (await fetch('data:text/plain,hello')).text(), await (await fetch(URL.createObjectURL(new Blob(['blob'])))).text()]);
compare('Ten requests at once', async () => { const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => echo('/echo?n=' + i))); return answers.map((answer) => answer.query); });
compare('fetch with a Request, and its own properties', async () => { const request = new Request('/echo?r', { method: 'PUT', body: 'x', headers: { 'x-lab': 'y' } }); const answer = await (await fetch(request)).json(); return [answer.method, answer.headers['x-lab'], answer.body, request.bodyUsed, fetch.name, fetch.length, await outcome(fetch('http://[bad'))]; });
compare('Subresource integrity', async () => { const good = 'sha256-' + btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode('answer 200'))))); return [await outcome(fetch('/answer/200', { integrity: good }).then((response) => response.status)), await outcome(fetch('/answer/200', { integrity: 'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' }).then((response) => response.status))]; });
compare('performance entries exist for requests', async () => { await fetch('/echo?perf'); return performance.getEntriesByName(location.origin + '/echo?perf').length; });
