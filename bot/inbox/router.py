"""What an event means, in the one order that holds: safety, stopping, commands, the question, a wish."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.inbox import codes, taps, tongues, undo
from bot.inbox.deps import Deps
from bot.inbox.record import Record
from bot.inbox.wishes import comes_back, greets, told, wanted
from flows.catalogo import DOORS, HOME, WELCOME, Door
from flows.core.reply import Reply
from flows.core.said import Said
from flows.core.step import Unclear
from flows.core.turn import Turn
from flows.emergencias import WHERE, numbers
from flows.escucha import DANGER_ASKED, SPEAKS
from nlu.text import normalise, yes_no
from nlu.understanding import Alarm

CLEAR: Final = 0.9  # of an intent, before it outweighs an answer that could be read from the same words
VERY_CLEAR: Final = 0.97  # of a wish for the menu, to leave a question for it: «no entiendo» is hardly one
OVER_MENU: Final = ("delete_data", "reschedule_assessment", "cancel_assessment")
"""Clear wishes whose words hold a title of the menu: «borrar mis datos», «cambiar mi cita»."""
SHORT: Final = 3  # words of a yes or a no that says nothing else
AWAY: Final = timedelta(hours=12)  # a silence after which a greeting means «where were we?»
ECHOES: Final = 4  # times in a row that one answer is given before the bot goes quiet
ANSWERS: Final = (("pausa", "crisis"), ("pausa", "contacto"), ("persona", "crisis"), ("persona", "menor"))
"""Commands that answer the question on screen."""
URGENT: Final = tuple(("persona", asked) for asked in DANGER_ASKED)  # a person is wanted at once
OURS: Final = (*DANGER_ASKED, ("borrar", "confirmar"))  # answered by the bot also while a person has the conversation


@dataclass(frozen=True, slots=True)
class Event:
    """One inbound event, read. `tapped` is a button's id as it came; `human` a person has the conversation."""

    said: Said
    tapped: str | None
    human: bool
    last_at: datetime | None


def route(turn: Turn, event: Event, record: Record, deps: Deps) -> None:
    """Answer one event: moves the turn's session and adds its replies."""
    event = tongues.heed(turn, event, record, deps)
    if not _first(turn, event, record, deps):
        _then(turn, event, record, deps)
    undo.settle(turn.session)
    _calm(turn, event)


def _first(turn: Turn, event: Event, record: Record, deps: Deps) -> bool:
    """What wins over everything; True if it was such an event."""
    understanding = event.said.understanding
    if understanding and understanding.alarm and not _answers(turn, understanding.alarm, deps):
        _alarm(turn, understanding.alarm, deps)
        if event.human:
            record.heard_by_staff()
        return True
    command = deps.commands.get(normalise(event.said.text)) if event.tapped is None else None
    if command in ("baja", "borrar"):
        (deps.engine.start if command == "baja" else deps.engine.interrupt)(turn, command)
        return True
    if event.human and command == "menu":
        record.take_back()
    elif event.human and not _ours(turn):
        record.heard_by_staff()
        return True
    code = codes.written(event.said.text) if event.tapped is None and _asked(turn)[0] not in SPEAKS else ""
    if code:
        _enter(turn, codes.door(code), record, deps)
        return True
    return command is not None and _command(turn, command, record, deps)


def _answers(turn: Turn, alarm: Alarm, deps: Deps) -> bool:
    """Whether an uncertain sign of danger is an answer: danger is spoken of already, or an option is named plainly."""
    return not alarm.certain and (_asked(turn)[0] in SPEAKS or deps.engine.named(turn))


def _asked(turn: Turn) -> tuple[str, str | None]:
    """Flow and step of the question on screen."""
    top = turn.session.top
    return (top.flow, top.step) if top else ("", None)


def _ours(turn: Turn) -> bool:
    """Whether the answer is for the bot, whoever else has the conversation: danger, erasing, a tap for the numbers."""
    flow, _ = asked = _asked(turn)
    return asked in OURS or (flow in SPEAKS and turn.said.option is not None)


