// What this phone keeps: the secret session, what the person wrote, and what is still to be sent.
const PREFIX = "arraigo.";
const WEEK = 7 * 24 * 3600 * 1000;
const MOST = 200;
const memory = new Map(); // stands in where the browser keeps nothing

export function read(name) {
  try {
    const kept = localStorage.getItem(PREFIX + name);
    if (kept !== null) return JSON.parse(kept);
  } catch { /* blocked, or not ours: as if there were nothing */ }
  return memory.get(name) ?? null;
}

export function write(name, value) {
  memory.set(name, value);
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch { /* full or blocked: the page still works until it is closed */ }
}

export function forget() {
  memory.clear();
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  } catch { /* nothing was kept */ }
}

/** 144 random bits as 24 characters of A-Z a-z 0-9 _ -. */
export function secret() {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}

export function session() {
  const kept = read("session");
  if (typeof kept === "string" && /^[A-Za-z0-9_-]{16,64}$/.test(kept)) return kept;
  const fresh = secret();
  write("session", fresh);
  return fresh;
}

/** What the person said, oldest first: {id, text, body, after, at, state: pending|sent|refused}. */
export function readOwn() {
  const kept = read("own");
  const since = Date.now() - WEEK;
  return Array.isArray(kept) ? kept.filter((one) => one?.id && one.body && (one.state === "pending" || one.at > since)) : [];
}

/** Another tab of this chat may have written too: its messages stay. */
export function writeOwn(own) {
  const mine = new Set(own.map((one) => one.id));
  const all = [...readOwn().filter((one) => !mine.has(one.id)), ...own].sort((a, b) => a.at - b.at);
  const spare = all.length - MOST;
  write("own", all.filter((one, index) => index >= spare || one.state === "pending"));
}
