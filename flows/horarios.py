"""Choosing among times with room: what a wish leaves open is asked, what it misses is offered next to it.

What is chosen so far stands in the answers of the flow `cita`, by the names below.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from flows.agenda import Centre, Time
from flows.core.reply import Option
from flows.core.turn import Turn
from flows.fechas import (
    ANY_DAY,
    Wish,
    below,
    day,
    day_title,
    hour,
    moment,
    moment_title,
    nearest,
    own,
    readings,
    wished,
)
from flows.store import agenda
from nlu.text import normalise

WHEN, CENTRE, DAY, SLOT, OTHERS = "cuando", "sede", "fecha", "turno", "opciones"
PART, FROM, UNTIL, AFTER = "horas", "desde", "hasta", "tras"
CHOSEN: Final = (DAY, SLOT, OTHERS, PART, FROM, UNTIL, AFTER)
SOONEST: Final = "pronto"
MORE: Final = "mas"
DAYS: Final = 7  # in a list, with room for the other ways on
OFFERED: Final = 6  # times next to the one that was wished
LOOKED_AT: Final = 3  # days around a wished one whose times are read
AHEAD: Final = 10  # days among which a wished hour is looked for


def soonest(turn: Turn, text: str) -> bool:
    """«Lo más pronto posible», in a message of any length."""
    plain = normalise(text)
    return any(words in plain for words in turn.copy.heading("cita", "dias")["lo_antes"])


def when(turn: Turn, text: str, zone: ZoneInfo) -> str:
    """The day or hour that a message names, or `SOONEST`; "" if none. The three countries share their hours."""
    if not text.strip():
        return ""
    return SOONEST if soonest(turn, text) else wished(text, turn.now, zone)


def on_day(words: str, chosen: str) -> str:
    """A wish that names no day, as one of the day that is chosen already."""
    if not words.startswith(ANY_DAY):
        return words
    today = words.removeprefix(ANY_DAY).partition("T")[0]
    return words.removeprefix(ANY_DAY).replace(today, chosen)


def in_part(turn: Turn, chosen: str) -> str:
    """A day that was chosen, as a wish; with the part of the day that was wished before."""
    since, _, until = turn.answers.get(PART, "").partition("-")
    return f"{chosen}T{since}/{chosen}T{until}" if until else chosen


def forget(turn: Turn) -> None:
    """Whatever was chosen of days and hours."""
    for name in CHOSEN:
        turn.answers.pop(name, None)


# --- from a wish to what is asked next ------------------------------------------------------------------


class Finder:
    """Looks for times of a trade at a centre. Each way ends in the name of the step that goes on."""

    def __init__(self, turn: Turn, centre: Centre, trade: str) -> None:
        self.turn, self.centre, self.trade = turn, centre, trade
        self.days = agenda(turn).days(centre.code, trade)

    def find(self, words: str) -> str:
        """What follows from a wish; "" wishes nothing."""
        forget(self.turn)
        if not self.days:
            return "lleno"
        if not words:
            return "dia"
        if words == SOONEST:
            return self._settle(self._times(self.days[0])[:1])
        wish = self._likeliest(words)
        if wish.first is None or wish.last is None:
            return self._any_day(wish)
        inside = self._inside(wish)
        if not inside:
            self.turn.say("sin_lugar_ese_dia", fecha=day(self.turn, wish.first))
            return self._around(wish)
        if wish.first == wish.last:
            return self._one_day(inside[0], wish)
        self.turn.answers.update({FROM: wish.first.isoformat(), UNTIL: wish.last.isoformat()})
        return "dia"

    def _likeliest(self, words: str) -> Wish:
        """The first reading that has room; where none has, the likeliest."""
        likely = readings(words)
        return next((one for one in likely if one.first is None or self._inside(one)), likely[0])

    def _inside(self, wish: Wish) -> list[date]:
        return [on for on in self.days if wish.first and wish.last and wish.first <= on <= wish.last]

    def _times(self, on: date) -> Sequence[Time]:
        return agenda(self.turn).times(self.centre.code, self.trade, on)

    def _clock(self, at: datetime) -> time:
        return at.astimezone(self.centre.zone).time()

    def _settle(self, times: Sequence[Time]) -> str:
        """One time that fits is asked for the last yes; the days are shown, where it is gone meanwhile."""
        if not times:
            return "dia"
        begins = times[0].starts_at.astimezone(self.centre.zone)
        self.turn.answers.update({DAY: begins.date().isoformat(), SLOT: times[0].slot})
        return "confirmar"

    def _any_day(self, wish: Wish) -> str:
        """Only hours were named: the first day that has them, or the days, with the part of the day kept."""
        if wish.exact is None:
            self.turn.answers[PART] = f"{wish.since:%H:%M}-{wish.until:%H:%M}"
            return "dia"
        for on in self.days[:AHEAD]:
            if fits := [free for free in self._times(on) if self._clock(free.starts_at) == wish.exact]:
                return self._settle(fits)
        return self._no_such_hour(Wish(self.days[0], self.days[0], wish.since))

    def _one_day(self, on: date, wish: Wish) -> str:
        times = self._times(on)
        if wish.exact is not None:
            fits = [free for free in times if self._clock(free.starts_at) == wish.exact]
            return self._settle(fits) if fits else self._no_such_hour(wish)
        fits = [free for free in times if wish.suits(self._clock(free.starts_at))]
        if not fits:
            return self._no_such_hour(wish)
        if len(fits) == 1:
            return self._settle(fits)
        self.turn.answers[DAY] = on.isoformat()
        if wish.since and wish.until:
            self.turn.answers[PART] = f"{wish.since:%H:%M}-{wish.until:%H:%M}"
        return "hora"

    def _no_such_hour(self, wish: Wish) -> str:
        self.turn.say("sin_lugar_esa_hora")
        return self._around(wish)

    def _around(self, wish: Wish) -> str:
        """The times nearest to a wish, on the days nearest to it."""
        first = wish.first or self.days[0]
        close = sorted(self.days, key=lambda on: abs((on - first).days))[:LOOKED_AT]
        times = [free for on in close for free in self._times(on)]
        local = {free.slot: free.starts_at.astimezone(self.centre.zone) for free in times}
        times.sort(key=lambda free: nearest(wish, local[free.slot].date(), local[free.slot]))
        return "otras_horas" if offer(self.turn, times) else "dia"


def offer(turn: Turn, times: Iterable[Time]) -> bool:
    """Keep the first of these times as those to choose from; False if there are none."""
    chosen = sorted([*times][:OFFERED], key=lambda free: free.starts_at)
    turn.answers[OTHERS] = "|".join(free.slot for free in chosen)
    return bool(chosen)


# --- as options ----------------------------------------------------------------------------------------


def day_options(turn: Turn, centre: Centre, trade: str) -> Sequence[Option]:
    """The first days with room, before them the soonest of all, after them the way to later ones."""
    answers = turn.answers
    bounds = [answers.get(name, "") for name in (FROM, UNTIL)]
    after = date.fromisoformat(answers[AFTER]) if AFTER in answers else None
    days = [
        on
        for on in agenda(turn).days(centre.code, trade, after=after)
        if (not bounds[0] or bounds[0] <= on.isoformat()) and (not bounds[1] or on.isoformat() <= bounds[1])
    ]
    rows = [Option(on.isoformat(), day_title(turn, on), below(day(turn, on))) for on in days[:DAYS]]
    if len(rows) > 1 and not answers.keys() & {FROM, AFTER, PART}:
        rows.insert(0, Option(SOONEST, own(turn.copy.text("cita", "dia", "lo_antes", {})), own(day(turn, days[0]))))
    if rows and (len(days) > DAYS or bounds[1]):
        rows.append(Option(MORE, own(turn.copy.text("cita", "dia", "mas_dias", {}))))
    return rows


def later(turn: Turn, centre: Centre, trade: str) -> None:
    """Go on to the days after those on screen."""
    shown = [row.id for row in day_options(turn, centre, trade) if row.id not in (SOONEST, MORE)]
    for name in (FROM, UNTIL):
        turn.answers.pop(name, None)
    if shown:
        turn.answers[AFTER] = shown[-1]


def time_options(turn: Turn, centre: Centre, trade: str) -> Sequence[Option]:
    """The times of the chosen day; of the part of it that was wished, if it has any."""
    times = agenda(turn).times(centre.code, trade, date.fromisoformat(turn.answers[DAY]))
    local = {free.slot: free.starts_at.astimezone(centre.zone) for free in times}
    since, _, until = turn.answers.get(PART, "").partition("-")
    fits = [free for free in times if since <= f"{local[free.slot]:%H:%M}" < (until or "~")]
    return [
        Option(free.slot, own(hour(turn, local[free.slot])).capitalize(), _left(turn, free)) for free in fits or times
    ]


def _left(turn: Turn, free: Time) -> str:
    key = "queda_uno" if free.left == 1 else "quedan"
    return own(turn.copy.common(key, {"lugares": free.left}))


def other_options(turn: Turn, centre: Centre) -> Sequence[Option]:
    """The times that were offered next to the wished one, as far as they still have room."""
    found = [agenda(turn).time(slot) for slot in turn.answers.get(OTHERS, "").split("|") if slot]
    return [
        Option(
            free.slot, moment_title(turn, free.starts_at, centre.zone), own(moment(turn, free.starts_at, centre.zone))
        )
        for free in found
        if free and free.left
    ]
