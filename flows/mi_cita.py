"""The appointment that one has: when, where, how to get there; another day, or none; and waiting for a place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from flows.agenda import OFFERED, PERSON, STANDING, AlreadyBooked, Appointment, Gone
from flows.core.ask import Choice, Pick
from flows.core.reply import Option
from flows.core.step import END, Flow, Jump, Next, Unanswered
from flows.core.turn import Turn
from flows.fechas import moment_title
from flows.final import rest
from flows.horarios import CENTRE
from flows.oficios import work
from flows.sedes import BELOW, advice, facts, name_of, told, whereabouts
from flows.store import KEEP_ANSWERS, agenda, consent_version, person, store

flow = Flow("mi_cita")

CODE: Final = "cita"  # the answer that holds the appointment's code
WISH: Final = "hacer"  # what the person came for: «cambiar», «cancelar»
TOLD: Final[tuple[str, ...]] = (
    "cuando",
    "lugar",
    "dicho",
    "oficio",
    "entre",
)  # a day, a place, a trade, wished in the same words
MADE: Final = "nueva"  # it was booked just now: «si»; or changed: «cambio»
FETCHED: Final = frozenset({"webchat", "terminal"})  # channels on which nobody can be written to unasked


# --- which one -----------------------------------------------------------------------------------------


@flow.gate
def inicio(turn: Turn) -> Next:
    standing, answers = agenda(turn).standing(), turn.answers
    if answers.get(CODE) not in [each.code for each in standing]:
        answers.pop(CODE, None)
        answers.pop(MADE, None)
        if len(standing) == 1:
            answers[CODE] = standing[0].code
    if CODE in answers:
        return seguir
    return cual if standing else sin_cita


def _several(turn: Turn) -> Sequence[Option]:
    return [
        Option(
            each.code,
            moment_title(turn, each.starts_at, each.centre.zone),
            f"{work(turn, each.trade)}, {each.centre.name}"[:BELOW],
        )
        for each in agenda(turn).standing()
    ]


@flow.step(Pick(_several))
def cual(turn: Turn, answer: str) -> Next:
    turn.answers[CODE] = answer
    return seguir


@flow.gate
def sin_cita(turn: Turn) -> Next:
    """Nothing stands; perhaps the person waits for a place."""
    if agenda(turn).waits():
        return Jump("espera")
    told = {name: turn.answers[name] for name in TOLD if name in turn.answers}
    return Jump("cita", told) if told and turn.answers.get(WISH) != "cancelar" else ninguna


@flow.step(Choice("pedir", "menu"))
def ninguna(turn: Turn, answer: str) -> Next:
    return Jump("cita") if answer == "pedir" else Jump("menu")


def standing(turn: Turn) -> Appointment | None:
    """The appointment that is spoken of, while it stands."""
    found = agenda(turn).appointment(turn.answers.get(CODE, ""))
    return found if found and found.state in STANDING else None


@flow.gate
def seguir(turn: Turn) -> Next:
    mine = standing(turn)
    if mine is None:
        return inicio
    if mine.state == OFFERED:
        return Jump("lugar_libre", {CODE: mine.code})
    wish = turn.answers.pop(WISH, "")
    if wish == "cambiar":
        return Jump("cita", {"cambia": mine.code, **_told_before(turn)})
    return cancelar if wish == "cancelar" else mostrar


def _told_before(turn: Turn) -> dict[str, str]:
    """The day or place that was wished in the same words as the change."""
    return {name: turn.answers[name] for name in TOLD[:3] if name in turn.answers}


# --- what is known of it --------------------------------------------------------------------------------


@flow.gate
def mostrar(turn: Turn) -> Next:
    """All that one needs to get there, in two messages and a file for the calendar."""
    mine = standing(turn)
    if mine is None:
        return inicio
    made = turn.answers.pop(MADE, "")
    values = {
        **facts(turn, mine),
        "oficio": work(turn, mine.trade).lower(),
        "donde": whereabouts(mine.centre),
        "codigo": mine.code,
    }
    turn.say({"": "texto", "si": "apartada", "cambio": "cambiada"}[made], **values)
    known = advice(turn, mine.centre)
    if known:
        turn.say("consejos", consejos=known)
    else:
        turn.say("sin_consejos")
    if made:
        turn.give("calendario", agenda(turn).calendar_file(mine.code))
        turn.say(_reminding(turn))
    return ver


def _reminding(turn: Turn) -> str:
    """Whether we shall remind: honest where we cannot, or may not."""
    if person(turn).opted_out:
        return "de_baja"
    return "sin_avisos" if turn.channel in FETCHED else "con_avisos"


@flow.step(Choice("bien", "cambiar", "cancelar"))
def ver(turn: Turn, answer: str) -> Next:
    if answer == "bien":
        turn.say("hasta_pronto")
        return rest(turn)
    turn.answers[WISH] = answer
    return seguir


def _mine(turn: Turn) -> Mapping[str, object]:
    mine = standing(turn)
    if mine is None:
        raise Unanswered(inicio)
    return facts(turn, mine)


@flow.step(Choice("cambiar", "si", "no"), values=_mine)
def cancelar(turn: Turn, answer: str) -> Next:
    """Asked once, another day first."""
    if answer == "cambiar":
        turn.answers[WISH] = "cambiar"
        return seguir
    if answer == "no":
        turn.say("sigue")
        return rest(turn)
    try:
        agenda(turn).cancel(turn.answers[CODE], PERSON)
    except Gone:
        return inicio
    turn.say("cancelada")
    return rest(turn)


# --- waiting -------------------------------------------------------------------------------------------

espera = Flow("espera")


@espera.gate
def apuntar(turn: Turn) -> Next:
    if CENTRE not in turn.answers:
        return en_espera
    return anotar if person(turn).kept else guardar


@espera.step(Choice("si", "no"))
def guardar(turn: Turn, answer: str) -> Next:
    if answer == "si":
        store(turn).consent(KEEP_ANSWERS, True, consent_version(turn))
        return anotar
    turn.say("sin_guardar")
    return Jump("persona", {"topic": f"cita:{turn.answers['oficio']}"})


@espera.gate
def anotar(turn: Turn) -> Next:
    code, trade = turn.answers[CENTRE], turn.answers["oficio"]
    centre = agenda(turn).centre(code)
    try:
        agenda(turn).join_waitlist(code, trade)
    except (Gone, AlreadyBooked):
        return Jump("mi_cita")
    turn.say("anotado", centro=name_of(centre) if centre else "")
    turn.say("sin_avisos" if turn.channel in FETCHED else "con_avisos")
    return END


def _waits(turn: Turn) -> Mapping[str, object]:
    lines = [f"• {work(turn, wait.trade)}: {name_of(wait.centre)}" for wait in agenda(turn).waits()]
    return {"lista": "\n".join(lines)}


@espera.step(Choice("seguir", "otro_lugar", "salir"), values=_waits)
def en_espera(turn: Turn, answer: str) -> Next:
    if answer == "otro_lugar":
        return Jump("cita")
    if answer == "seguir":
        turn.say("sigue")
        return END
    for wait in agenda(turn).waits():
        agenda(turn).leave_waitlist(wait.centre.code, wait.trade)
    turn.say("fuera")
    return END


# --- a place for who waits -------------------------------------------------------------------------------

lugar_libre = Flow("lugar_libre")


@lugar_libre.gate
def comprobar(turn: Turn) -> Next:
    """An offer holds until its hour; afterwards it is said so, kindly."""
    mine = agenda(turn).appointment(turn.answers.get(CODE, ""))
    if _holds(turn, mine):
        return ofrecido
    if mine and mine.state in STANDING and mine.state != OFFERED:
        return Jump("mi_cita", {CODE: mine.code})
    turn.say("vencido")
    return otra


def _holds(turn: Turn, mine: Appointment | None) -> bool:
    return bool(mine and mine.state == OFFERED and mine.offered_until and mine.offered_until > turn.now)


def _offer(turn: Turn) -> Mapping[str, object]:
    mine = standing(turn)
    if mine is None or mine.offered_until is None:
        raise Unanswered(comprobar)
    until = told(turn, mine.offered_until, mine.centre, from_today=True)
    return {**facts(turn, mine), "hasta": until, "donde": whereabouts(mine.centre)}


@lugar_libre.step(Choice("si", "no"), values=_offer)
def ofrecido(turn: Turn, answer: str) -> Next:
    if not _holds(turn, standing(turn)):
        return comprobar
    if answer == "no":
        return seguir_espera
    try:
        made = agenda(turn).accept(turn.answers[CODE])
    except Gone:
        return comprobar
    return Jump("mi_cita", {CODE: made.code, MADE: "si"})


@lugar_libre.step(Choice("seguir", "salir"))
def seguir_espera(turn: Turn, answer: str) -> Next:
    """The place goes to the next one at once; whether the person waits on is theirs to say."""
    agenda(turn).decline(turn.answers[CODE], keep_waiting=answer == "seguir")
    turn.say("sigue" if answer == "seguir" else "fuera")
    return rest(turn)


@lugar_libre.step(Choice("pedir", "despues"))
def otra(turn: Turn, answer: str) -> Next:
    if answer == "pedir":
        return Jump("cita")
    turn.say("aqui_estoy")
    return rest(turn)
