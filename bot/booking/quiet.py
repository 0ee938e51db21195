"""When nobody is written to unasked: from eight in the evening to seven in the morning, where the person is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import NumberParseException
from phonenumbers.timezone import time_zones_for_number

BEGINS, ENDS = time(7), time(20)  # local time of the day in which people may be written to
LAST: Final = timedelta(minutes=15)  # before it ends: what is sent then still arrives in time
HOME: Final = {
    "SV": ZoneInfo("America/El_Salvador"),
    "GT": ZoneInfo("America/Guatemala"),
    "HN": ZoneInfo("America/Tegucigalpa"),
}
_FEW: Final = 6  # zones: a number that may be in more of them says nothing
_ROUNDS: Final = 50

Zones = Sequence[ZoneInfo]


def zones(country: str | None, phone: str | None, there: ZoneInfo) -> tuple[ZoneInfo, ...]:
    """Where it must be day before a person is written to.

    Who lives in the three countries: there, whatever number they brought home. Else where the number may be, as its
    prefix says (several zones for one that is used from coast to coast), and `there`, where they are expected.
    """
    if country in HOME:
        return (HOME[country],)
    return tuple(dict.fromkeys((*_of_number(phone or ""), there)))


def is_day(moment: datetime, where: Zones) -> bool:
    """Whether anybody may be written to then."""
    return all(_begins(moment, zone) <= moment < _ends(moment, zone) for zone in where)


def next_day(moment: datetime, where: Zones) -> datetime:
    """The first moment from then on at which it is day everywhere."""
    at = moment
    for _ in range(_ROUNDS):
        if is_day(at, where):
            return at
        at = max(_from(at, zone) for zone in where)
    return at


def day_before(moment: datetime, where: Zones) -> datetime:
    """The last moment up to then at which something may be sent; `moment` itself where it is day."""
    at = moment
    for _ in range(_ROUNDS):
        if is_day(at, where):
            return at
        at = min(_until(at, zone) for zone in where)
    return at


def _from(moment: datetime, zone: ZoneInfo) -> datetime:
    """That moment or the next morning."""
    if moment < (begins := _begins(moment, zone)):
        return begins
    return moment if moment < _ends(moment, zone) else _begins(moment + timedelta(days=1), zone)


def _until(moment: datetime, zone: ZoneInfo) -> datetime:
    """That moment or the evening before."""
    if moment >= _ends(moment, zone):
        return _ends(moment, zone) - LAST
    return moment if moment >= _begins(moment, zone) else _ends(moment - timedelta(days=1), zone) - LAST


def _begins(moment: datetime, zone: ZoneInfo) -> datetime:
    return datetime.combine(moment.astimezone(zone).date(), BEGINS, zone).astimezone(UTC)


def _ends(moment: datetime, zone: ZoneInfo) -> datetime:
    return datetime.combine(moment.astimezone(zone).date(), ENDS, zone).astimezone(UTC)


@lru_cache(maxsize=512)
def _of_number(phone: str) -> tuple[ZoneInfo, ...]:
    """The zones of an E.164 number; none where its prefix does not say."""
    try:
        names = time_zones_for_number(phonenumbers.parse(phone))
        return tuple(ZoneInfo(name) for name in names) if len(names) <= _FEW else ()
    except (NumberParseException, ZoneInfoNotFoundError, ValueError):  # «Etc/Unknown» is no zone
        return ()
