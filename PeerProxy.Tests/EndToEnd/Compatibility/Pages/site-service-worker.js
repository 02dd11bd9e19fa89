addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  if (new URL(event.request.url).pathname === '/from-the-worker') { event.respondWith(new Response('made by the site\'s worker')); }
});
addEventListener('message', (event) => event.source.postMessage('worker heard ' + event.data));
