"""Days and hours in the words of the copy, and days and hours as a person wishes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from flows.core.copy import Bilingual
from flows.core.turn import Turn
from nlu.dates import find_times, names_day
from nlu.text import number

PARTS: Final = ((12, "manana"), (13, "mediodia"), (19, "tarde"), (24, "noche"))
"""Parts of the day, each with the hour at which it is over."""
READINGS: Final = "|"  # between the readings of one wish, the likelier first
ANY_DAY: Final = "~"  # before a wish that names no day


def own(text: str) -> str:
    """The Spanish of a text, for a title: those have no other language below."""
    return text.own if isinstance(text, Bilingual) else text


def below(text: str) -> str:
    """The other language of a text; "" where there is none."""
    return text.below if isinstance(text, Bilingual) else ""


def lines(*texts: str) -> str:
    """Texts one below the other, each language for itself; empty ones are left out."""
    told = [text for text in texts if text]
    spanish = "\n".join(map(own, told))
    if not any(isinstance(text, Bilingual) for text in told):
        return spanish
    return Bilingual(spanish, "\n".join(below(text) or text for text in told))


# --- in words ------------------------------------------------------------------------------------------


def day(turn: Turn, on: date) -> str:
    """«martes 24 de noviembre»."""
    common = turn.copy.common
    values = {"dia": common(f"dia_{on.weekday()}", {}), "numero": on.day, "mes": common(f"mes_{on.month}", {})}
    return common("fecha", values)


def day_title(turn: Turn, on: date) -> str:
    """«Martes 24 noviembre»: fits a row of a list."""
    common = turn.copy.common
    return f"{own(common(f'dia_{on.weekday()}', {})).capitalize()} {on.day} {own(common(f'mes_{on.month}', {}))}"


def hour(turn: Turn, at: datetime) -> str:
    """«9:00 de la mañana», of a moment in the zone in which it is told."""
    part = next(name for until, name in PARTS if at.hour < until)
    return turn.copy.common(f"hora_{part}", {"hora": f"{(at.hour - 1) % 12 + 1}:{at:%M}"})


def at_hour(turn: Turn, at: datetime) -> str:
    """«a las 9:00 de la mañana», «a la 1:00 de la tarde»."""
    key = "a_la_hora" if at.hour in (1, 13) else "a_las_hora"
    return turn.copy.common(key, {"hora": hour(turn, at)})


def moment(turn: Turn, at: datetime, zone: ZoneInfo) -> str:
    """«martes 24 de noviembre, a las 9:00 de la mañana»."""
    local = at.astimezone(zone)
    return turn.copy.common("cuando", {"fecha": day(turn, local.date()), "hora": at_hour(turn, local)})


def soon(turn: Turn, at: datetime, zone: ZoneInfo) -> str:
    """The same, said from today: «hoy …», «mañana …», «el …»."""
    local, today = at.astimezone(zone), turn.now.astimezone(zone).date()
    key = {0: "cuando_hoy", 1: "cuando_manana"}.get((local.date() - today).days, "cuando_el")
    return turn.copy.common(key, {"fecha": day(turn, local.date()), "hora": at_hour(turn, local)})


def moment_title(turn: Turn, at: datetime, zone: ZoneInfo) -> str:
    """«mar 24 nov, 9:00 am»: fits a row of a list."""
    local = at.astimezone(zone)
    weekday, month = (own(turn.copy.common(key, {})) for key in (f"dia_{local.weekday()}", f"mes_{local.month}"))
    clock = f"{(local.hour - 1) % 12 + 1}:{local:%M} {'am' if local.hour < 12 else 'pm'}"
    return f"{weekday[:3]} {local.day} {month[:3]}, {clock}"


# --- as wished -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wish:
    """Days and hours that would suit. `first` None: any day. `since` without `until`: at that hour, or near it."""

    first: date | None
    last: date | None
    since: time | None = None
    until: time | None = None

    @property
    def exact(self) -> time | None:
        """The hour that was named."""
        return self.since if self.until is None else None

    def suits(self, at: time) -> bool:
        """Whether an hour of the day lies in the part that was named; always, where none was."""
        return self.since is None or self.until is None or self.since <= at < self.until

    @classmethod
    def of(cls, words: str) -> Wish:
        """Of what `wished` found. Hours are those of the clock on the wall at the centre."""
        words = words.partition(READINGS)[0]
        start, _, end = words.removeprefix(ANY_DAY).partition("/")
        if "T" not in start:
            return cls(date.fromisoformat(start), date.fromisoformat(end or start))
        begins, ends = datetime.fromisoformat(start), datetime.fromisoformat(end) if end else None
        on = None if words.startswith(ANY_DAY) else begins.date()
        return cls(on, on, begins.time(), ends.time() if ends else None)


def readings(words: str) -> list[Wish]:
    """All that one wish may mean, the likelier first: «el lunes», said on a Monday."""
    first, *others = words.split(READINGS)
    return [Wish.of(each) for each in (first, *others)]


def wished(text: str, now: datetime, zone: ZoneInfo) -> str:
    """The first day or hour that a message names, as plain text for `Wish.of`; "" if it names none."""
    local = now.astimezone(zone)
    if names_day(text):
        found = find_times(text, local)
        return READINGS.join((found[0].value, *found[0].alternatives)) if found else ""
    found = find_times(text, local.replace(hour=0, minute=0, second=0, microsecond=0))
    return f"{ANY_DAY}{found[0].value}" if found else ""


def bare_hour(text: str, now: datetime, zone: ZoneInfo) -> str:
    """An hour where an hour is asked for: «9», «las 10», «nueve y media»."""
    return wished(text, now, zone) or (wished(f"a las {text}", now, zone) if number(text) else "")


def nearest(wish: Wish, day_of: date, at: datetime) -> tuple[int, timedelta]:
    """How far a time with room lies from a wish; to sort by. `day_of`, `at`: the centre's day and clock."""
    days = 0 if wish.first is None else abs((day_of - wish.first).days)
    wanted = datetime.combine(day_of, wish.since, at.tzinfo) if wish.since else at
    return days, abs(at - wanted)
