// Looks for a secret everywhere a script of the site can reach. Returns the places where it was.

async function hunt(key, secret) {
  const seen = [];
  const note = (place, value) => { seen.push([place, textOf(value)]); return value; };
  const textOf = (value, depth = 0, known = new Set()) => {
    if (value === null || typeof value !== 'object') { return String(value); }
    if (depth > 6 || known.has(value)) { return ''; }
    known.add(value);
    if (value instanceof ArrayBuffer || Object.prototype.toString.call(value) === '[object ArrayBuffer]') { return new TextDecoder('latin1').decode(value); }
    if (ArrayBuffer.isView(value)) { return new TextDecoder('latin1').decode(value); }
    const parts = []; for (const key in value) { try { parts.push(key, textOf(value[key], depth + 1, known)); } catch { } } return parts.join(' ');
  };

  // Messages of this window and of the shell above, sent and received.
  for (const realm of [window, window.top]) {
    const name = realm === window ? 'page' : 'shell';
    for (const type of ['MessagePort', 'Worker', 'SharedWorker', 'ServiceWorker', 'BroadcastChannel', 'Client', 'WebSocket', 'RTCDataChannel']) {
      for (const method of ['postMessage', 'send']) {
        const native = realm[type]?.prototype?.[method]; if (native === undefined) { continue; }
        realm[type].prototype[method] = function (...parameters) { note(name + ' ' + type + '.' + method, parameters[0]); return native.apply(this, parameters); };
      }
    }
    const data = Object.getOwnPropertyDescriptor(realm.MessageEvent.prototype, 'data');
    Object.defineProperty(realm.MessageEvent.prototype, 'data', { configurable: true, get() { return note(name + ' message', data.get.call(this)); } });
    const listen = realm.EventTarget.prototype.addEventListener;
    realm.addEventListener('message', (event) => note(name + ' window message', event.data));
    listen.call(realm.navigator.serviceWorker, 'message', (event) => note(name + ' worker message', event.data));
    const write = realm.IDBObjectStore.prototype.put; realm.IDBObjectStore.prototype.put = function (...parameters) { note(name + ' put', parameters[0]); return write.apply(this, parameters); };
    const { fetch } = realm; realm.fetch = async (...parameters) => { const response = await fetch(...parameters); note(name + ' fetch', [...response.headers].flat().join(' ')); return response; };
  }
  const channel = new BroadcastChannel('peerproxy-cookies'); channel.onmessage = (event) => note('cookie channel', event.data);

  // A login, in all the ways a cookie comes and goes.
  const query = '?c=' + encodeURIComponent('hunted={secret}; Path=/; HttpOnly; Max-Age=1000') + '&key=' + key + '&c=' + encodeURIComponent('bait=caught-' + secret.length + '; Path=/; Max-Age=1000');
  const response = await fetch('/cookies/set/' + query);
  note('response', [...response.headers].flat().join(' ') + response.headers.getSetCookie());
  const request = new XMLHttpRequest(); await new Promise((resolve) => { request.open('GET', '/cookies/set/' + query); request.onloadend = resolve; request.send(); }); note('xhr', request.getAllResponseHeaders());
  const frame = document.createElement('iframe'); frame.src = '/cookies/set/' + query + '&type=html'; await new Promise((resolve) => { frame.onload = resolve; document.body.append(frame); }); note('frame', frame.contentDocument.cookie + frame.contentDocument.documentElement.outerHTML);
  const socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/socket/echo'); await new Promise((resolve) => { socket.onopen = resolve; }); socket.close();
  document.cookie = 'hunted=mine; path=/';
  if ('cookieStore' in window) { note('cookieStore', await cookieStore.getAll()); note('shell cookieStore', await window.top.cookieStore.getAll()); }
  await new Promise((resolve) => setTimeout(resolve, 300));

  // What lies about: cookies, storage of every kind, the shell's globals and document.
  for (const realm of [window, window.top]) {
    const name = realm === window ? 'page' : 'shell';
    note(name + ' cookie', realm.document.cookie); note(name + ' local', { ...realm.localStorage }); note(name + ' session', { ...realm.sessionStorage }); note(name + ' document', realm.document.documentElement.outerHTML);
    const plain = document.createElement('iframe'); realm.document.body.append(plain); const builtIn = new Set(Object.getOwnPropertyNames(plain.contentWindow)); plain.remove();
    for (const key of Object.getOwnPropertyNames(realm)) { if (!builtIn.has(key) && realm[key] !== realm) { note(name + ' global ' + key, realm[key]); } }
    for (const key of await realm.caches.keys()) { const cache = await realm.caches.open(key); for (const entry of await cache.keys()) { const stored = await cache.match(entry); note(name + ' cache ' + key, entry.url + [...entry.headers, ...stored.headers].flat().join(' ') + await stored.text()); } }
    for (const { name: database } of await realm.indexedDB.databases()) {
      const opened = await new Promise((resolve, reject) => { const open = realm.indexedDB.open(database); open.onsuccess = () => resolve(open.result); open.onerror = () => reject(open.error); });
      for (const store of opened.objectStoreNames) { const all = await new Promise((resolve) => { const get = opened.transaction(store).objectStore(store).getAll(); get.onsuccess = () => resolve(get.result); }); note(name + ' database ' + database, all); }
      opened.close();
    }
  }
  note('shell jar', window.top.peerproxyCookies.read(location.href));
  channel.close();

  // The request that carries it is the agent's; the target says so.
  const sent = await (await fetch('/cookies/sent/')).text();
  const places = seen.filter(([place, text]) => text.includes(secret) && !place.startsWith('page fetch')).map(([place]) => place);
  return { texts: seen.length, bait: seen.some(([, text]) => text.includes('caught-' + secret.length)), sentToTarget: sent.includes('hunted=' + secret), places: [...new Set(places)] };
}
