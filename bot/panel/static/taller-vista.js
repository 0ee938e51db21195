// What the workshop shows: the list of people, and one person's criteria. Built once for a person and then painted,
// so that nothing that somebody is typing is taken away.
const texts = JSON.parse(document.body.dataset.words);
const piece = (id) => document.querySelector(`#${id}`).content.firstElementChild.cloneNode(true);

export const words = {
  say: (key, values = {}) => Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), texts[key] ?? ''),
  kept: (n) => (n === 1 ? texts.una_guardada : words.say('guardadas', { n })),
  notes: (n) => (n === 1 ? texts.una_anotacion : words.say('anotaciones', { n })),
  hour: (at, zone) => new Date(at).toLocaleTimeString('es', { hour: '2-digit', minute: '2-digit', hour12: false, timeZone: zone }),
};
const named = (table, code) => texts[`${table}.${code}`] ?? code;

/* --- everybody ------------------------------------------------------------------------------------------ */

export function showList(people, { who, day }) {
  const list = document.querySelector('#personas');
  const rows = people.map((person) => row(person, day));
  if (list.innerHTML !== rows.map((each) => each.outerHTML).join('')) list.replaceChildren(...rows);
  const nobody = document.querySelector('#nadie');
  nobody.hidden = people.length > 0;
  if (!who || !day) nobody.firstElementChild.textContent = words.say('abra_con_senal');
}

function row(person, day) {
  const item = piece('t-fila');
  const link = item.querySelector('a');
  link.href = `#p${person.id}`;
  link.querySelector('.who').textContent = called(person);
  link.querySelector('.facts-line').textContent = facts(person, day);
  link.querySelector('.marks-line').textContent = how(person, day);
  return item;
}

const called = (person) => (person.name ? `${person.name} (${person.code})` : person.code);

function facts(person, day) {
  const when = person.today ? words.hour(person.starts, person.zone) : words.say('sin_terminar');
  return [when, tradeName(person, day), day.centres > 1 ? person.centre : '', named('estados', person.state)].filter(Boolean).join(' · ');
}

function tradeName(person, day) {
  const trade = day.trades[person.trade];
  return trade?.names[person.country] ?? person.trade;
}

function how(person, day) {
  if (person.unsent) return words.say('terminada_sin_enviar', { resultado: named('resultados', person.result) });
  if (person.finished) return ended(person);
  const { done, all } = progress(person, day.trades[person.trade]);
  return done ? words.say('de', { hecho: done, todo: all }) : '';
}

const ended = (person) => words.say('terminada', { hora: words.hour(person.finished, person.zone), resultado: named('resultados', person.result) });

const decided = (mark) => mark?.verdict === 'competent' || mark?.verdict === 'not_yet';

function progress(person, trade) {
  const every = trade?.criteria ?? [];
  const open = every.filter((each) => each.critical && !decided(person.marks[each.id]));
  return { done: every.filter((each) => decided(person.marks[each.id])).length, all: every.length, open: open.length };
}

/* --- one person ----------------------------------------------------------------------------------------- */

let shown = null; // { id, version, user, article }

export function showPerson(person, here, acts) {
  const trade = here.day.trades[person.trade];
  const place = document.querySelector('#persona');
  const same = shown && shown.article.isConnected && shown.id === person.id && shown.version === trade?.version;
  if (!same) {
    shown = { id: person.id, version: trade?.version, article: build(person, trade, here, acts) };
    place.replaceChildren(shown.article);
    shown.article.querySelector('h1').focus({ preventScroll: true });
  }
  shown.person = person;
  paint(shown.article, person, trade, here, acts);
}

function build(person, trade, here, acts) {
  const article = piece('t-persona');
  article.querySelector('h1').textContent = called(person);
  identity(article, person, acts);
  criteria(article, person, trade, acts);
  questions(article, person, trade, acts);
  end(article, trade, acts);
  return article;
}

function identity(article, person, acts) {
  const form = article.querySelector('.identity form');
  const { visto, nombre } = form.elements;
  nombre.value = acts.drafted(person.id, 'legal_name') ?? person.legal_name;
  visto.checked = Boolean(person.legal_name);
  nombre.addEventListener('input', () => acts.draft(person.id, 'legal_name', nombre.value));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const name = nombre.value.trim().replace(/\s+/g, ' ');
    const said = form.querySelector('.said-so');
    if (!visto.checked || !name) { said.textContent = words.say('nombre_falta'); return; }
    await acts.add(person.id, 'identity', { legal_name: name });
    said.textContent = words.say('nombre_guardado');
  });
}

