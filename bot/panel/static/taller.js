// The workshop: one evaluator, today's people, and every tap on the disk of this telephone before it leaves.
import * as kept from './taller-datos.js';
import { status, sync } from './taller-envio.js';
import { showList, showPerson, words } from './taller-vista.js';

const EVERY = 15_000;
const pick = (selector) => document.querySelector(selector);
let here = { who: null, day: null, notes: [], drafts: new Map(), device: '' };
let broken = false;

/* --- what is kept, read anew ---------------------------------------------------------------------------- */

async function load() {
  const who = (await kept.read('meta', 'who')) ?? null;
  const mine = (row) => row.user === who?.id;
  const drafts = (await kept.every('drafts')).filter((draft) => draft.key.startsWith(`${who?.id}:`));
  here = {
    who,
    day: (who && (await kept.read('days', who.id))) ?? null,
    notes: (await kept.every('queue')).filter(mine),
    drafts: new Map(drafts.map((draft) => [draft.key, draft.value])),
    device: await kept.device(),
  };
}

/** A person with what was noted here and has not left yet. */
function withNotes(person) {
  const marks = { ...person.marks };
  const whole = { ...person, marks, refused: [], waiting: 0 };
  for (const note of here.notes.filter((each) => each.appointment === person.id)) {
    if (note.refused) { whole.refused.push(note); continue; }
    whole.waiting += 1;
    const at = note.at;
    if (note.kind === 'mark') marks[note.item] = { ...note, at, user: here.who.id, by: here.who.name, others: marks[note.item]?.others ?? [] };
    if (note.kind === 'identity') whole.legal_name = note.legal_name;
    if (note.kind === 'finish') Object.assign(whole, { result: note.result, practise: note.practise, finished: at, unsent: true });
  }
  return whole;
}

/* --- what is done --------------------------------------------------------------------------------------- */

/** A note: on the disk first, then on the screen, then on its way. */
async function add(appointment, kind, body) {
  const note = { id: `${here.device}-${crypto.randomUUID()}`, user: here.who.id, appointment, kind, at: new Date().toISOString(), ...body };
  try {
    await kept.write('queue', note);
  } catch (error) {
    fail(error);
    return;
  }
  await show();
  soon();
}

async function draft(appointment, name, value) {
  const key = `${here.who.id}:${appointment}:${name}`;
  here.drafts.set(key, value);
  await kept.write('drafts', { key, value }).catch(fail);
}

const acts = {
  add,
  draft,
  drafted: (appointment, name) => here.drafts.get(`${here.who?.id}:${appointment}:${name}`),
  async again(note) { const { refused: _, ...rest } = note; await kept.write('queue', rest); await show(); soon(); },
  async drop(note) { await kept.left([note.seq]); await show(); },
};

/* --- what is shown -------------------------------------------------------------------------------------- */

async function show() {
  await load();
  const people = (here.day?.people ?? []).map(withNotes);
  const id = Number(location.hash.match(/^#p(\d+)$/)?.[1]);
  const person = people.find((each) => each.id === id);
  pick('#lista').hidden = Boolean(person);
  if (person) showPerson(person, here, acts);
  else {
    pick('#persona').replaceChildren();
    showList(people, here);
  }
  bar();
}

function bar() {
  const { phase, waiting, refused, others, sentAt, freshAt } = status;
  const n = words.notes(waiting);
  const some = (key) => words.say(waiting ? key : `${key}_nada`, { n: words.kept(waiting) });
  const text = {
    ok: () => (waiting ? words.say('enviando', { n }) : words.say(sentAt ? 'enviado' : 'al_dia', { hora: words.hour(sentAt ?? freshAt) })),
    sending: () => (waiting ? words.say('enviando', { n }) : '…'),
    offline: () => some('sin_senal'),
    away: () => some('sin_panel'),
    login: () => some('sin_sesion'),
    denied: () => some('sin_panel'),
  }[phase]();
  const line = pick('#estado');
  const whole = [text, refused ? words.say(refused === 1 ? 'una_rechazada' : 'rechazadas', { n: refused }) : ''].filter(Boolean).join('. ');
  if (line.textContent !== whole) line.textContent = whole;
  line.className = `sync ${phase === 'ok' && !waiting && !refused ? 'good' : phase === 'sending' || phase === 'ok' ? '' : 'warn'}`;
  pick('#entrar').hidden = phase !== 'login';
  pick('#negado').hidden = phase !== 'denied';
  pick('#sin-guardar').hidden = !broken;
  pick('#ajenas').hidden = !others;
  pick('#ajenas').textContent = words.say('ajenas', { n: words.notes(others) });
}

function fail(error) {
  broken = true;
  console.warn(error.name);
  bar();
}

/* --- when ------------------------------------------------------------------------------------------------ */

let timer;
const go = (force = false) => sync({ force, changed: () => show().catch(fail) }).catch(fail);
function soon() {
  clearTimeout(timer);
  timer = setTimeout(go, 600);
}

addEventListener('hashchange', () => { show().catch(fail); scrollTo(0, 0); });
addEventListener('online', () => go());
addEventListener('offline', () => { status.phase = 'offline'; bar(); });
document.addEventListener('visibilitychange', () => { if (!document.hidden) go(); });
setInterval(() => { if (!document.hidden && (status.phase !== 'ok' || status.waiting || navigator.onLine)) go(); }, EVERY);
pick('#actualizar').addEventListener('click', () => go(true));
if ('serviceWorker' in navigator) navigator.serviceWorker.register('/panel/taller/sw.js', { scope: '/panel/taller' }).catch(() => {});
navigator.storage?.persist?.().catch(() => {});
kept.clearOld().then(show).catch(fail).then(() => go(true));
