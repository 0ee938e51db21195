"""How somebody in danger can be reached safely: here, at some hours, by telephone, or not; and whether tomorrow.

Nobody has to answer any of it, and nothing of it is asked of somebody under 18.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from flows.avisos import numbers_again
from flows.core.ask import Choice, Phone, chosen
from flows.core.copy import Label
from flows.core.reply import Option
from flows.core.said import Said, Shown
from flows.core.step import END, Flow, Next, Unclear
from flows.core.turn import Turn
from flows.emergencias import HOME, WHERE
from flows.escucha import FURTHER, go_on, joking
from flows.store import CHECKIN, country, person, store, world

flow = Flow("contacto")

HOURS: Final[Mapping[str, tuple[time, time]]] = {
    "manana": (time(8), time(12)),
    "tarde": (time(12), time(18)),
    "noche": (time(18), time(20)),
    "cualquiera": (time(8), time(19)),
}
"""When somebody may be written to, local time: never at night, whatever they said."""
WINDOW: Final = timedelta(hours=23, minutes=45)  # of WhatsApp's 24 hours in which free text may leave
SOONEST: Final = timedelta(hours=1)
NUMBERED: Final = frozenset({"whatsapp", "sms"})  # channels whose address is a telephone
MARK: Final = "#"  # an option, where a telephone could stand


@flow.step(Choice("si", "horas", "llamada", "no", FURTHER, hears=go_on))
def seguro(turn: Turn, answer: str) -> Next:
    match answer:
        case "si":
            store(turn).note_contact(safe_channel=True, safe_hours="cualquiera")
            return despues
        case "horas":
            turn.answers["como"] = "chat"
            return cuando
        case "llamada":
            return por_telefono
        case "no":
            store(turn).note_contact(safe_channel=False)
            turn.say("no_le_escribo")
            return otra_manera
    return _again(turn, seguro)


@flow.gate
def por_telefono(turn: Turn) -> Next:
    turn.answers["como"] = "llamada"
    return cuando


@flow.step(Choice("llamada", "nada", FURTHER, hears=go_on))
def otra_manera(turn: Turn, answer: str) -> Next:
    if answer == FURTHER:
        return _again(turn, otra_manera)
    if answer == "llamada":
        return por_telefono
    turn.say("esta_bien")
    return END


@flow.step(Choice(*HOURS, FURTHER, hears=go_on))
def cuando(turn: Turn, answer: str) -> Next:
    if answer == FURTHER:
        return _again(turn, cuando)
    if turn.answers.get("como") == "llamada":
        store(turn).hand_off(turn.answers["categoria"], wants="call", call_hours=answer)
        return numero
    store(turn).note_contact(safe_channel=True, safe_hours=answer)
    turn.answers["horas"] = answer
    return despues


@dataclass(frozen=True)
class Callback(Phone):
    """A telephone number, or one of the options: this number, none. Who goes on telling gets the numbers."""

    def offers(self, turn: Turn, labels: Mapping[str, Label]) -> Sequence[Option]:
        return [
            Option(name, label.title, label.description)
            for name, label in labels.items()
            if name != "este" or turn.channel in NUMBERED
        ]

    def read(self, turn: Turn, said: Said, shown: Shown) -> str:
        try:
            return f"{MARK}{chosen(said, shown)}"
        except Unclear:
            if not any(map(str.isdigit, said.text)):
                option = go_on(turn, said)
                if option is None:
                    raise
                return f"{MARK}{option}"
        here = turn.answers.get(WHERE) or country(turn)
        return Phone(here if here in HOME else "SV").read(turn, said, shown)


@flow.step(Callback())
def numero(turn: Turn, answer: str) -> Next:
    turn.answers.pop("numero", None)  # it is kept sealed with the case, and nowhere else
    if answer == f"{MARK}{FURTHER}":
        return _again(turn, numero)
    if not answer.startswith(MARK):
        store(turn).note_contact(call_number=answer)
    turn.say("sin_numero" if answer == f"{MARK}ninguno" and turn.channel not in NUMBERED else "le_llaman")
    return END


@flow.gate
def despues(turn: Turn) -> Next:
    """Who wants no messages of ours is not asked whether they want one."""
    return END if person(turn).opted_out else manana


def _when(turn: Turn) -> tuple[datetime, bool]:
    """When the greeting would leave, and whether that is still today."""
    zone, hours = world(turn).zone, HOURS[turn.answers.get("horas", "cualquiera")]
    at = checkin_at(turn.now, zone, hours, window=turn.channel == "whatsapp")
    return at, at.astimezone(zone).date() == turn.now.astimezone(zone).date()


@flow.step(Choice("si", "no", FURTHER, hears=go_on), variant=lambda turn: "hoy" if _when(turn)[1] else "texto")
def manana(turn: Turn, answer: str) -> Next:
    if answer == FURTHER:
        return _again(turn, manana)
    if answer == "no":
        turn.say("esta_bien")
        return END
    at, today = _when(turn)
    store(turn).note_contact(checkin_at=at)
    store(turn).wake(CHECKIN, at)
    turn.say("le_escribo_hoy" if today else "le_escribo_manana", hora=f"{at.astimezone(world(turn).zone):%-H:%M}")
    return END


def checkin_at(now: datetime, zone: ZoneInfo, hours: tuple[time, time], *, window: bool) -> datetime:
    """When the neutral greeting leaves: an hour into the hours of tomorrow; on WhatsApp while free text may leave."""
    today = now.astimezone(zone).date()
    begins, ends = (datetime.combine(today + timedelta(days=1), hour, zone) for hour in hours)
    at = begins + SOONEST
    if window and at > now + WINDOW:
        at = now + WINDOW
    if at < begins:  # tomorrow's hours come too late
        at = min(ends - timedelta(days=1) - SOONEST / 4, now + WINDOW)
    return at.astimezone(UTC)


def _again(turn: Turn, here: Next) -> Next:
    """The numbers and the same question; nothing more is asked of who takes it all back."""
    if joking(turn):
        turn.say("en_broma")
        return END
    return numbers_again(turn, here)