function criteria(article, person, trade, acts) {
  const functions = new Map();
  for (const each of trade?.criteria ?? []) {
    if (!functions.has(each.function)) functions.set(each.function, []);
    functions.get(each.function).push(each);
  }
  for (const [name, several] of functions) {
    const section = piece('t-funcion');
    section.querySelector('h2').textContent = name;
    section.querySelector('.items').append(...several.map((each) => criterion(person, each, acts)));
    article.querySelector('.functions').append(section);
  }
}

function criterion(person, each, acts) {
  const box = piece('t-criterio');
  const text = box.querySelector('.text');
  text.id = `c-${each.id}`;
  box.dataset.item = each.id;
  box.setAttribute('aria-labelledby', text.id);
  text.firstElementChild.textContent = each.text;
  text.querySelector('.badge').hidden = !each.critical;
  const note = box.querySelector('textarea');
  note.value = acts.drafted(person.id, `${each.id}.note`) ?? person.marks[each.id]?.note ?? '';
  box.querySelector('details').open = Boolean(note.value);
  const now = () => shown.person.marks[each.id];
  const way = () => acts.drafted(person.id, `${each.id}.way`) ?? now()?.way ?? 'observed';
  const put = (verdict) => acts.add(person.id, 'mark', { item: each.id, way: way(), verdict, note: note.value.trim() });
  for (const button of box.querySelectorAll('[data-way]')) {
    button.addEventListener('click', async () => {
      await acts.draft(person.id, `${each.id}.way`, button.dataset.way);
      if (decided(now())) await put(now().verdict);
      else press(box, 'way', way());
    });
  }
  for (const button of box.querySelectorAll('[data-verdict]')) {
    button.addEventListener('click', () => put(now()?.verdict === button.dataset.verdict ? 'cleared' : button.dataset.verdict));
  }
  note.addEventListener('input', () => acts.draft(person.id, `${each.id}.note`, note.value));
  note.addEventListener('change', () => { if (decided(now()) && note.value.trim() !== now().note) put(now().verdict); });
  return box;
}

function questions(article, person, trade, acts) {
  const section = article.querySelector('.questions');
  section.hidden = !trade?.questions.length;
  for (const each of trade?.questions ?? []) {
    const box = piece('t-pregunta');
    const text = box.querySelector('.text');
    text.id = `c-${each.id}`;
    box.dataset.item = each.id;
    box.setAttribute('aria-labelledby', text.id);
    text.firstElementChild.textContent = each.text;
    each.options.forEach((option, index) => {
      const line = document.createElement('li');
      line.textContent = index === each.correct ? `${option} ${words.say('correcta')}` : option;
      box.querySelector('.options').append(line);
    });
    for (const button of box.querySelectorAll('[data-verdict]')) {
      button.addEventListener('click', () => {
        const verdict = shown.person.marks[each.id]?.verdict === button.dataset.verdict ? 'cleared' : button.dataset.verdict;
        acts.add(person.id, 'mark', { item: each.id, way: null, verdict, note: '' });
      });
    }
    section.querySelector('.items').append(box);
  }
}

function end(article, trade, acts) {
  const form = article.querySelector('.end form');
  const sure = form.querySelector('.sure');
  const error = form.querySelector('.error');
  const person = () => shown.person;
  const practise = form.querySelector('.practise');
  for (const each of trade?.criteria ?? []) {
    const choice = piece('t-practica');
    choice.querySelector('input').value = each.id;
    choice.querySelector('span').textContent = each.text;
    practise.querySelector('.items').append(choice);
  }
  form.addEventListener('change', (event) => {
    if (event.target.name === 'resultado') {
      practise.hidden = form.elements.resultado.value !== 'not_yet';
      for (const box of practise.querySelectorAll('input')) box.checked = person().marks[box.value]?.verdict === 'not_yet';
    }
    sure.hidden = true;
    keepEnd();
  });
  form.elements.notas.addEventListener('input', keepEnd);
  function keepEnd() { acts.draft(person().id, 'end', ending(form)); }
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const missing = lacks(form, person(), trade);
    error.hidden = !missing;
    error.textContent = missing ? words.say(missing) : '';
    sure.hidden = Boolean(missing);
    if (missing) return;
    sure.querySelector('strong').textContent = words.say(`seguro_${form.elements.resultado.value}`);
    sure.querySelector('[data-yes]').focus();
  });
  sure.querySelector('[data-no]').addEventListener('click', () => { sure.hidden = true; });
  sure.querySelector('[data-yes]').addEventListener('click', async () => {
    if (person().finished) return;
    sure.hidden = true;
    await acts.add(person().id, 'finish', ending(form));
  });
}

const ending = (form) => ({
  result: form.elements.resultado.value,
  practise: form.elements.resultado.value === 'not_yet' ? [...form.querySelectorAll('.practise input:checked')].map((box) => box.value) : [],
  notes: form.elements.notas.value.trim(),
});

