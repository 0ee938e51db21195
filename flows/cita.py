"""Booking an assessment: trade, place, day, hour, and a yes; what the person's words answer already is not asked.

Nothing is booked without the last yes. Where somebody was quicker, or a day has no room, the nearest times are offered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, TypeAlias

from flows.agenda import OFFERED, STANDING, AlreadyBooked, Appointment, Centre, Full, Gone
from flows.core.ask import Call, Choice, Pick, Where
from flows.core.reply import Option
from flows.core.said import Said
from flows.core.step import Flow, Jump, Next, Step, Unanswered, Unclear
from flows.core.turn import Turn
from flows.fechas import bare_hour, day
from flows.horarios import (
    CENTRE,
    DAY,
    MORE,
    SLOT,
    SOONEST,
    WHEN,
    Finder,
    day_options,
    forget,
    in_part,
    later,
    offer,
    on_day,
    other_options,
    time_options,
)
from flows.lugares import (
    BY_WORDS,
    COUNTRY,
    PLACE,
    POINT,
    SAID_PLACE,
    SAID_WHEN,
    centres,
    is_there,
    noted,
    place_said,
    place_words,
)
from flows.oficios import AMONG, SEVERAL, every, left_half_way, likely, named, part_of_title, work
from flows.sedes import distance, facts, name_of, options, told
from flows.store import KEEP_ANSWERS, UNDER_18, agenda, consent_version, country, person, store, world
from flows.ubicacion import COUNTRIES

flow = Flow("cita", resumable=True)

CHANGES: Final = "cambia"  # the code of the appointment that this one takes the place of
ELSEWHERE, ANOTHER_DAY = "otro_lugar", "otro_dia"
ASIDE: Final = (SAID_PLACE, SAID_WHEN, ELSEWHERE, ANOTHER_DAY)
Gate: TypeAlias = "Step[None]"
Asks: TypeAlias = "Step[str]"


# --- which trade ---------------------------------------------------------------------------------------


@flow.gate
def inicio(turn: Turn) -> Next:
    band = person(turn).age_band
    if band == UNDER_18:
        return Jump("menor")
    return elegir if band else edad


@flow.step(Call("edad"))
def edad(turn: Turn, band: str) -> Next:
    return Jump("menor") if band == UNDER_18 else elegir


def _moving(turn: Turn) -> Appointment | None:
    """The appointment that is being changed, while it stands."""
    found = agenda(turn).appointment(turn.answers[CHANGES]) if CHANGES in turn.answers else None
    return found if found and found.state in STANDING else None


@flow.gate
def elegir(turn: Turn) -> Next:
    answers, moving = turn.answers, _moving(turn)
    if moving:
        answers["oficio"] = moving.trade
        answers.setdefault(CENTRE, moving.centre.code)
        return situar
    answers.pop(CHANGES, None)
    if answers.get("oficio") in world(turn).trades:
        return revisar
    if left := left_half_way(turn, flow.name):
        answers["oficio"] = left
        return revisar
    if AMONG not in answers:
        done = [past.trade for past in store(turn).diagnoses() if past.finished and past.trade in world(turn).trades]
        answers[AMONG] = "|".join(dict.fromkeys(done))
    among = likely(turn)
    if len(among) == 1:
        answers["oficio"] = among[0].id
        return revisar
    return cual if among else oficio


@flow.step(Pick(likely, part_of_title))
def cual(turn: Turn, answer: str) -> Next:
    if answer == "otro":
        return oficio
    turn.answers["oficio"] = answer
    return revisar


def _trade_or_when(turn: Turn, said: Said) -> str | None:
    """A trade; or a place, a day, an hour, that are kept for later."""
    trade = named(turn, said)
    return trade or noted(turn, said)


@flow.step(Pick(every, hears=_trade_or_when), static=True)
def oficio(turn: Turn, answer: str) -> Next:
    if answer in (SAID_PLACE, SAID_WHEN):
        turn.say("lo_anoto")
        return oficio
    if answer == "otro":
        turn.say("otro")
        return Jump("persona", {"topic": "cita"})
    return cual if answer == SEVERAL else revisar


def _trade(turn: Turn) -> str:
    """The trade; asked for where a deploy or a going back took it away."""
    trade = turn.answers.get("oficio", "")
    if trade not in world(turn).trades:
        raise Unanswered(oficio)
    return trade


def _has_one(turn: Turn) -> Appointment | None:
    return next((held for held in agenda(turn).standing() if held.trade == _trade(turn)), None)


@flow.gate
def revisar(turn: Turn) -> Next:
    held = _has_one(turn)
    if held and held.state == OFFERED:
        return Jump("lugar_libre", {"cita": held.code})
    return ya_tiene if held else situar


def _held(turn: Turn) -> Mapping[str, object]:
    held = _has_one(turn)
    if held is None:
        raise Unanswered(situar)
    return {**facts(turn, held), "oficio": work(turn, held.trade).lower()}


@flow.step(Choice("cambiar", "dejar", "otro_oficio"), values=_held)
def ya_tiene(turn: Turn, answer: str) -> Next:
    held = _has_one(turn)
    if held is None:
        return situar
    if answer == "otro_oficio":
        return oficio
    if answer == "dejar":
        return Jump("mi_cita", {"cita": held.code})
    turn.answers.update({CHANGES: held.code, CENTRE: held.centre.code})
    return situar


# --- where ---------------------------------------------------------------------------------------------


@flow.gate
def situar(turn: Turn) -> Next:
    """Whoever was asked where they live, and would not say, is not asked again."""
    answers = turn.answers
    abroad = person(turn).country == "other"  # asked for the country, not for the town
    known = person(turn).place or abroad or {CENTRE, PLACE, POINT, COUNTRY, "ubicar"} & answers.keys()
    if CENTRE in answers and PLACE not in answers:
        return dias
    return buscar if known else ubicar


@flow.step(Call("ubicacion"))
def ubicar(turn: Turn, place: str) -> Next:
    return buscar


@flow.step(Choice(*COUNTRIES))
def pais(turn: Turn, answer: str) -> Next:
    return buscar


@flow.gate
def buscar(turn: Turn) -> Next:
    answers = turn.answers
    by_words = answers.pop(BY_WORDS, "")
    near = centres(turn, _trade(turn))
    if near is None:
        return pais
    if not near:
        return sin_centro
    if len(near) == 1 or (by_words and is_there(turn, near[0])):
        answers[CENTRE] = near[0].code
        return dias
    if by_words:
        turn.say("no_ahi", lugar=place_words(turn))
    return centro


def _nowhere(turn: Turn) -> Mapping[str, object]:
    here = turn.answers.get(COUNTRY) or country(turn)
    return {"oficio": work(turn, _trade(turn)).lower(), "pais": turn.copy.common(f"pais_{here or 'other'}", {})}


@flow.step(Choice("persona", "otro_pais", "otro_oficio", "menu"), values=_nowhere)
def sin_centro(turn: Turn, answer: str) -> Next:
    match answer:
        case "otro_pais":
            turn.answers.pop(PLACE, None)
            turn.answers.pop(POINT, None)
            return pais
        case "otro_oficio":
            return oficio
        case "persona":
            return Jump("persona", {"topic": f"cita:{_trade(turn)}"})
        case _:
            return Jump("menu")


def _near(turn: Turn) -> Sequence[Option]:
    found = centres(turn, _trade(turn))
    if not found:
        raise Unanswered(buscar)
    return options(turn, found[:8])


@flow.step(Pick(_near, noted, wants="location"), values=lambda turn: {"oficio": work(turn, _trade(turn)).lower()})
def centro(turn: Turn, answer: str) -> Next:
    if answer == "otro":
        return otra_parte
    if answer == SAID_PLACE:
        return _named_place(turn, buscar)
    if answer == SAID_WHEN:
        answer = _soonest_centre(turn)
    turn.answers[CENTRE] = answer
    return dias


def _soonest_centre(turn: Turn) -> str:
    """Who named no place means the nearest one; who is in a hurry, the one with the first free day."""
    near = centres(turn, _trade(turn)) or ()
    free = [centre for centre in near if centre.next_day]
    if turn.answers.get(WHEN) == SOONEST and free:
        return min(free, key=lambda centre: str(centre.next_day)).code
    return (free or list(near))[0].code


def _named_place(turn: Turn, to: Gate) -> Next:
    turn.answers.pop(CENTRE, None)
    turn.answers[BY_WORDS] = "si"
    return to


@flow.step(Where())
def otra_parte(turn: Turn, answer: str) -> Next:
    if not place_said(turn, turn.said, anywhere=True):
        raise Unclear("no_conozco")
    return _named_place(turn, buscar)


# --- when ----------------------------------------------------------------------------------------------


def _centre(turn: Turn) -> Centre:
    """The chosen place; chosen anew where it is gone."""
    found = agenda(turn).centre(turn.answers.get(CENTRE, ""))
    if found is None:
        raise Unanswered(buscar)
    return found


@flow.gate
def dias(turn: Turn) -> Next:
    """From here on a wish in words leads as far as it says."""
    to = Finder(turn, _centre(turn), _trade(turn)).find(turn.answers.pop(WHEN, ""))
    return {"dia": dia, "hora": hora, "otras_horas": otras_horas, "confirmar": confirmar, "lleno": lleno}[to]


def _place(turn: Turn) -> Mapping[str, object]:
    centre = _centre(turn)
    near = next((one for one in centres(turn, _trade(turn)) or () if one.code == centre.code), centre)
    return {"centro": name_of(centre), "distancia": distance(turn, near)}


def _days(turn: Turn) -> Sequence[Option]:
    rows = day_options(turn, _centre(turn), _trade(turn))
    if not rows:
        raise Unanswered(lleno)
    return rows


@flow.step(Pick(_days, noted), values=_place)
def dia(turn: Turn, answer: str) -> Next:
    if answer in (ELSEWHERE, SAID_PLACE):
        return _aside(turn, answer, dias, buscar, dia, centro, otra_parte)
    if answer == MORE:
        later(turn, _centre(turn), _trade(turn))
        return dia
    if answer == SOONEST:
        turn.answers[WHEN] = SOONEST
    elif answer != SAID_WHEN:
        turn.answers[WHEN] = in_part(turn, answer)
    return dias


def _aside(turn: Turn, answer: str, by_wish: Gate, search: Gate, days: Asks, listed: Asks, anywhere: Asks) -> Next:
    """What leads away from the question on screen: a day, an hour or a place in words; another day; another place."""
    if answer == SAID_PLACE:
        return _named_place(turn, search)
    if answer == SAID_WHEN:
        return by_wish
    if answer == ANOTHER_DAY:
        forget(turn)
        return days
    near = centres(turn, _trade(turn)) or ()
    return listed if len(near) > 1 else anywhere


def _times(turn: Turn) -> Sequence[Option]:
    if DAY not in turn.answers:
        raise Unanswered(dias)
    rows = time_options(turn, _centre(turn), _trade(turn))
    if not rows:
        raise Unanswered(dias)
    return rows


def _hears_hour(turn: Turn, said: Said) -> str | None:
    """«9», «las diez»: on the day that is chosen."""
    words = bare_hour(said.text, turn.now, _centre(turn).zone) if said.text.strip() else ""
    if words and DAY in turn.answers:
        turn.answers[WHEN] = on_day(words, turn.answers[DAY])
        return SAID_WHEN
    return noted(turn, said)


@flow.step(
    Pick(_times, _hears_hour),
    values=lambda turn: {**_place(turn), "fecha": day(turn, date.fromisoformat(turn.answers[DAY]))},
)
def hora(turn: Turn, answer: str) -> Next:
    if answer in ASIDE:
        return _aside(turn, answer, dias, buscar, dia, centro, otra_parte)
    turn.answers[SLOT] = answer
    return confirmar


def _others(turn: Turn) -> Sequence[Option]:
    rows = other_options(turn, _centre(turn))
    if not rows:
        raise Unanswered(dias)
    return rows


@flow.step(Pick(_others, noted), values=_place)
def otras_horas(turn: Turn, answer: str) -> Next:
    if answer in ASIDE:
        return _aside(turn, answer, dias, buscar, dia, centro, otra_parte)
    turn.answers[SLOT] = answer
    return confirmar


# --- the last yes --------------------------------------------------------------------------------------


def _chosen(turn: Turn) -> Mapping[str, object]:
    """What would be booked, with the distance and, for a change, what it takes the place of."""
    free, centre = agenda(turn).time(turn.answers.get(SLOT, "")), _centre(turn)
    if free is None:
        raise Unanswered(dias)
    values = {**_place(turn), "cuando": told(turn, free.starts_at, centre), "oficio": work(turn, _trade(turn)).lower()}
    moving = _moving(turn)
    return {**values, "antes": told(turn, moving.starts_at, moving.centre)} if moving else values


def _variant(turn: Turn) -> str:
    if _moving(turn):
        return "cambio"
    done = any(past.trade == _trade(turn) for past in store(turn).diagnoses())
    return "texto" if done else "sin_diagnostico"


@flow.step(Pick(lambda _: (), noted), values=_chosen, variant=_variant)
def confirmar(turn: Turn, answer: str) -> Next:
    if answer == SAID_WHEN and DAY in turn.answers:
        turn.answers[WHEN] = on_day(turn.answers[WHEN], turn.answers[DAY])
    if answer in ASIDE:
        return _aside(turn, answer, dias, buscar, dia, centro, otra_parte)
    return reservar if person(turn).kept else guardar


@flow.step(Choice("si", "no"))
def guardar(turn: Turn, answer: str) -> Next:
    """Without leave to keep anything, all would be gone in a day, and the place with it."""
    if answer == "si":
        store(turn).consent(KEEP_ANSWERS, True, consent_version(turn))
        return reservar
    turn.say("sin_guardar")
    return Jump("persona", {"topic": f"cita:{_trade(turn)}"})


@flow.gate
def reservar(turn: Turn) -> Next:
    moving, slot = _moving(turn), turn.answers.get(SLOT, "")
    try:
        made = agenda(turn).change(moving.code, slot) if moving else agenda(turn).book(slot, _trade(turn))
    except Full as full:
        turn.say("recien_lleno")
        return otras_horas if offer(turn, full.nearest) else lleno
    except Gone:
        turn.say("ya_no_hay")
        return dias
    except AlreadyBooked:
        return ya_tiene
    turn.session.paused = [frame for frame in turn.session.paused if frame.flow != flow.name]
    return Jump("mi_cita", {"cita": made.code, "nueva": "cambio" if moving else "si"})


@flow.step(
    Choice("espera", "otro_lugar", "persona"),
    values=lambda turn: {**_place(turn), "oficio": work(turn, _trade(turn)).lower()},
    variant=lambda turn: "cambio" if _moving(turn) else "texto",
)
def lleno(turn: Turn, answer: str) -> Next:
    """Who changes keeps what they have; who has nothing may wait for a place."""
    moving = _moving(turn)
    if answer == "persona":
        return Jump("persona", {"topic": f"cita:{_trade(turn)}"})
    if answer == ELSEWHERE:
        return _aside(turn, answer, dias, buscar, dia, centro, otra_parte)
    if moving:
        return Jump("mi_cita", {"cita": moving.code})
    return Jump("espera", {CENTRE: _centre(turn).code, "oficio": _trade(turn)})