def _alarm(turn: Turn, alarm: Alarm, deps: Deps) -> None:
    """Said again, it is not told again from the beginning: whom we alerted, and where the person is, stays known."""
    known = next((frame.answers for frame in turn.session.stack if frame.flow == "crisis"), {})
    known = {name: known[name] for name in ("ya", WHERE) if name in known}
    certain = "si" if alarm.certain else "no"
    deps.engine.interrupt(turn, "crisis", {**known, "kind": alarm.kind, "sub": alarm.sub, "certain": certain})


def _command(turn: Turn, command: str, record: Record, deps: Deps) -> bool:
    engine = deps.engine
    if not record.person.asked and command in ("menu", "mis_datos", "atras") and not turn.session.stack:
        return False
    if command == "pausa" and deps.engine.named(turn):  # «otro día», where just that is offered
        return False
    if (command, _asked(turn)[0]) in ANSWERS and (command, _asked(turn)) not in URGENT:
        return False
    match command:
        case "menu":
            engine.start(turn, HOME if record.person.asked else WELCOME)
        case "atras":
            engine.back(turn)
        case "ayuda":
            if _asked(turn)[0] in SPEAKS:
                words = turn.copy.text("crisis", "acompanar", "otra_vez", numbers(turn))
                turn.replies.append(Reply("crisis.acompanar.otra_vez", words))
            turn.say_common("ayuda")
            engine.again(turn)
        case "pausa":
            engine.pause(turn)
            turn.say_common("en_pausa" if record.person.kept else "en_pausa_sin_guardar")
        case "persona" if _asked(turn) in DANGER_ASKED:
            engine.interrupt(turn, "crisis", {**turn.answers, "certain": "si", "preguntar": "si"})
        case "persona":
            engine.interrupt(turn, "persona", {"reason": "person"})
        case "codigo":
            _enter(turn, codes.door(), record, deps)
        case "otra_persona" | "alta":
            engine.interrupt(turn, command)
        case _:
            engine.start(turn, command)
    return True


def _then(turn: Turn, event: Event, record: Record, deps: Deps) -> None:
    engine = deps.engine
    under_way = turn.session.stack or event.tapped is not None
    if record.person.opted_out and not under_way and not comes_back(event.said.understanding):
        turn.say_common("dado_de_baja")
        return
    if event.tapped is not None and taps.follow(turn, event.tapped, record, deps):
        return
    if event.tapped is not None and event.said.option is None and turn.session.stack:
        turn.say_common("boton_viejo")
        engine.again(turn)
        return
    if engine.wants_person(turn):
        engine.interrupt(turn, "persona", {"reason": "person"})
        return
    if engine.undoes(turn):
        undo.take_back(turn, record, deps)
    elif door := undo.picked(turn, record, deps) or tongues.door(turn, event):
        _enter(turn, door, record, deps)
    elif not turn.session.stack:
        _open(turn, event, record, deps)
    else:
        _read(turn, event, record, deps)


def _read(turn: Turn, event: Event, record: Record, deps: Deps) -> None:
    """What is on screen is answered, or something else is wished."""
    said, danger = event.said, _asked(turn) in DANGER_ASKED
    if not (said.text or said.option or said.location or said.media):  # a link opened again, a contact, a poll
        deps.engine.again(turn)
        return
    if said.media and not said.text and not danger:
        _media(turn, event, deps)
        return
    if _asked(turn)[0] in SPEAKS and _greets_again(turn, event):  # perhaps somebody else, on the same phone
        deps.engine.withdraw(turn, "crisis")
        deps.engine.again(turn)
        return
    if _outweighs(turn, event) and _follow(turn, event, record, deps):
        return
    try:
        deps.engine.answer(turn)
    except Unclear as unclear:
        if danger or not (_pleasantry(turn, event) or _follow(turn, event, record, deps)):
            deps.engine.unclear(turn, unclear)


def _outweighs(turn: Turn, event: Event) -> bool:
    """A clear wish in words that begin with «no», or that hold a title: «no sé escribir, quiero hablar con alguien»."""
    flow, understanding = _asked(turn)[0], event.said.understanding
    if understanding is None or understanding.intent.confidence < CLEAR or flow in {*SPEAKS, "borrar"}:
        return False
    name = understanding.intent.name
    if flow == HOME:
        return name in OVER_MENU
    doors = (DOORS.keys() - {"delete_data"}) if flow == WELCOME else {"human_handoff", "change_language"}
    return name in doors and yes_no(event.said.text) is False


