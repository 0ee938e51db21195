// The list of cases and the page of one: fresh by server-sent events, or by asking every so often without them.
// What somebody is writing or has open is never taken away; without this file everything works by reloading.
import { rest } from './panel.js';

const list = document.querySelector('#lista');
const page = document.querySelector('#caso');
const id = page?.dataset.case;
const source = list?.dataset.cases ?? `/panel/casos/${id}${location.search}`;
const SLOW = 15_000;
const STALE = 60_000; // «hace 12 min» must not lie for longer
const BEAT = 60_000;
const OVER = 'Su sesión terminó. Entre otra vez en otra pestaña y recargue esta. Copie antes su texto: sigue aquí.';

/** Calls the panel. Once the session is over: to the login, unless there are words that would be lost. */
async function ask(address, options = {}) {
  const token = document.querySelector('meta[name="csrf"]').content;
  const headers = { 'X-Arraigo-Fetch': '1', 'X-Arraigo-Csrf': token };
  const answer = await fetch(address, { credentials: 'same-origin', ...options, headers });
  if (answer.status === 401) {
    if ([...document.querySelectorAll('main textarea')].some((box) => box.value)) say(OVER);
    else location.reload();
  }
  return answer;
}

/* --- fetching what is shown ------------------------------------------------------------------------- */

let fetching = false;
let again = false;
async function refresh() {
  if (fetching) { again = true; return; }
  fetching = true;
  let html;
  do {
    again = false;
    html = await fetched();
  } while (again);
  fetching = false;
  if (html) show(html);
}

/** What the server shows now; nothing where it cannot be reached, and the page says so. */
async function fetched() {
  try {
    const answer = await ask(source);
    online(true);
    return answer.ok ? await answer.text() : '';
  } catch {
    online(false);
    return '';
  }
}

function online(is) {
  document.querySelector('#linea').hidden = is;
}

function show(html) {
  const fresh = new DOMParser().parseFromString(html, 'text/html');
  if (list) showList(fresh);
  else {
    for (const piece of page.querySelectorAll('[data-piece]')) {
      const newer = fresh.getElementById(piece.id);
      if (newer) change(piece, newer);
    }
    watchWindow();
  }
}

function showList(fresh) {
  const focused = list.contains(document.activeElement) ? document.activeElement.id : '';
  if (list.innerHTML.trim() === fresh.body.innerHTML.trim()) return;
  list.replaceChildren(...fresh.body.childNodes);
  if (focused) document.getElementById(focused)?.focus();
}

const kept = new WeakMap(); // of each piece: what the server said last
page?.querySelectorAll('[data-piece]').forEach((piece) => kept.set(piece, piece.innerHTML));
function change(piece, newer) {
  if (piece.id === 'p-redactar') return changeWriting(piece, newer);
  const html = newer.innerHTML;
  if (kept.get(piece) === html) return;
  if (piece.id === 'p-aviso' && !newer.textContent.trim()) return;
  if (piece.contains(document.activeElement) || piece.querySelector('details.ask[open], #numero a')) return;
  const open = piece.querySelector('details')?.open;
  const atEnd = piece.id === 'p-hilo' && nearEnd();
  kept.set(piece, html);
  piece.replaceChildren(...newer.childNodes);
  if (open) piece.querySelector('details').open = true;
  if (atEnd) toEnd();
}

/** The box: left alone as long as it means the same; another one takes over the words that are in it. */
function changeWriting(piece, newer, force = false) {
  if (!force && piece.dataset.mode === newer.dataset.mode) {
    piece.dataset.until = newer.dataset.until ?? '';
    return;
  }
  const words = piece.querySelector('textarea')?.value ?? '';
  const inBox = piece.contains(document.activeElement);
  piece.dataset.mode = newer.dataset.mode;
  piece.dataset.until = newer.dataset.until ?? '';
  piece.replaceChildren(...newer.childNodes);
  if (words && !piece.querySelector('textarea')) keepWords(piece);
  const box = piece.querySelector('textarea');
  if (box && words && !box.value) box.value = words;
  if (box && inBox) box.focus();
}

/** A box for words that cannot leave just now; claiming the case takes them along. */
function keepWords(piece) {
  const label = document.createElement('label');
  label.textContent = 'Lo que usted escribió. Todavía no salió.';
  label.className = 'field';
  const box = document.createElement('textarea');
  box.name = 'texto';
  box.rows = 3;
  label.append(box);
  const form = piece.querySelector('form.write');
  if (form) form.prepend(label);
  else piece.append(label);
}

const thread = page?.querySelector('#hilo');
function nearEnd() {
  return thread.scrollHeight - thread.scrollTop - thread.clientHeight < 120;
}
function toEnd() {
  thread.scrollTop = thread.scrollHeight;
}

/* --- sending ---------------------------------------------------------------------------------------- */

// A form of the case: the answer is the pieces. What was written stays until the server has it.
page?.addEventListener('submit', async (event) => {
  const form = event.target;
  if (form.dataset.swap) return;
  event.preventDefault();
  if (form.dataset.sent) return;
  const data = new FormData(form, event.submitter);
  const words = form.querySelector('textarea');
  try {
    const answer = await ask(form.action, { method: 'POST', body: data });
    if (answer.ok) return took(form, await answer.text(), words);
    say([401, 403].includes(answer.status) ? OVER : 'No se envió. Pruebe otra vez. Su texto sigue aquí.');
  } catch {
    say('No hay conexión. No se envió todavía: pruebe otra vez. Su texto sigue aquí.');
  } finally {
    setTimeout(() => rest(form));
  }
});

