"""A centre with an evaluator and people who come today: for the rooms of centres, agenda and workshop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update

from bot.people import names
from db.tables import (
    accreditations,
    appointments,
    centre_staff,
    centre_trades,
    centres,
    contacts,
    slots,
    users,
)
from tests.panel.casework import Office
from tests.panel.conftest import House

WELDER = "structural_welder"
ZONE = ZoneInfo("America/El_Salvador")
_NUMBERS = count(1)


@dataclass
class Workshop:
    """One house with a centre in El Salvador. What is added returns its id."""

    house: House

    @property
    def office(self) -> Office:
        return Office(self.house)

    @property
    def now(self) -> datetime:
        return self.house.bot.now

    def write(self, work: Any, *args: Any) -> Any:
        return self.house.bot.app.database.write_now(lambda c: work(c, *args))

    def add(self, table: Any, **columns: Any) -> int:
        def store(connection: Connection) -> int:
            return int(
                connection.scalars(insert(table).values(created_at=self.now, **columns).returning(table.c.id)).one()
            )

        return int(self.write(store))

    def set(self, table: Any, row_id: int, **columns: Any) -> None:
        self.write(lambda c: c.execute(update(table).where(table.c.id == row_id).values(**columns)).rowcount)

    def row(self, table: Any, row_id: int) -> Mapping[str, Any]:
        found = self.house.bot.rows(select(table).where(table.c.id == row_id))
        return dict(found[0]._mapping)

    def rows(self, table: Any) -> list[Any]:
        return self.house.bot.rows(select(table).order_by(table.c.id))

    def centre(self, name: str = "Taller Soyapango", country: str = "SV", trades: tuple[str, ...] = (WELDER,)) -> int:
        zone = {"SV": "America/El_Salvador", "GT": "America/Guatemala", "HN": "America/Tegucigalpa"}[country]
        centre = self.add(centres, code=f"C{next(_NUMBERS)}", name=name, country=country, timezone=zone)
        for trade in trades:
            self.add(centre_trades, centre_id=centre, trade=trade)
        return centre

    def evaluator(
        self, centre: int, name: str = "eva", trades: tuple[str, ...] = (WELDER,), until: date = date(2027, 6, 30)
    ) -> int:
        """An account `name@example.org` that works at a centre, accredited for these trades."""
        email = f"{name}@example.org"
        known = self.house.bot.rows(select(users.c.id).where(users.c.email == email))
        user = known[0][0] if known else self.office.staff("evaluator", "SV", email)
        self.add(centre_staff, centre_id=centre, user_id=user)
        for trade in trades:
            self.add(accreditations, user_id=user, trade=trade, until=until)
        return user

    def person(self, name: str = "", country: str = "SV") -> int:
        person = self.add(contacts, code=f"P{next(_NUMBERS):07}", country=country, channel_first="in_person")
        app = self.house.bot.app
        if name:
            self.write(lambda c: names.keep(c, app.cipher, app.hasher, person, name, self.now))
        return person

    def slot(self, centre: int, hours: float = 0, trade: str = WELDER, capacity: int = 1, **columns: Any) -> int:
        """A time so many hours from now."""
        at = self.now + timedelta(hours=hours)
        times = {"starts_at": at, "ends_at": at + timedelta(hours=1)}
        return self.add(slots, centre_id=centre, trade=trade, capacity=capacity, **times, **columns)

    def appointment(self, centre: int, name: str = "", hours: float = 0, trade: str = WELDER, **columns: Any) -> int:
        """Somebody with a place, in a slot of their own."""
        values = {"state": "booked", "trade": trade, "code": f"CITA{next(_NUMBERS):03}", **columns}
        held = values["state"] not in ("cancelled", "lapsed")
        slot = values.pop("slot_id", None)
        if slot is None:
            hours += next(_NUMBERS) / 36000  # no two at one moment
            slot = self.slot(centre, hours, trade, booked=1 if held else 0)
        person = values.pop("contact_id", None) or self.person(name)
        return self.add(appointments, contact_id=person, slot_id=slot, **values)