def _pleasantry(turn: Turn, event: Event) -> bool:
    """«Gracias», «ok», «no, nada», where nothing is asked that it answers: the menu on screen is not shown again."""
    understanding = event.said.understanding
    if understanding is None or _asked(turn)[0] not in ("", HOME):
        return False
    name, plain = wanted(understanding).name, yes_no(event.said.text)
    short = len(event.said.text.split()) <= SHORT
    if name == "thanks":
        key = "de_nada"
    elif name == "goodbye" or (short and (name == "deny" or plain is False)):
        key = "hasta_luego"
    elif short and plain and turn.session.stack:
        key = "muy_bien"
    else:
        return False
    turn.session.misses = 0
    turn.say_common(key)
    return True


def _open(turn: Turn, event: Event, record: Record, deps: Deps) -> None:
    """Nothing is under way: follow the wish, or welcome, or show what there is."""
    if (record.person.asked and _pleasantry(turn, event)) or _follow(turn, event, record, deps):
        return
    if not record.person.asked:
        if event.said.media and not event.said.text:
            _say_media(turn, event)
        deps.engine.start(turn, WELCOME)
    elif event.said.media and not event.said.text:
        _media(turn, event, deps)
    elif greets(event.said.understanding) or not event.said.text:
        deps.engine.start(turn, HOME)
    else:
        deps.engine.unclear(turn, Unclear())


def _follow(turn: Turn, event: Event, record: Record, deps: Deps) -> bool:
    """Go through the door of what the person wants; False if no wish is clear enough."""
    understanding = event.said.understanding
    if understanding is None:
        return False
    wish = wanted(understanding)
    name = wish.name
    if name == "menu" and wish.confidence < VERY_CLEAR and _asked(turn)[0] not in ("", HOME):
        return False
    if name == "go_back" and turn.session.stack:
        deps.engine.back(turn)
        return True
    if name == "goodbye" and turn.session.stack:
        return _command(turn, "pausa", record, deps)
    if name == "greet" and turn.session.stack:
        if _greets_again(turn, event):
            turn.say_common("de_vuelta")
        deps.engine.again(turn)
        return True
    door = told(DOORS[name], understanding) if name in DOORS else None
    if door is None or _under_way(turn, door):
        return False
    undo.guess(turn, understanding, door, record, deps)
    _enter(turn, door, record, deps)
    return True


def _greets_again(turn: Turn, event: Event) -> bool:
    """A greeting after a long silence."""
    understanding = event.said.understanding
    away = event.last_at is not None and turn.now - event.last_at > AWAY
    return away and understanding is not None and understanding.intent.name == "greet"


def _under_way(turn: Turn, door: Door) -> bool:
    """Whether the diagnosis that is wished is the one on screen: who speaks of their trade does not begin again."""
    trades = {door.answers.get("oficio", ""), *door.answers.get("entre", "").split("|")} - {""}
    flow, step = _asked(turn)
    here = door.flow == flow == "diagnostico" and step != "resultado"
    return here and (not trades or turn.answers.get("oficio") in trades)


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
            before = len(turn.replies)
            engine.start(turn, WELCOME)
            del turn.replies[before:]
        engine.interrupt(turn, door.flow, door.answers)
    else:
        engine.start(turn, door.flow, door.answers)


def _media(turn: Turn, event: Event, deps: Deps) -> None:
    _say_media(turn, event)
    deps.engine.again(turn)


def _say_media(turn: Turn, event: Event) -> None:
    kind = turn.copy.common(f"media_{event.said.media[0]}", {})
    turn.say_common("respuesta_media", clase=kind)


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
    danger = _asked(turn)[0] in SPEAKS or (event.said.understanding and event.said.understanding.alarm)
    if session.echoes > ECHOES and not danger:
        turn.replies.clear()
        if session.echoes == ECHOES + 1:
            turn.say_common("muchos_mensajes")
