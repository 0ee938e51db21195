// Draws the conversation. Knows nothing of the network or of what is kept.
import es from "./es.js";

const log = document.getElementById("log");
const scroller = document.querySelector("main");
const newest = document.getElementById("newest");
const typing = document.getElementById("typing");
const clock = new Intl.DateTimeFormat("es", { hour: "2-digit", minute: "2-digit", hour12: false });
const day = new Intl.DateTimeFormat("es", { day: "numeric", month: "short" });
// addresses, *bold*, and telephone numbers of eight digits or with a country code (but no pair of years)
const MARKS = /(https?:\/\/\S*[\w/])|\*([^*\n]+)\*|(\+\d[\d -]{6,15}\d|\b(?!(?:19|20)\d\d[ -](?:19|20)\d\d\b)\d{4}[ -]\d{4}\b)/g;
let choose = () => {};
let sharePlace = () => {};

export function onChoice(option, place) {
  choose = option;
  sharePlace = place;
}

function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

function link(href, text) {
  const a = make("a", "", text);
  a.href = href;
  if (!href.startsWith("tel:")) Object.assign(a, { target: "_blank", rel: "noreferrer noopener" });
  return a;
}

function rich(text) {
  const p = make("p");
  let from = 0;
  for (const found of text.matchAll(MARKS)) {
    const [whole, address, bold, phone] = found;
    p.append(text.slice(from, found.index));
    if (address) p.append(link(address, address));
    else if (phone) p.append(link(`tel:${phone.replace(/[ -]/g, "")}`, phone));
    else p.append(make("strong", "", bold));
    from = found.index + whole.length;
  }
  p.append(text.slice(from));
  return p;
}

function file(path) {
  if (!/\.(png|jpe?g|webp|gif|svg)$/i.test(path)) return link(path, es.file);
  const image = make("img");
  Object.assign(image, { src: path, alt: es.picture, loading: "lazy" });
  return image;
}

function moment(at) {
  if (!at) return "";
  const when = new Date(at);
  const time = clock.format(when);
  return when.toDateString() === new Date().toDateString() ? time : `${day.format(when)}, ${time}`;
}

function bubble(who, text, at, ...state) {
  const box = make("div", "bubble");
  box.append(make("span", "unseen", who), rich(text));
  const meta = make("div", "meta");
  meta.append(make("span", "time", moment(at)), ...state);
  box.append(meta);
  return box;
}

function option({ id, title, description }, listed) {
  const button = make("button", "option");
  button.type = "button";
  button.dataset.option = id;
  const words = make("span", "", title);
  if (description) words.append(make("small", "", description));
  button.append(words);
  if (listed) button.append(icon("next"));
  button.addEventListener("click", (event) => choose(id, title, event.detail));
  return button;
}

function optionsOf(message) {
  const listed = message.options.length > 3;
  const group = make("div", listed ? "options list" : "options");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", es.options);
  if (message.wants === "location") {
    const button = make("button", "option place");
    button.type = "button";
    button.append(icon("pin"), make("span", "", es.sharePlace));
    button.addEventListener("click", () => sharePlace());
    group.append(button);
  }
  group.append(...message.options.map((one) => option(one, listed)));
  return group.childElementCount ? group : null;
}

/** Rows stand in the order of `key`: [message id, 0] for the bot, [id of the last message before it, n] for the person. */
function place(row, key) {
  row.key = key;
  let before = null;
  for (let other = log.lastElementChild; other?.key && later(other.key, key); other = other.previousElementSibling) before = other;
  log.insertBefore(row, before);
}

function later([a, b], [c, d]) {
  return a > c || (a === c && b > d);
}

export function showBot(message, at, fresh) {
  const row = make("div", fresh ? "row them fresh" : "row them");
  const box = bubble(es.bot, message.text, at);
  box.querySelector("p").after(...message.media.map(file));
  const group = optionsOf(message);
  row.append(box, ...(group ? [group] : []));
  place(row, [message.id, 0]);
  settle();
  return row;
}

export function showOwn(own, order, fresh) {
  const row = make("div", fresh ? "row mine fresh" : "row mine");
  row.append(bubble(es.you, own.text, own.at, make("span", "state")));
  row.dataset.own = own.id;
  if (own.body.option) row.dataset.chose = own.body.option;
  place(row, [own.after, order]);
  showState(own);
  settle();
}

export function showState({ id, state }) {
  const row = log.querySelector(`[data-own="${CSS.escape(id)}"]`);
  if (!row) return;
  row.classList.toggle("refused", state === "refused");
  const label = row.querySelector(".state");
  if (state === "sent") label.replaceChildren(make("span", "unseen", es.sent), document.createTextNode("✓"));
  else label.textContent = "";
}

/** Say under a message why it is still here; only once it has failed, so that a quick answer never flickers. */
export function showTrouble({ id, state }) {
  const label = log.querySelector(`[data-own="${CSS.escape(id)}"] .state`);
  if (label) label.textContent = state === "refused" ? es.refused : es.pending;
}

/** Only the options of the last message still ask something; older ones step back, and the chosen one stays marked. */
function settle() {
  const groups = [...log.querySelectorAll(".options")];
  const answers = [...log.querySelectorAll(".mine")];
  const last = groups.at(-1);
  const answered = last && answers.some((row) => later(row.key, last.closest(".row").key));
  for (const group of groups) group.classList.toggle("old", group !== last || answered);
  for (const row of answers) if (row.dataset.chose) mark(row);
}

/** The tapped button: of the same one shown twice, the last before the answer. */
function mark(answer) {
  const same = [...log.querySelectorAll(`[data-option="${CSS.escape(answer.dataset.chose)}"]`)];
  const button = same.filter((one) => later(answer.key, one.closest(".row").key)).at(-1);
  if (!button || button.classList.contains("chosen")) return;
  button.classList.add("chosen");
  button.append(make("span", "unseen", es.chosen));
}

export function notice(text) {
  const row = make("p", "notice", text);
  row.key = log.lastElementChild?.key ?? [0, 0];
  log.append(row);
  toBottom();
  return row;
}

export function setTyping(on) {
  const near = atBottom();
  typing.hidden = !on;
  if (on && near) toBottom();
}

export function setBusy(on) {
  log.setAttribute("aria-busy", String(on));
}

export function clear() {
  log.replaceChildren();
}

export function atBottom() {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 120;
}

export function toBottom() {
  scroller.scrollTop = scroller.scrollHeight;
  newest.hidden = true;
}

/** After new messages: show their end, or their beginning if they are long, unless the person is reading further up. */
export function keepUp(wasAtBottom, first) {
  newest.hidden = wasAtBottom;
  if (!wasAtBottom) return;
  toBottom();
  const above = scroller.getBoundingClientRect().top - first.getBoundingClientRect().top;
  if (above > 0) scroller.scrollTop -= above + 8;
}

newest.addEventListener("click", toBottom);
scroller.addEventListener("scroll", () => { if (atBottom()) newest.hidden = true; }, { passive: true });
