// The chat page: what is said goes to an outbox that survives anything, what is heard is shown once.
import es from "./es.js";
import * as net from "./net.js";
import * as store from "./store.js";
import * as view from "./view.js";

const $ = (id) => document.getElementById(id);
const box = $("text");
const MOST_TIMES = 500;
let session = store.session();
let own = store.readOwn();
let times = store.read("times") ?? {};
let shown = new Map();
let cursor = 0;
let follower = null;
let sending = false;
let tries = 0;
let retry = 0;
let lastTap = { option: "", at: 0 };

/* ---- what is heard ---- */

function hear(messages, fresh = true) {
  const near = view.atBottom();
  let first = null;
  for (const message of messages) {
    if (shown.has(message.id)) continue;
    shown.set(message.id, message);
    if (fresh) times[message.id] ??= Date.now();
    const row = view.showBot(message, times[message.id], fresh);
    first ??= row;
  }
  if (!first) return;
  store.write("times", times = Object.fromEntries(Object.entries(times).slice(-MOST_TIMES)));
  view.keepUp(near, first);
}

function follow() {
  if (follower) return;
  follower = new net.Follower(session, cursor, { heard: hear, state: presence });
}

function presence(told) {
  const state = navigator.onLine ? told : "offline"; // a late answer of a stream that still ends is no connection
  if ($("presence").textContent === es[state]) return;
  $("presence").textContent = es[state];
  if (state === "online" && tries) sendSoon(0);
}

/* ---- what is said ---- */

function say(text, body) {
  const source = store.read("source");
  const one = { id: store.secret(), text, body, after: Math.max(0, ...shown.keys()), at: Date.now(), state: "pending" };
  if (source) {
    one.body = { ...body, source };
    store.write("source", null);
  }
  own.push(one);
  store.writeOwn(own);
  welcome(false);
  view.showOwn(one, own.length, true);
  view.toBottom();
  if (!sending) sendSoon(0);
}

function sendSoon(milliseconds) {
  clearTimeout(retry);
  retry = setTimeout(flush, milliseconds);
}

/** Send what is waiting, in order and one at a time. The id stays the same, so a repetition changes nothing. */
async function flush() {
  const next = own.find((one) => one.state === "pending");
  if (sending || !next) return;
  const mine = session;
  sending = true;
  const dots = setTimeout(() => view.setTyping(true), 250);
  try {
    const messages = await net.post(session, next);
    if (mine === session) delivered(next, messages);
  } catch (error) {
    if (mine === session) undelivered(next, error);
  } finally {
    clearTimeout(dots);
    view.setTyping(false);
    sending = false;
    if (!tries && own.some((one) => one.state === "pending")) sendSoon(0);
  }
}

function delivered(one, messages) {
  tries = 0;
  presence("online");
  settle(one, "sent");
  hear(messages);
  follow();
}

function undelivered(one, error) {
  if (error.final) {
    settle(one, "refused");
  } else {
    tries += 1;
    if (!navigator.onLine) presence("offline");
    sendSoon(Math.max(error.wait ?? 0, Math.min(1000 * 2 ** (tries - 1), 30000)));
  }
  view.showTrouble(one);
}

function settle(one, state) {
  one.state = state;
  store.writeOwn(own);
  view.showState(one);
}

function wake() {
  follower?.wake();
  if (tries) sendSoon(0);
}

/* ---- taps, text, place ---- */

view.onChoice((option, title, taps) => {
  const now = Date.now();
  // of a double tap only the first counts: the second may meet another button that has just slid under the finger
  if (taps > 1 || (option === lastTap.option && now - lastTap.at < 800)) return;
  lastTap = { option, at: now };
  say(title, { option });
}, locate);

function submit() {
  const text = box.value.trim();
  if (!text) return;
  box.value = "";
  grow();
  say(text, { text });
}

function grow() {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
}

