"""What an event means, in the one order that holds: safety, stopping, commands, the question, a wish."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.inbox.deps import Deps
from bot.inbox.record import Record
from flows.catalogo import DOORS, HOME, WELCOME, Door
from flows.core.said import Said
from flows.core.step import Unclear
from flows.core.turn import Turn
from nlu.text import normalise
from nlu.understanding import Alarm, Understanding

SURE: Final = 0.6  # of an intent, before it may lead away from the question on screen
AWAY: Final = timedelta(hours=12)  # a silence after which a greeting means «where were we?»
ECHOES: Final = 4  # times in a row that one answer is given before the bot goes quiet


@dataclass(frozen=True, slots=True)
class Event:
    """One inbound event, read. `tapped` is a button's id as it came; `human` a person has the conversation."""

    said: Said
    tapped: str | None
    human: bool
    last_at: datetime | None


def route(turn: Turn, event: Event, record: Record, deps: Deps) -> None:
    """Answer one event: moves the turn's session and adds its replies."""
    if not _first(turn, event, record, deps):
        _then(turn, event, record, deps)
    _calm(turn, event)


def _first(turn: Turn, event: Event, record: Record, deps: Deps) -> bool:
    """What wins over everything; True if it was such an event."""
    understanding = event.said.understanding
    if understanding and understanding.alarm and not _answers_alarm(turn, understanding.alarm):
        _alarm(turn, understanding.alarm, deps)
        return True
    command = deps.commands.get(normalise(event.said.text)) if event.tapped is None else None
    if command in ("baja", "borrar"):
        (deps.engine.start if command == "baja" else deps.engine.interrupt)(turn, command)
        return True
    if event.human:
        return True
    return command is not None and _command(turn, command, record, deps)


def _answers_alarm(turn: Turn, alarm: Alarm) -> bool:
    """Whether the question on screen is the one whether there is danger: then an uncertain sign is its answer."""
    top = turn.session.top
    return not alarm.certain and top is not None and (top.flow, top.step) == ("crisis", "preguntar")


def _alarm(turn: Turn, alarm: Alarm, deps: Deps) -> None:
    certain = "si" if alarm.certain else "no"
    deps.engine.interrupt(turn, "crisis", {"kind": alarm.kind, "sub": alarm.sub, "certain": certain})


def _command(turn: Turn, command: str, record: Record, deps: Deps) -> bool:
    engine = deps.engine
    if not record.person.asked and command in ("menu", "mis_datos", "atras") and not turn.session.stack:
        return False
    match command:
        case "menu":
            engine.start(turn, HOME if record.person.asked else WELCOME)
        case "atras":
            engine.back(turn)
        case "ayuda":
            turn.say_common("ayuda")
            engine.again(turn)
        case "pausa":
            engine.pause(turn)
            turn.say_common("en_pausa" if record.person.kept else "en_pausa_sin_guardar")
        case "persona":
            engine.interrupt(turn, "persona", {"reason": "person"})
        case "otra_persona" | "alta":
            engine.interrupt(turn, command)
        case _:
            engine.start(turn, command)
    return True


def _then(turn: Turn, event: Event, record: Record, deps: Deps) -> None:
    engine = deps.engine
    under_way = turn.session.stack or event.tapped is not None
    if record.person.opted_out and not under_way and not _wish(event.said.understanding):
        turn.say_common("dado_de_baja")
        return
    if event.tapped is not None and event.said.option is None and turn.session.stack:
        turn.say_common("boton_viejo")
        engine.again(turn)
        return
    if engine.wants_person(turn):
        engine.interrupt(turn, "persona", {"reason": "person"})
        return
    if not turn.session.stack:
        _open(turn, event, record, deps)
        return
    if event.said.media and not event.said.text:
        _media(turn, event, deps)
        return
    try:
        engine.answer(turn)
    except Unclear as unclear:
        if not _follow(turn, event, record, deps):
            engine.unclear(turn, unclear)


def _open(turn: Turn, event: Event, record: Record, deps: Deps) -> None:
    """Nothing is under way: follow the wish, or welcome, or show what there is."""
    if _follow(turn, event, record, deps):
        return
    if not record.person.asked:
        deps.engine.start(turn, WELCOME)
    elif event.said.media and not event.said.text:
        _media(turn, event, deps)
    elif _greets(event.said.understanding) or not event.said.text:
        deps.engine.start(turn, HOME)
    else:
        deps.engine.unclear(turn, Unclear())


def _follow(turn: Turn, event: Event, record: Record, deps: Deps) -> bool:
    """Go through the door of what the person wants; False if no wish is clear enough."""
    understanding = event.said.understanding
    if understanding is None or understanding.intent.confidence < SURE:
        return False
    name = understanding.intent.name
    if name == "go_back" and turn.session.stack:
        deps.engine.back(turn)
        return True
    if name == "greet" and turn.session.stack:
        if event.last_at and turn.now - event.last_at > AWAY:
            turn.say_common("de_vuelta")
        deps.engine.again(turn)
        return True
    door = DOORS.get(name)
    if door is None:
        return False
    _enter(turn, _told(door, understanding), record, deps)
    return True


def _told(door: Door, understanding: Understanding) -> Door:
    """The door with what the message already answers, so that it is not asked again."""
    trade = understanding.entity("trade")
    if door.flow != "diagnostico" or trade is None:
        return door
    if trade.alternatives:
        return replace(door, answers={"entre": "|".join([trade.value, *trade.alternatives])})
    return replace(door, answers={"oficio": trade.value})


def _enter(turn: Turn, door: Door, record: Record, deps: Deps) -> None:
    engine = deps.engine
    if door.needs_welcome and not record.person.asked:
        engine.aim(turn, door.flow, door.answers)
        if turn.session.stack:
            turn.say_common("antes_una_pregunta")
            engine.again(turn)
        else:
            engine.start(turn, WELCOME)
    elif door.on_top:
        if not turn.session.stack and not record.person.asked:
            engine.start(turn, WELCOME)
            turn.replies.clear()
        engine.interrupt(turn, door.flow, door.answers)
    else:
        engine.start(turn, door.flow, door.answers)


def _media(turn: Turn, event: Event, deps: Deps) -> None:
    kind = turn.copy.common(f"media_{event.said.media[0]}", {})
    turn.say_common("respuesta_media", clase=kind)
    deps.engine.again(turn)


def _wish(understanding: Understanding | None) -> bool:
    """Whether somebody who said BAJA plainly wants to talk again."""
    return bool(
        understanding
        and understanding.intent.confidence >= SURE
        and (understanding.intent.name in DOORS or understanding.intent.name == "greet")
    )


def _greets(understanding: Understanding | None) -> bool:
    return understanding is not None and understanding.intent.name in ("greet", "affirm", "goodbye")


def _calm(turn: Turn, event: Event) -> None:
    """The same answer is not given again and again for ever: a flood of messages gets a few."""
    session = turn.session
    if not turn.replies:
        return
    page = session.question.page if session.question else 0
    answer = f"{' '.join(reply.key for reply in turn.replies)} {page}"
    rested = event.last_at is None or turn.now - event.last_at > timedelta(minutes=1)
    again = answer == session.echo and turn.said.option is None and not rested
    session.echo, session.echoes = answer, session.echoes + 1 if again else 1
    if session.echoes > ECHOES and not (event.said.understanding and event.said.understanding.alarm):
        turn.replies.clear()
        if session.echoes == ECHOES + 1:
            turn.say_common("muchos_mensajes")
