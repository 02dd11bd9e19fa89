onmessage = async ({ data }) => {
  const tasks = {
    fetch: async () => [await (await fetch('/answer/200')).text(), 6 * 7],
    import: async () => { importScripts('/pages/ran-in-worker.js'); return [self.ranInWorker]; },
    where: async () => [location.href, origin, self.name, typeof document],
    transfer: async () => ({ buffer: data.buffer, name: self.name }),
    nested: async () => new Promise((resolve) => { const inner = new Worker('/pages/worker.js'); inner.onmessage = (event) => resolve(['nested', event.data]); inner.postMessage({ task: 'fetch' }); }),
    streams: async () => {
      const text = await (await fetch('/chunks/3/20')).text(); const controller = new AbortController(); const aborted = fetch('/slow/5000', { signal: controller.signal }).catch((error) => error.name); controller.abort();
      return [text, await aborted, await (await fetch('/upload', { method: 'POST', body: new Blob([new Uint8Array(200_000)]) })).json()];
    },
    storage: async () => {
      const cache = await caches.open('lab-worker'); await cache.put('/lab-worker', new Response('w')); const text = await (await cache.match('/lab-worker')).text(); await caches.delete('lab-worker');
      return [text, typeof indexedDB, typeof BroadcastChannel, (await caches.keys()).filter((name) => name.startsWith('peer'))];
    },
    headers: async () => { const { headers } = await (await fetch('/echo', { method: 'POST', body: 'x' })).json(); return [headers.host, headers.origin, headers.referer, headers['sec-fetch-dest'], headers['user-agent'] === navigator.userAgent]; },
    constants: async () => [typeof WebSocket, WebSocket.OPEN, typeof EventSource, typeof XMLHttpRequest, typeof importScripts],
  };
  postMessage(await tasks[data.task]().catch((error) => 'failed: ' + error));
};
