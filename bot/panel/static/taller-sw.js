// Keeps the workshop's page within reach where there is no signal. VERSION and FILES stand before this, put there by
// the panel. No data of anybody goes through here: that is kept by the page itself, and cleared by it.
const PAGE = '/panel/taller';
const CACHE = `taller-${VERSION}`;

self.addEventListener('install', (event) => {
  event.waitUntil(keep().then(() => self.skipWaiting()));
});

/** All or nothing: with half of it the older version goes on. */
async function keep() {
  const cache = await caches.open(CACHE);
  const page = await fetch(PAGE, { credentials: 'same-origin', redirect: 'error', cache: 'no-store' });
  if (!page.ok) throw new Error(`the page answered ${page.status}`);
  await cache.addAll(FILES);
  await cache.put(PAGE, page);
}

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith('taller-') && name !== CACHE).map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  const page = request.mode === 'navigate' && url.pathname.replace(/\/$/, '') === PAGE;
  if (page || url.pathname.startsWith('/panel/static/')) event.respondWith(kept(request, page));
});

async function kept(request, page) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(page ? PAGE : request, { ignoreVary: true, ignoreSearch: page });
  return found ?? fetch(request);
}
