const set = (...lines) => fetch('/cookies/set/?' + lines.map((line) => 'c=' + encodeURIComponent(line)).join('&'));
const sentTo = async (path = '', init = undefined) => (await fetch('/cookies/sent/' + path, { cache: 'no-store', ...init })).text();
const pairs = (text, prefix) => text.split('; ').filter((pair) => pair.startsWith(prefix));
const mine = (prefix) => pairs(document.cookie, prefix);
const sent = async (prefix, path, init) => pairs(await sentTo(path, init), prefix);
const both = async (prefix) => ({ script: mine(prefix), target: await sent(prefix) });

compare('A cookie of a response is in document.cookie and goes back', async () => { await set('a1=one; Path=/'); return both('a1'); });
compare('A cookie of a script goes to the target with the next request', async () => { document.cookie = 'a2=two; path=/'; return both('a2'); });
compare('An HttpOnly cookie goes to the target and is hidden from scripts', async () => { await set('a3=secret; Path=/; HttpOnly'); return both('a3'); });
compare('A script cannot replace an HttpOnly cookie', async () => { await set('a4=kept; Path=/; HttpOnly'); document.cookie = 'a4=mine; path=/'; return both('a4'); });
compare('A script cannot delete an HttpOnly cookie', async () => { await set('a5=kept; Path=/; HttpOnly'); document.cookie = 'a5=; path=/; max-age=0'; return both('a5'); });
compare('A script cannot make an HttpOnly cookie', async () => { document.cookie = 'a6=x; path=/; HttpOnly'; return both('a6'); });
compare('HttpOnly hides a cookie that scripts could see before', async () => { await set('a7=open; Path=/'); await set('a7=closed; Path=/; HttpOnly'); return both('a7'); });
compare('Paths limit where cookies go and which scripts see them', async () => {
  await set('b1=here; Path=/run', 'b1=sub; Path=/cookies/sent/sub', 'b1=root; Path=/', 'b1=other; Path=/runner');
  return { script: mine('b1'), root: await sent('b1'), sub: await sent('b1', 'sub/x'), subber: await sent('b1', 'subber') };
});
compare('The default path is the folder of the request or document', async () => {
  await fetch('/cookies/set/deep/er?c=' + encodeURIComponent('b2=default'));
  document.cookie = 'b2=script';
  return { script: mine('b2'), inFolder: (await (await addFrame({ src: '/cookies/set/deep/x?type=html' })).contentDocument.cookie).split('; ').filter((pair) => pair.startsWith('b2')), target: await sent('b2') };
});
compare('Longer paths come first', async () => {
  document.cookie = 'b3=root; path=/'; document.cookie = 'b3=run; path=/run';
  return mine('b3');
});
compare('Secure cookies work where the page is trustworthy', async () => { await set('c1=s; Path=/; Secure'); document.cookie = 'c1b=s; path=/; secure'; return { ...(await both('c1=')), script2: mine('c1b') }; });
compare('SameSite values go along with requests of the site itself', async () => {
  await set('c2=lax; Path=/; SameSite=Lax', 'c3=strict; Path=/; SameSite=Strict', 'c4=none; Path=/; SameSite=None; Secure', 'c5=odd; Path=/; SameSite=Odd');
  return [await both('c2'), await both('c3'), await both('c4'), await both('c5')];
});
compare('SameSite=None without Secure', async () => { await set('c6=none; Path=/; SameSite=None'); return both('c6'); });
compare('Prefixes: __Secure- and __Host- demand what they say', async () => {
  await set('__Secure-c7=no; Path=/', '__Secure-c7b=yes; Path=/; Secure', '__Host-c7=no; Path=/run; Secure', '__Host-c7b=yes; Path=/; Secure', '__Host-c7c=no; Path=/; Secure; Domain=example.com');
  return [await both('__Secure-c7'), await both('__Host-c7')];
});
compare('A cookie for another domain is refused', async () => { await set('c8=no; Path=/; Domain=example.com', 'c8b=no; Path=/; Domain=.com'); document.cookie = 'c8c=no; path=/; domain=example.org'; return both('c8'); });
compare('Max-Age and Expires end cookies, Max-Age first', async () => {
  await set('d1=gone; Path=/; Max-Age=0', 'd2=gone; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'd3=kept; Path=/; Max-Age=1000; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'd4=kept; Path=/; Expires=Tue, 01 Jan 2080 00:00:00 GMT', 'd5=kept; Path=/; Max-Age=abc', 'd6=gone; Path=/; Max-Age=-1');
  return both('d');
});
compare('A cookie ends by itself when its time is over', async () => {
  await set('e1=short; Path=/; Max-Age=4'); document.cookie = 'e1b=short; path=/; max-age=4';
  const before = mine('e1').length;
  for (let tries = 0; mine('e1').length > 0 && tries < 100; tries++) await wait(100);
  return { before, after: await both('e1') };
});
compare('The target deletes what a script set, and a script what the target set', async () => {
  document.cookie = 'f1=s; path=/'; await sent('f1'); await set('f1=; Path=/; Max-Age=0'); await set('f2=t; Path=/'); document.cookie = 'f2=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT';
  return { first: await both('f1'), second: await both('f2') };
});
compare('A later write replaces the value', async () => { await set('f3=1; Path=/'); document.cookie = 'f3=2; path=/'; await set('f3=3; Path=/'); return both('f3'); });
compare('Values with equals signs, spaces, quotes and commas stay as they are', async () => {
  await set('g1=a=b==; Path=/', 'g2="quoted, value"; Path=/', 'g3= spaced ; Path=/'); document.cookie = 'g4=x y,z="1"; path=/';
  return both('g');
});
compare('Names without values and values without names', async () => { await set('h1; Path=/', 'h2=; Path=/', '=h3; Path=/'); return both('h'); });
compare('Values beyond ASCII', async () => { document.cookie = 'i1=grün €; path=/'; return { script: mine('i1'), arrived: (await sent('i1')).length }; });
compare('A value of 4000 characters is kept, one of 5000 refused', async () => {
  document.cookie = 'j1=' + 'x'.repeat(4000) + '; path=/'; document.cookie = 'j2=' + 'x'.repeat(5000) + '; path=/';
  return [mine('j1').length, mine('j2').length, (await sent('j1')).length, (await sent('j2')).length];
});
compare('Cookies with control characters are refused', async () => { document.cookie = 'k1=a\x01b; path=/'; document.cookie = 'k2=a\nb; path=/'; return both('k'); });
compare('Credentials omit neither sends nor takes cookies', async () => {
  await set('l1=x; Path=/'); await fetch('/cookies/set/?c=' + encodeURIComponent('l2=y; Path=/'), { credentials: 'omit' });
  return { sent: await sent('l1', '', { credentials: 'omit' }), taken: await both('l2') };
});
compare('Cookies of redirects are taken on the way', async () => {
  const text = await (await fetch('/cookies/set/?c=' + encodeURIComponent('m1=way; Path=/') + '&then=' + encodeURIComponent('/cookies/sent/'))).text();
  return { followed: pairs(text, 'm1'), script: mine('m1') };
});
compare('Cookies of images and scripts are taken', async () => {
  const image = new Image(); image.src = '/cookies/set/?type=image&c=' + encodeURIComponent('n1=image; Path=/'); await once(image, 'load');
  const script = document.createElement('script'); script.src = '/cookies/set/?type=script&c=' + encodeURIComponent('n2=script; Path=/'); const loaded = once(script, 'load'); document.head.append(script); await loaded;
  return both('n');
});
compare('Set-Cookie cannot be read by scripts', async () => { const response = await set('o1=x; Path=/'); return [response.headers.get('set-cookie'), response.headers.getSetCookie(), [...response.headers.keys()].includes('set-cookie')]; });
compare('document.cookie in frames: same origin, srcdoc, blank', async () => {
  document.cookie = 'p1=frames; path=/';
  const site = await addFrame({ src: '/frame' }); const srcdoc = await addFrame({ srcdoc: '<p>x' });
  const blank = document.createElement('iframe'); document.body.append(blank);
  const read = (frame) => pairs(frame.contentDocument.cookie, 'p1');
  srcdoc.contentDocument.cookie = 'p1b=from-srcdoc; path=/'; await wait(150);
  return { site: read(site), srcdoc: read(srcdoc), blank: read(blank), written: await both('p1b') };
});
compare('document.cookie in scripts of srcdoc frames', async () => {
  document.cookie = 'p2=x; path=/';
  const frame = await addFrame({ srcdoc: '<script>window.read = document.cookie; document.cookie = "p2b=y; path=/"</' + 'script>' });
  return { read: pairs(frame.contentWindow.read, 'p2='), written: await both('p2b') };
});
compare('Requests of workers carry cookies', async () => {
  document.cookie = 'q1=worker; path=/';
  const worker = new Worker(URL.createObjectURL(new Blob([`onmessage = async () => postMessage(await (await fetch('${location.origin}/cookies/sent/')).text())`])));
  return pairs(await askWorker(worker, 0), 'q1');
});
compare('navigator.cookieEnabled', async () => navigator.cookieEnabled);
compare('cookieStore reads what responses and scripts set', async () => {
  if (!('cookieStore' in window)) { return 'none'; }
  await set('r1=t; Path=/'); document.cookie = 'r2=s; path=/'; await until(() => cookieStore.get('r2'));
  const all = (await cookieStore.getAll()).filter((cookie) => /^r[12]$/.test(cookie.name)).map((cookie) => cookie.name + '=' + cookie.value).sort();
  return { all, one: (await cookieStore.get('r1'))?.value, none: await cookieStore.get('r-none') };
});
compare('cookieStore writes and deletes', async () => {
  if (!('cookieStore' in window)) { return 'none'; }
  await cookieStore.set('s1', 'stored'); const written = await both('s1');
  await cookieStore.delete('s1');
  return { written, deleted: await both('s1') };
});
compare('cookieStore never shows HttpOnly cookies', async () => { await set('t1=h; Path=/; HttpOnly'); return 'cookieStore' in window ? await cookieStore.get('t1') : 'none'; });
compare('cookieStore tells of changes by scripts and by responses', async () => {
  if (!('cookieStore' in window)) { return 'none'; }
  const changes = [];
  const listen = (event) => changes.push(...event.changed.map((cookie) => '+' + cookie.name + '=' + cookie.value), ...event.deleted.map((cookie) => '-' + cookie.name));
  cookieStore.addEventListener('change', listen);
  document.cookie = 'u1=s; path=/'; await until(() => changes.length >= 1);
  await set('u2=t; Path=/'); await until(() => changes.length >= 2);
  document.cookie = 'u1=; path=/; max-age=0'; await until(() => changes.length >= 3);
  cookieStore.removeEventListener('change', listen);
  return changes.filter((change) => /u[12]/.test(change));
});
compare('Clear-Site-Data forgets cookies, of scripts and of the target', async () => { await set('z1=t; Path=/', 'z2=h; Path=/; HttpOnly', 'z3=d; Path=/cookies'); document.cookie = 'z4=s; path=/'; const before = await sent('z'); await fetch('/with-fields/?h=' + encodeURIComponent('Clear-Site-Data:"cookies"')); return { before, after: await both('') }; });
