"""The self-diagnosis of a trade: what the person does alone, with help or not yet; never an exam.

The questionnaires are data. Each criterion and question becomes a step of its own, named by its id, so that a person
can stop at any of them and go on days later, go back, and change an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from db.content import Criterion, Question, Trade, load_trades
from flows.core.ask import Call, Choice, Pick
from flows.core.reply import Option
from flows.core.said import Said
from flows.core.step import END, Flow, Jump, Next, Step
from flows.core.turn import Turn
from flows.oficios import every, likely, named, part_of_title, work
from flows.puntaje import LEVELS, Assessment, assess
from flows.store import UNDER_18, DiagnosisRecord, person, store, world
from nlu.text import normalise, similar, yes_no
from nlu.words import WORDS

flow = Flow("diagnostico", resumable=True)

LETTERS: Final = "ABCDE"
SHOWN: Final = 3  # tasks that a list names: more is not read
NOT_KNOWN: Final = "no_se"  # to a question: stored like an option, and no option
GROUP: Final = 4  # criteria in a part, so that the end of one is always near


# --- what is being diagnosed ---------------------------------------------------------------------------


@flow.gate
def inicio(turn: Turn) -> Next:
    band = person(turn).age_band
    if band == UNDER_18:
        return Jump("menor")
    return elegir if band else edad


@flow.step(Call("edad"))
def edad(turn: Turn, band: str) -> Next:
    return Jump("menor") if band == UNDER_18 else elegir


@flow.gate
def elegir(turn: Turn) -> Next:
    if turn.answers.get("oficio") in world(turn).trades:
        return empezar
    return cual if turn.answers.get("entre") else oficio


@flow.step(Pick(every, hears=named), static=True)
def oficio(turn: Turn, answer: str) -> Next:
    if answer == "otro":
        turn.say("otro")
        return Jump("persona")
    return cual if answer == "varios" else empezar


@flow.step(Pick(likely, part_of_title))
def cual(turn: Turn, answer: str) -> Next:
    if answer == "otro":
        return oficio
    turn.answers["oficio"] = answer
    return empezar


def _trade(turn: Turn) -> Trade:
    return world(turn).trades[turn.answers["oficio"]]


# --- the questions, made from the content --------------------------------------------------------------


def ordered(trade: Trade) -> list[Criterion]:
    """The criteria as they are asked: from basic to advanced, and working safely at the end."""
    return sorted(trade.criteria, key=lambda c: (c.kind == "seguridad", LEVELS[c.level]))


@flow.gate
def empezar(turn: Turn) -> Next:
    trade = _trade(turn)
    turn.answers["empezo"] = turn.now.isoformat()
    turn.answers["registro"] = store(turn).begin_diagnosis(_record(turn, trade))
    turn.say_content("texto", oficio=work(turn, trade.slug).lower(), total=len(trade.criteria))
    return flow.steps[ordered(trade)[0].id]


def _add_criterion(trade: Trade, items: Sequence[Criterion], index: int) -> None:
    criterion = items[index]

    def then(turn: Turn, answer: str) -> Next:
        store(turn).save_diagnosis(turn.answers.get("registro", ""), _record(turn, trade))
        if index + 1 < len(items):
            return flow.steps[items[index + 1].id]
        turn.say_common("ya_casi")
        return flow.steps[trade.questions[0].id] if trade.questions else calcular

    def values(turn: Turn) -> Mapping[str, object]:
        parts = turn.copy.heading("diagnostico", "criterio")["partes"]
        part = len(parts) - 1 if criterion.kind == "seguridad" else min(index // GROUP, len(parts) - 2)
        return {"parte": parts[part], "n": index + 1, "total": len(items), "tarea": criterion.text}

    flow.add(
        Step(flow, criterion.id, Choice("solo", "ayuda", "no", hears=_level), then, "criterio", values, static=True)
    )


def _level(turn: Turn, said: Said) -> str | None:
    """A yes or a no in other words than the titles': «simón», «sí, allá lo hacía», «eso no»."""
    meant = yes_no(said.text)
    if meant:
        return "solo"
    parts = normalise(said.text).split()
    plain = len(parts) <= WORDS.longest_answer and WORDS.doubts.isdisjoint(parts)
    return "no" if meant is None and plain and not WORDS.no_openings.isdisjoint(parts) else None


