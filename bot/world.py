"""The read-only facts that the flows ask for: places, trades, emergency numbers, when staff answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from bot.office_hours import OfficeHours, Span
from db.content import Bands, Trade
from flows.audios import Audios
from flows.core.copy import COMMON, Bilingual, Copy
from flows.store import StaffHours
from nlu.places import Gazetteer
from nlu.trades import TradeNames


@dataclass(frozen=True)
class World:
    """What `flows.store.World` promises. `hours` is None where nothing may be promised."""

    gazetteer: Gazetteer
    trades: Mapping[str, Trade]
    bands: Bands
    trade_names: TradeNames
    fallback_numbers: Mapping[str, Sequence[str]]
    abroad_numbers: Mapping[str, Sequence[str]]
    first_numbers: Mapping[str, Mapping[str, Sequence[str]]]
    office: str
    hours: OfficeHours | None
    hours_in_words: str
    zone: ZoneInfo
    audios: Audios

    def recorded(self, language: str, key: str) -> str:
        """The path of what somebody recorded for that place in that language, "" where nothing is reviewed."""
        return self.audios.path(language, key)

    def staff_hours(self, now: datetime) -> StaffHours | None:
        """When somebody answers, and whether that is now."""
        if self.hours is None:
            return None
        return StaffHours(self.hours_in_words, self.hours.open_at(now.astimezone(self.zone)))


def in_words(hours: OfficeHours | None, copy: Copy) -> str:
    """A week as people say it: «de lunes a viernes de 8:00 a 17:00 y sábado de 8:00 a 12:00»."""
    if hours is None:
        return ""
    by_day = {day: tuple(spans) for day, spans in groupby(sorted(hours.spans, key=_by_day), lambda s: s.weekday)}
    runs: list[list[int]] = []
    for day in sorted(by_day):
        if runs and day == runs[-1][-1] + 1 and _times(by_day[day]) == _times(by_day[runs[-1][-1]]):
            runs[-1].append(day)
        else:
            runs.append([day])
    return _and(copy).join(_run(run, by_day[run[0]], copy) for run in runs)


def in_both(hours: OfficeHours | None, copy: Copy, language: str = "en") -> str:
    """The same, with the words of another language kept beside it for texts that are in both."""
    common = {**copy.texts[COMMON], **copy.others.get(language, {}).get(COMMON, {})}
    return Bilingual(in_words(hours, copy), in_words(hours, Copy({COMMON: common}))) if hours else ""


def _and(copy: Copy) -> str:
    return f" {copy.common('y', {})} "


def _by_day(span: Span) -> tuple[int, object]:
    return (span.weekday, span.opens)


def _times(spans: Sequence[Span]) -> list[tuple[object, object]]:
    return [(span.opens, span.closes) for span in spans]


def _run(days: list[int], spans: Sequence[Span], copy: Copy) -> str:
    names = [copy.common(f"dia_{day}", {}) for day in (days[0], days[-1])]
    key = "dias_varios" if len(days) > 1 else "dias_uno"
    times = _and(copy).join(
        copy.common("horas", {"abre": f"{span.opens:%-H:%M}", "cierra": f"{span.closes:%-H:%M}"}) for span in spans
    )
    return copy.common(key, {"desde": names[0], "hasta": names[1], "horas": times})
