// Sends what was noted, in its order, until the panel said that it has it; then fetches how things stand. A note has
// an id of its own, made here: however often it is sent, the panel keeps it once.
import * as kept from './taller-datos.js';

const BATCH = 100;
const PATIENCE = 20_000;
const FRESH = 300_000;
let csrf = '';
let again = false;

/** How it stands: phase ok, sending, offline, away, login or denied; how many wait, were refused, are others'. */
export const status = { phase: 'sending', waiting: 0, refused: 0, others: 0, sentAt: null, freshAt: null };

class Stop extends Error {
  constructor(phase) { super(phase); this.phase = phase; }
}

async function ask(address, body) {
  let answer;
  const headers = { 'X-Arraigo-Fetch': '1', 'X-Arraigo-Csrf': csrf, Accept: 'application/json' };
  if (body) headers['Content-Type'] = 'application/json';
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const method = body ? 'POST' : 'GET';
    answer = await fetch(address, { method, body: body && JSON.stringify(body), headers, signal, credentials: 'same-origin', redirect: 'error' });
    return { code: answer.status, json: answer.ok ? await answer.json() : null };
  } catch (error) {
    throw new Stop(answer || error.name === 'TimeoutError' ? 'away' : 'offline');
  }
}

function check(code) {
  if (code === 401) throw new Stop('login');
  if (code === 403) throw new Stop('denied');
  if (code !== 200) throw new Stop('away');
}

/** Today's people, the form token, and who is logged in. */
async function fetchDay() {
  const sent = Date.now();
  const { code, json } = await ask('/panel/taller/datos');
  check(code);
  csrf = json.csrf;
  const off = Date.parse(json.now) - (sent + Date.now()) / 2;
  await kept.write('meta', { key: 'who', ...json.user });
  await kept.write('days', { user: json.user.id, off, until: json.until, people: json.people, trades: json.trades, centres: json.centres });
  status.freshAt = Date.now();
  return json.user.id;
}

const waits = (note) => !note.refused;

async function count() {
  const who = await kept.read('meta', 'who');
  const notes = await kept.every('queue');
  const mine = notes.filter((note) => note.user === who?.id);
  status.waiting = mine.filter(waits).length;
  status.refused = mine.length - status.waiting;
  status.others = notes.length - mine.length;
}

/** One batch; how many are left to send. */
async function sendSome(user, most, renewed) {
  const mine = (await kept.every('queue')).filter((note) => note.user === user && waits(note));
  const batch = mine.slice(0, most);
  if (!batch.length) return 0;
  const notes = batch.map(({ seq, user: _, ...note }) => note);
  const { code, json } = await ask('/panel/taller/marcas', { sent_at: new Date().toISOString(), notes });
  if (code === 403 && !renewed) { csrf = ''; return mine.length; } // another session by now: its token comes with the day
  if ((code === 400 || code === 413) && batch.length > 1) return sendSome(user, 1, renewed);
  if (code === 400 || code === 413) await kept.write('queue', { ...batch[0], refused: 'ilegible' });
  else {
    check(code);
    await taken(user, batch, json);
  }
  return mine.length - batch.length;
}

/** The panel has them: only now they go from here. What it refused stays, with the reason. */
async function taken(user, batch, json) {
  const said = new Map(json.results.map((result) => [result.id, result]));
  const day = await kept.read('days', user);
  if (day) {
    const fresh = new Map(json.people.map((person) => [person.id, person]));
    await kept.write('days', { ...day, people: day.people.map((person) => fresh.get(person.id) ?? person) });
  }
  for (const note of batch) {
    const result = said.get(note.id);
    if (result?.status === 'refused') await kept.write('queue', { ...note, refused: result.reason });
  }
  await kept.left(batch.filter((note) => ['stored', 'already', 'late'].includes(said.get(note.id)?.status)).map((note) => note.seq));
  status.sentAt = Date.now();
}

async function run(force, changed) {
  await kept.clearOld();
  await count();
  const who = await kept.read('meta', 'who');
  const old = !status.freshAt || Date.now() - status.freshAt > FRESH;
  if (!status.waiting && !force && !old && status.phase === 'ok') return;
  if (status.waiting) status.phase = 'sending';
  changed();
  let user = who?.id;
  if (!csrf || !user) user = await fetchDay();
  await count();
  let renewed = false;
  for (let left = status.waiting; left > 0;) {
    left = await sendSome(user, BATCH, renewed);
    if (!csrf) { renewed = true; user = await fetchDay(); }
    await count();
    changed();
  }
  if (force || old) await fetchDay();
}

/** Sends and fetches, one at a time in all tabs of this browser. `force`: fetch the day, however fresh it is. */
export async function sync({ force = false, changed }) {
  const alone = await navigator.locks.request('arraigo-taller', { ifAvailable: true }, async (lock) => {
    if (!lock) return false;
    try {
      await run(force, changed);
      status.phase = 'ok';
    } catch (error) {
      if (error instanceof Stop) status.phase = error.phase;
      else throw error;
    } finally {
      await count();
      changed();
    }
    return true;
  });
  if (!alone) again = true;
  else if (again) { again = false; setTimeout(() => sync({ changed })); }
}
