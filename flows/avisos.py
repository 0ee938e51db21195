"""What is said at more than one place where somebody needs help: what happens next, honestly, and the numbers again."""

from __future__ import annotations

from flows.core.step import Next
from flows.core.turn import Turn
from flows.emergencias import numbers
from flows.store import store, world


def promise(turn: Turn, code: str) -> None:
    """Say it in the step's own words, or the common ones: now, at the next shift, in the weekly hours, or not known."""
    duty, hours = store(turn).duty(), world(turn).staff_hours(turn.now)
    if duty is not None and duty.somebody:
        turn.say("alguien_ahora", codigo=code)
    elif duty is not None and duty.next_at is not None:
        local = duty.next_at.astimezone(world(turn).zone)
        day = turn.copy.common(f"dia_{local.weekday()}", {})
        turn.say("alguien_vuelve", codigo=code, dia=day, numero=local.day, hora=f"{local:%-H:%M}")
    elif duty is None and hours is not None:
        key = "alguien_ahora" if hours.open_now else "alguien_luego"
        turn.say(key, codigo=code, horario=hours.words)
    else:
        turn.say("sin_horario", codigo=code)


def numbers_again(turn: Turn, here: Next) -> Next:
    """The numbers once more, and the same question: who asked for them, or goes on telling."""
    turn.say("otra_vez" if turn.said.option is None else "los_numeros", **numbers(turn))
    return here