/** What keeps it from being finished; the panel judges by the same rules once more. */
function lacks(form, person, trade) {
  if (!person.accredited) return 'falta_acreditacion';
  if (!person.legal_name) return 'falta_identidad';
  if (progress(person, trade).open) return 'falta_criticos';
  return form.elements.resultado.value ? '' : 'falta_resultado';
}

/* --- painted whenever something changed ----------------------------------------------------------------- */

function press(box, kind, value) {
  for (const button of box.querySelectorAll(`[data-${kind}]`)) button.setAttribute('aria-pressed', button.dataset[kind] === value);
}

function paint(article, person, trade, here, acts) {
  article.querySelector('.facts-line').textContent = facts(person, here.day);
  const others = paintMarks(article, person, here, acts);
  const when = {
    cancelled: !['attended', 'booked', 'confirmed', 'missed'].includes(person.state),
    unaccredited: !person.accredited && !person.finished,
    draft: trade && !trade.reviewed && !person.finished,
    others: others.size > 0,
    finished: Boolean(person.finished),
  };
  for (const notice of article.querySelectorAll('[data-when]')) notice.hidden = !when[notice.dataset.when];
  article.querySelector('[data-when=others]').textContent = words.say('otros', { quien: [...others].join(', ') });
  if (person.finished) article.querySelector('[data-when=finished]').textContent = how(person, here.day);
  for (const part of article.querySelectorAll('.identity, .end')) part.hidden = Boolean(person.finished);
  const name = article.querySelector('.identity input[name=nombre]');
  if (person.legal_name && document.activeElement !== name && acts.drafted(person.id, 'legal_name') === undefined) name.value = person.legal_name;
  paintEnd(article, person, trade, acts);
  paintRefused(article, person, acts);
}

/** Who else noted something of this person. */
function paintMarks(article, person, here, acts) {
  const others = new Set();
  for (const box of article.querySelectorAll('.criterion')) {
    const mark = person.marks[box.dataset.item];
    const lines = [];
    for (const other of mark?.others ?? []) {
      const name = other.by === here.who.name ? words.say('otro_telefono', { quien: other.by }) : other.by;
      others.add(name);
      lines.push(words.say('otro_dijo', { quien: name, que: named('veredictos', other.verdict), hora: words.hour(other.at, person.zone) }));
    }
    if (mark && mark.user !== here.who.id) {
      others.add(mark.by);
      lines.push(words.say('lo_anoto', { quien: mark.by, hora: words.hour(mark.at, person.zone) }));
    }
    press(box, 'verdict', mark?.verdict);
    press(box, 'way', acts.drafted(person.id, `${box.dataset.item}.way`) ?? mark?.way ?? 'observed');
    for (const button of box.querySelectorAll('button, textarea')) button.disabled = Boolean(person.finished);
    const said = box.querySelector('.others');
    said.hidden = !lines.length;
    said.textContent = lines.join(' ');
  }
  return others;
}

function paintEnd(article, person, trade, acts) {
  const { done, all, open } = progress(person, trade);
  const form = article.querySelector('.end form');
  const critical = open ? (open === 1 ? words.say('un_critico') : words.say('criticos', { n: open })) : words.say('listo');
  article.querySelector('.progress').textContent = `${words.say('de', { hecho: done, todo: all })}. ${critical}`;
  const marks = (trade?.criteria ?? []).map((each) => [each, person.marks[each.id]?.verdict]);
  const against = marks.filter(([, verdict]) => verdict === 'not_yet');
  const key = !done || open ? 'sugiere_nada' : against.some(([each]) => each.critical) ? 'sugiere_critico' : against.length ? 'sugiere_no' : 'sugiere_si';
  article.querySelector('.suggestion').textContent = words.say(key);
  const begun = acts.drafted(person.id, 'end');
  if (!begun || form.dataset.filled) return;
  form.dataset.filled = 'yes';
  form.elements.notas.value = begun.notes;
  if (begun.result) form.elements.resultado.value = begun.result;
  form.querySelector('.practise').hidden = begun.result !== 'not_yet';
  for (const box of form.querySelectorAll('.practise input')) box.checked = begun.practise.includes(box.value);
}

function paintRefused(article, person, acts) {
  const list = article.querySelector('.refused');
  list.hidden = !person.refused.length;
  const key = person.refused.map((note) => `${note.seq}${note.refused}`).join();
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...person.refused.map((note) => {
    const line = piece('t-rechazo');
    line.querySelector('span').textContent = `${named('clases', note.kind)} ${named('motivos', note.refused)}.`;
    line.querySelector('[data-again]').addEventListener('click', () => acts.again(note));
    line.querySelector('[data-drop]').addEventListener('click', () => acts.drop(note));
    return line;
  }));
}
