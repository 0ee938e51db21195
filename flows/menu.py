"""Where conversations come to rest: what the person can do here, what was left half-way first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows.core.ask import Call, Pick
from flows.core.copy import Label
from flows.core.reply import Option
from flows.core.screen import ROWS
from flows.core.step import Flow, Jump, Next, TakeUp
from flows.core.turn import Turn
from flows.store import UNDER_18, agenda, person

flow = Flow("menu")

TAKE_UP, MINE = "retomar", "mi_cita"
TOPICS = ("empleo", "apoyo", "legal", "emergencia", "emprender", "cursos")
"""Services that a person of the team gives until the bot does."""
CARE = ("apoyo", "legal", "emergencia")
"""Those that somebody under 18 is given too."""


def _left_open(turn: Turn) -> Sequence[Option]:
    own = turn.copy.text
    first = [Option(TAKE_UP, own("menu", "que_hacer", "retomar", {}))] if turn.session.paused else []
    if agenda(turn).standing():
        first.append(Option(MINE, own("menu", "que_hacer", "mi_cita", {})))
    return first


class Menu(Pick):
    """All on one screen: who has an appointment and something left half-way knows what their trade is worth."""

    def offers(self, turn: Turn, labels: Mapping[str, Label]) -> Sequence[Option]:
        found = super().offers(turn, labels)
        return found if len(found) <= ROWS else [option for option in found if option.id != "diagnostico"]


@flow.gate
def inicio(turn: Turn) -> Next:
    if not person(turn).asked:  # whatever brought them here, the welcome comes first
        return Jump("bienvenida")
    return Jump("menor") if person(turn).age_band == UNDER_18 else que_hacer


@flow.step(Menu(_left_open), static=True)
def que_hacer(turn: Turn, answer: str) -> Next:
    if answer == TAKE_UP:
        return TakeUp() if turn.session.paused else que_hacer
    if answer in TOPICS:
        return Jump("servicio", {"topic": answer})
    return Jump(answer)


servicio = Flow("servicio")


@servicio.gate
def antes(turn: Turn) -> Next:
    if person(turn).age_band or turn.answers["topic"] in CARE:
        return explicar
    turn.say_common("antes_una_pregunta")
    return edad


@servicio.step(Call("edad"))
def edad(turn: Turn, band: str) -> Next:
    return explicar


@servicio.gate
def explicar(turn: Turn) -> Next:
    if person(turn).age_band == UNDER_18 and turn.answers["topic"] not in CARE:
        return Jump("menor")
    turn.say(turn.answers["topic"])
    return Jump("persona", {"topic": turn.answers["topic"]})