function locate() {
  if (!navigator.geolocation) return view.notice(es.noPlace);
  $("pin").disabled = true;
  const waiting = view.notice(es.locating);
  const done = (then) => (result) => { $("pin").disabled = false; waiting.remove(); then(result); };
  return navigator.geolocation.getCurrentPosition(
    done(({ coords }) => say(es.place, { location: { latitude: round(coords.latitude), longitude: round(coords.longitude) } })),
    done(() => view.notice(es.noPlace)),
    { timeout: 15000, maximumAge: 60000 },
  );
}

const round = (degrees) => Math.round(degrees * 1e4) / 1e4; // about ten metres: enough to know the district

/* ---- the page ---- */

function welcome(on) {
  $("welcome").hidden = !on;
}

function cover(on) {
  $("curtain").hidden = !on;
  $("composer").hidden = $("menu-button").hidden = on;
}

function leave(event) {
  event.preventDefault();
  document.body.hidden = true;
  store.write("covered", true);
  location.replace($("exit").href);
}

function eraseAll() {
  follower?.stop();
  clearTimeout(retry);
  store.forget();
  [session, own, times, shown, cursor, follower, tries] = [store.session(), [], {}, new Map(), 0, null, 0];
  view.clear();
  cover(false);
  welcome(true);
  $("begin").focus();
}

function toggleMenu(open) {
  $("menu").hidden = !open;
  $("menu-button").setAttribute("aria-expanded", String(open));
}

function ask(dialog, yes) {
  dialog.returnValue = "";
  dialog.onclose = () => { if (dialog.returnValue === "yes") yes(); };
  dialog.showModal();
}

function rememberSource() {
  const address = new URL(location.href);
  const source = address.searchParams.get("origen");
  if (source && /^[A-Za-z0-9_-]{1,64}$/.test(source)) store.write("source", source);
  if (address.search) window.history.replaceState(null, "", address.pathname);
}

/** Draw what is kept here and what the server knows, then send what is waiting. */
async function open() {
  store.write("covered", false);
  cover(false);
  view.setBusy(true);
  own.forEach((one, order) => { view.showOwn(one, order + 1, false); if (one.state !== "sent") view.showTrouble(one); });
  welcome(!own.length);
  const mine = session;
  let messages = [];
  try {
    messages = await net.history(session, 0);
  } catch { /* the follower will ask again */ }
  if (mine !== session) return;
  hear(messages, false);
  cursor = Math.max(0, ...messages.map((message) => message.id));
  view.setBusy(false);
  if (shown.size) welcome(false);
  view.toBottom();
  if (own.length || shown.size) follow();
  sendSoon(0);
  if (matchMedia("(pointer: fine)").matches && (own.length || shown.size)) box.focus();
}

function start() {
  rememberSource();
  const covered = Boolean(store.read("covered") && (own.length || Object.keys(times).length));
  cover(covered);
  if (covered) $("show").focus();
  else open();
}

for (const button of document.querySelectorAll("[data-say]")) {
  button.addEventListener("click", () => {
    toggleMenu(false);
    say(button.dataset.say, { text: button.dataset.say });
    if (matchMedia("(pointer: fine)").matches) box.focus();
  });
}
$("exit").addEventListener("click", leave);
$("show").addEventListener("click", open);
$("start-anew").addEventListener("click", () => ask($("ask-erase"), eraseAll));
$("pin").addEventListener("click", () => ask($("ask-location"), locate));
$("erase").addEventListener("click", () => { toggleMenu(false); ask($("ask-erase"), eraseAll); });
$("menu-button").addEventListener("click", () => toggleMenu($("menu").hidden));
document.addEventListener("click", (event) => { if (!event.target.closest("#menu, #menu-button")) toggleMenu(false); });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !$("menu").hidden) { toggleMenu(false); $("menu-button").focus(); }
});
$("composer").addEventListener("submit", (event) => { event.preventDefault(); submit(); box.focus(); });
box.addEventListener("input", grow);
box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
});
for (const kind of ["paste", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (!(event.clipboardData ?? event.dataTransfer)?.files.length) return;
    event.preventDefault();
    view.notice(es.noFiles);
  });
}
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });
window.addEventListener("online", wake);
window.addEventListener("offline", () => presence("offline"));
window.addEventListener("storage", (event) => { if (event.key === "arraigo.session") location.reload(); });
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

start();
