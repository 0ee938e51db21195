// The panel without this file still works: it keeps a form from being sent twice, and pieces of pages fresh.
const token = document.querySelector('meta[name="csrf"]')?.content ?? '';

/** Calls the panel; back to the login once the session is over. */
export async function call(address, options = {}) {
  const headers = { 'X-Arraigo-Fetch': '1', 'X-Arraigo-Csrf': token, ...options.headers };
  const answer = await fetch(address, { credentials: 'same-origin', ...options, headers });
  if (answer.status === 401) location.reload();
  return answer;
}

document.querySelector('.menu [aria-current]')?.scrollIntoView({ block: 'nearest' });

// <form …>: its buttons rest while it is on its way.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = 'yes';
  const buttons = form.querySelectorAll('button');
  setTimeout(() => buttons.forEach((button) => { button.disabled = true; }));
  if (form.dataset.swap) swap(event, form);
});
// On leaving, the people whom the workshop keeps on this telephone go too, before the session does.
document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!new URL(form.action).pathname.startsWith('/panel/salir')) return;
  event.preventDefault();
  const gone = import('./taller-datos.js').then((workshop) => workshop.forget()).catch(() => {});
  await Promise.race([gone, new Promise((resolve) => { setTimeout(resolve, 1500); })]);
  form.submit();
});
addEventListener('pageshow', () => {
  document.querySelectorAll('form[data-sent]').forEach(rest);
});
/** Lets a form be sent again. */
export function rest(form) {
  delete form.dataset.sent;
  form.querySelectorAll('button').forEach((button) => { button.disabled = false; });
}

// <form data-swap="#id">: what the server answers takes the place of that element, without a new page.
async function swap(event, form) {
  event.preventDefault();
  const data = new FormData(form, event.submitter);
  try {
    const answer = await call(form.action, { method: 'POST', body: data });
    const target = document.querySelector(form.dataset.swap);
    if (answer.ok && target) target.outerHTML = await answer.text();
    else location.reload();
  } finally {
    rest(form);
  }
}

// <div data-live="/panel/…" data-every="10">: filled anew every so many seconds while somebody looks.
const shown = new WeakMap();
function watch(place) {
  const refresh = async () => {
    if (!place.isConnected) return clearInterval(timer);
    if (document.hidden || place.contains(document.activeElement)) return;
    const answer = await call(place.dataset.live).catch(() => null);
    if (!answer?.ok) return;
    const html = await answer.text();
    if (shown.get(place) !== html) place.innerHTML = html;
    shown.set(place, html);
  };
  const timer = setInterval(refresh, 1000 * Number(place.dataset.every || 15));
}
document.querySelectorAll('[data-live]').forEach(watch);