function took(form, html, words) {
  const fresh = new DOMParser().parseFromString(html, 'text/html');
  const ticket = fresh.querySelector('input[name="ficha"]')?.value.replace(/^n/, '');
  const box = fresh.getElementById('p-redactar');
  const refused = fresh.querySelector('#p-aviso .notice.warn');
  document.activeElement?.blur();
  page.querySelectorAll('details.ask[open]').forEach((ask) => { ask.open = false; });
  if (words && !refused && form.action.endsWith('/nota')) words.value = '';
  if (words && !refused && form.action.endsWith('/responder')) words.value = '';
  for (const field of page.querySelectorAll('input[name="ficha"]')) {
    if (!refused) field.value = (field.value.startsWith('n') ? 'n' : '') + ticket;
  }
  const piece = page.querySelector('#p-redactar');
  if (box && piece.dataset.mode !== box.dataset.mode) changeWriting(piece, box, true);
  show(html);
  if (form.action.endsWith('/responder')) { page.querySelector('#f-texto')?.focus(); toEnd(); }
}

function say(text) {
  const notice = document.createElement('p');
  notice.className = 'notice warn';
  notice.textContent = text;
  const place = page.querySelector('#p-aviso');
  place.replaceChildren(notice);
  kept.delete(place);
  notice.scrollIntoView({ block: 'nearest' });
}

// A ready answer goes into the box, where it can be changed.
page?.addEventListener('click', (event) => {
  const ready = event.target.closest('[data-insert]');
  const box = page.querySelector('#f-texto');
  if (!ready || !box) return;
  box.setRangeText(ready.dataset.insert, box.selectionStart, box.selectionEnd, 'end');
  box.focus();
});

// WhatsApp's window closes while somebody writes: say so at that moment, not after «Enviar».
let closing;
function watchWindow() {
  clearTimeout(closing);
  const until = page.querySelector('#p-redactar')?.dataset.until;
  const left = until ? new Date(until) - Date.now() : NaN;
  if (left > 0 && left < 2 ** 31) closing = setTimeout(refresh, left + 1000);
}

/* --- who is at work keeps the case -------------------------------------------------------------------- */

let touched = 0;
let beaten = Date.now();
for (const kind of ['keydown', 'pointerdown', 'input']) {
  page?.addEventListener(kind, () => { touched = Date.now(); beat(); }, { passive: true });
}
async function beat() {
  const mine = !['libre', 'de_otro', 'cerrado', 'sin_permiso'].includes(page.querySelector('#p-redactar').dataset.mode);
  const news = page.querySelector('#p-estado .unseen-messages') !== null;
  if (!mine || document.hidden || Date.now() - beaten < (news ? 2_000 : BEAT)) return;
  beaten = Date.now();
  const answer = await ask(`/panel/casos/${id}/latido`, { method: 'POST', body: new URLSearchParams({ visto: 'si' }) })
    .catch(() => null);
  if (answer?.status === 409) refresh();
}

/* --- what is urgent is told: a number in the title, a sound for who wants it --------------------------- */

const title = document.title;
const button = document.querySelector('#sonido');
let sound = null;
let known = null;
function urgent(ids) {
  document.title = ids.length ? `(${ids.length}) ${title}` : title;
  const fresh = known && ids.some((one) => !known.has(one));
  known = new Set(ids);
  if (fresh && sound) chime();
}
function chime() {
  const tone = new OscillatorNode(sound, { type: 'sine', frequency: 660 });
  const volume = new GainNode(sound, { gain: 0.08 });
  volume.gain.exponentialRampToValueAtTime(0.0001, sound.currentTime + 0.6);
  tone.connect(volume).connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + 0.6);
}
if (button && window.AudioContext) {
  button.hidden = false;
  button.addEventListener('click', () => { // browsers allow a sound only after a touch
    if (sound) { sound.close(); sound = null; } else { sound = new AudioContext(); chime(); }
    button.setAttribute('aria-pressed', String(sound !== null));
    button.textContent = sound ? 'Sonido puesto' : 'Sonido';
  });
}

/* --- being told --------------------------------------------------------------------------------------- */

let polling = 0;
function poll(every) {
  clearInterval(polling);
  polling = setInterval(() => { if (!document.hidden) refresh(); }, every);
}
const marks = {};
function listen() {
  const stream = new EventSource(`/panel/casos/eventos${id ? `?caso=${id}` : ''}`);
  stream.addEventListener('open', () => { online(true); poll(STALE); });
  stream.addEventListener('lista', (event) => told('lista', JSON.parse(event.data), Boolean(list)));
  stream.addEventListener('caso', (event) => told('caso', JSON.parse(event.data), Boolean(page)));
  stream.addEventListener('error', () => {
    poll(SLOW);
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 4 * SLOW);
  });
}
function told(kind, news, matters) {
  if (news.urgentes) urgent(news.urgentes);
  if (matters && marks[kind] !== news.marca) refresh();
  marks[kind] = news.marca;
}
document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh(); });
poll(SLOW);
listen();
if (page) {
  toEnd();
  watchWindow();
}
