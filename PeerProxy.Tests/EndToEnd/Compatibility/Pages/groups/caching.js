const get = async (key, query = '', init = undefined) => (await fetch('/cached/' + key + '?' + query, init)).text();
const asked = async (key) => (await (await fetch('/records/' + key, { cache: 'no-store' })).json());
const twice = (query, init, between = async () => undefined) => async () => { const key = unique(); const first = await get(key, query); await between(); const second = await get(key, query, init); return [first, second, await asked(key)]; };

compare('max-age: the second request stays here', twice('cc=max-age=100'));
compare('no-store: every request reaches the target', twice('cc=no-store'));
compare('no-cache with ETag: the second is validated', twice('cc=no-cache&etag=v1'));
compare('max-age=0 with ETag: the second is validated', twice('cc=max-age=0&etag=v2'));
compare('Expires in the future', twice('expires=100'));
compare('Expires in the past', twice('expires=-100&etag=v3'));
compare('private and immutable', twice('cc=private,max-age=100,immutable'));
compare('Request mode reload', twice('cc=max-age=100', { cache: 'reload' }));
compare('Request mode no-cache', twice('cc=max-age=100&etag=v4', { cache: 'no-cache' }));
compare('Request mode no-store', twice('cc=max-age=100', { cache: 'no-store' }));
compare('Request mode force-cache', twice('cc=max-age=0&etag=v5', { cache: 'force-cache' }));
compare('Request mode only-if-cached', async () => { const key = unique(); const none = await outcome(fetch('/cached/' + key + '?cc=max-age=100', { cache: 'only-if-cached', mode: 'same-origin' }).then((response) => response.status)); await get(key, 'cc=max-age=100'); const some = await outcome(fetch('/cached/' + key + '?cc=max-age=100', { cache: 'only-if-cached', mode: 'same-origin' }).then((response) => response.text())); return [none === 'TypeError' || none === 504, some]; });
compare('Vary: another value asks again', async () => { const key = unique(); const query = 'cc=max-age=100&vary=X-Lab'; const texts = []; for (const value of ['a', 'b', 'b']) { texts.push(await get(key, query, { headers: { 'x-lab': value } })); } return [texts, (await asked(key)).length]; });
compare('Vary: * is never reused', async () => { const key = unique(); await get(key, 'cc=max-age=100&vary=*'); await get(key, 'cc=max-age=100&vary=*'); return (await asked(key)).length; });
compare('A POST makes the stored response invalid', async () => { const key = unique(); await get(key, 'cc=max-age=100'); await fetch('/cached/' + key + '?cc=max-age=100', { method: 'POST', body: 'x' }); await get(key, 'cc=max-age=100'); return (await asked(key)).length; });
compare('Different queries are different', async () => { const key = unique(); await get(key, 'cc=max-age=100&x=1'); await get(key, 'cc=max-age=100&x=2'); return (await asked(key)).length; });
compare('An image is not asked for again', async () => { const key = unique(); for (let i = 0; i < 2; i++) { const frame = await addFrame({ srcdoc: `<script src="/cached/${key}?cc=max-age=100"></` + 'script>' }); frame.remove(); } return (await asked(key)).length; });
compare('A script\'s own If-None-Match is answered by the target, beside a fresh and a stale response', async () => {
  const results = []; for (const cc of ['max-age=100', 'no-cache']) {
    const key = unique(); await get(key, 'cc=' + cc + '&etag=own'); const same = await fetch('/cached/' + key + '?cc=' + cc + '&etag=own', { headers: { 'if-none-match': '"own"' } }); const other = await fetch('/cached/' + key + '?cc=' + cc + '&etag=own', { headers: { 'if-none-match': '"other"' } });
    results.push([same.status, (await same.text()).length, other.status, await other.text()]);
  }
  return results;
});
compare('Clear-Site-Data empties the cache', async () => { const key = unique(); await get(key, 'cc=max-age=100'); await fetch('/with-fields/?h=' + encodeURIComponent('Clear-Site-Data:"cache"')); await get(key, 'cc=max-age=100'); return (await asked(key)).length; });