def _add_question(trade: Trade, index: int) -> None:
    question = trade.questions[index]

    def shuffled(turn: Turn) -> Sequence[Option]:
        order = list(range(len(question.options)))
        turn.random.shuffle(order)
        turn.answers[f"orden_{question.id}"] = "".join(map(str, order))
        return [Option(str(position), LETTERS[place]) for place, position in enumerate(order)]

    def hears(turn: Turn, said: Said) -> str | None:
        return _option_by_letter(turn, question, said) or _option_in_words(question, said) or _not_known(turn, said)

    def values(turn: Turn) -> Mapping[str, object]:
        order = [int(digit) for digit in turn.answers[f"orden_{question.id}"]]
        lines = [f"{LETTERS[place]}) {question.options[position]}" for place, position in enumerate(order)]
        return {
            "pregunta": question.text,
            "opciones": "\n".join(lines),
            "n": index + 1,
            "total": len(trade.questions),
        }

    def then(turn: Turn, answer: str) -> Next:
        right = answer == str(question.correct)
        turn.say_content("bien" if right else "era", respuesta=question.options[question.correct])
        return flow.steps[trade.questions[index + 1].id] if index + 1 < len(trade.questions) else calcular

    flow.add(Step(flow, question.id, Pick(shuffled, hears), then, "pregunta", values, static=True))


def _option_by_letter(turn: Turn, question: Question, said: Said) -> str | None:
    """«La b», «es la C»: the option that stands behind that letter."""
    order = turn.answers[f"orden_{question.id}"]
    *before, last = normalise(said.text).upper().split() or [""]
    if not last or last not in LETTERS[: len(order)] or not WORDS.number_fillers.issuperset(map(str.lower, before)):
        return None
    return order[LETTERS.index(last)]


def _not_known(turn: Turn, said: Said) -> str | None:
    """«No sé» is an answer too: the right one is told."""
    return NOT_KNOWN if normalise(said.text) in turn.copy.synonyms("diagnostico", "pregunta")[NOT_KNOWN] else None


def _option_in_words(question: Question, said: Said) -> str | None:
    alike = [similar(normalise(option), normalise(said.text)) for option in question.options]
    best = max(range(len(alike)), key=alike.__getitem__)
    return str(best) if alike[best] >= 0.8 and alike.count(alike[best]) == 1 else None


# --- the result ----------------------------------------------------------------------------------------


def _record(turn: Turn, trade: Trade, assessment: Assessment | None = None) -> DiagnosisRecord:
    criteria = {c.id: turn.answers[c.id] for c in trade.criteria if c.id in turn.answers}
    knowledge = {q.id: turn.answers[q.id] for q in trade.questions if q.id in turn.answers}
    if assessment is None:
        return DiagnosisRecord(trade.slug, trade.version, criteria, knowledge)
    return DiagnosisRecord(
        trade.slug,
        trade.version,
        criteria,
        knowledge,
        assessment.band,
        assessment.score,
        assessment.by_function,
    )


@flow.gate
def calcular(turn: Turn) -> Next:
    trade = _trade(turn)
    missing = next((c for c in ordered(trade) if c.id not in turn.answers), None)
    if missing:
        return flow.steps[missing.id]
    assessment = assess(trade, turn.answers, world(turn).bands)
    store(turn).save_diagnosis(turn.answers.get("registro", ""), _record(turn, trade, assessment))
    turn.answers["banda"] = assessment.band
    if assessment.strengths:
        turn.say("fortalezas", oficio=work(turn, trade.slug).lower(), lista=", ".join(assessment.strengths).lower())
    if assessment.practise:
        turn.say("practicar", lista=_bullets(assessment.practise))
    turn.say("evaluacion", lista=_bullets(assessment.shown))
    return resultado


def _bullets(criteria: Sequence[Criterion]) -> str:
    return "\n".join(f"• «{criterion.text.removesuffix('.')}»" for criterion in criteria[:SHOWN])


def _result(turn: Turn) -> Mapping[str, object]:
    return {"oficio": work(turn, turn.answers["oficio"]).lower()}


@flow.step(Choice("cita", "curso", "ambas", "menu"), values=_result, variant=lambda turn: turn.answers["banda"])
def resultado(turn: Turn, answer: str) -> Next:
    if answer == "menu":
        return Jump("menu")
    turn.answers["quiere"] = answer
    if answer == "cita":
        return Jump("cita", {"oficio": turn.answers["oficio"]})
    return pedir if person(turn).place else lugar


@flow.step(Call("ubicacion"))
def lugar(turn: Turn, place: str) -> Next:
    return pedir


@flow.gate
def pedir(turn: Turn) -> Next:
    turn.say(turn.answers["quiere"])
    return alguien


def _course(turn: Turn) -> Mapping[str, str]:
    return {"topic": f"curso:{turn.answers['oficio']}"}


@flow.step(Call("persona", _course))
def alguien(turn: Turn, _: str) -> Next:
    """The team is told of the course; who wants both goes on to the appointment."""
    return Jump("cita", {"oficio": turn.answers["oficio"]}) if turn.answers["quiere"] == "ambas" else END


def _declare(trades: Mapping[str, Trade]) -> None:
    for trade in trades.values():
        items = ordered(trade)
        for index in range(len(items)):
            _add_criterion(trade, items, index)
        for index in range(len(trade.questions)):
            _add_question(trade, index)


_declare(load_trades())
