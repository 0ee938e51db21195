"""Three centres with times for a cook, and people who talk their way to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update

from bot.booking import book
from bot.booking.closing import close_days
from bot.booking.waitlist import offer_next
from bot.certificates import issue
from bot.inbox import outside
from db.content import load_trades
from db.tables import (
    appointments,
    centre_trades,
    centres,
    conversations,
    evaluation_marks,
    evaluations,
    identities,
    slots,
)
from flows.core.reply import Reply
from tests.chat import Bot, Chat

ZONE: Final = ZoneInfo("America/El_Salvador")
COOK: Final = "everyday_cook"
PLACES: Final = {
    "san_miguel": ("Centro San Miguel", 13.4833, -88.1833),
    "usulutan": ("Centro Usulután", 13.3500, -88.4500),
    "san_salvador": ("Centro San Salvador", 13.6929, -89.2182),
}
TOLD: Final = {
    "address": "4a calle poniente, casa 12",
    "directions": "Frente al parque central, bus 301",
    "bring": "Documento, y zapatos cerrados",
    "accessibility": "Entrada sin gradas",
}


@dataclass
class Town:
    """Writes centres and times; `slots` by centre and the moment at which they begin."""

    running: Bot
    centres: dict[str, int]

    def add(self, table: Any, **columns: Any) -> int:
        row = {"created_at": self.running.now, **columns}
        return int(
            self.running.app.database.write_now(
                lambda connection: connection.scalars(insert(table).values(row).returning(table.c.id)).one()
            )
        )

    def slot(self, centre: str, day: date, clock: str, *, capacity: int = 2, trade: str = COOK) -> int:
        begins = datetime.combine(day, datetime.strptime(clock, "%H:%M").time(), ZONE)  # noqa: DTZ007 - the zone follows
        return self.add(
            slots,
            centre_id=self.centres[centre],
            trade=trade,
            starts_at=begins,
            ends_at=begins + timedelta(hours=2),
            capacity=capacity,
        )

    def fill(self, slot: int) -> None:
        """Somebody else took every place of it."""
        full = update(slots).where(slots.c.id == slot).values(booked=slots.c.capacity)
        self.running.app.database.write_now(lambda connection: connection.execute(full))

    def free(self, slot: int) -> None:
        """And gave one back."""
        one = update(slots).where(slots.c.id == slot).values(booked=slots.c.booked - 1)
        self.running.app.database.write_now(lambda connection: connection.execute(one))

    def states(self) -> list[str]:
        rows = self.running.rows(select(appointments.c.state).order_by(appointments.c.id))
        return [row.state for row in rows]

    def codes(self) -> list[str]:
        return [row.code for row in self.running.rows(select(appointments.c.code).order_by(appointments.c.id))]

    def trade(self, centre_id: int, trade: str) -> None:
        self.add(centre_trades, centre_id=centre_id, trade=trade)

    def offer(self, slot: int) -> None:
        """What follows when a place comes free: who waits first is offered it."""
        self.running.app.database.write_now(lambda connection: offer_next(connection, slot, self.running.now))

    def close(self, centre: str, on: date) -> None:
        """A centre cannot, that day."""

        def work(connection: Connection) -> None:
            close_days(connection, self.centres[centre], on, on, self.running.now)

        self.running.app.database.write_now(work)

    def missed(self, code: str) -> None:
        def work(connection: Connection) -> None:
            mine = connection.scalars(select(appointments.c.id).where(appointments.c.code == code)).one()
            book.missed(connection, mine, self.running.now)

        self.running.app.database.write_now(work)


def build(running: Bot, *, times: bool = True, trade: str = COOK, zone: str = "America/El_Salvador") -> Town:
    """The centres; with `times` a week of them, from Tuesday on: San Miguel mornings and afternoons, others less."""
    town = Town(running, {})
    for code, (name, latitude, longitude) in PLACES.items():
        town.centres[code] = town.add(
            centres, code=code, name=name, country="SV", latitude=latitude, longitude=longitude, timezone=zone, **TOLD
        )
        town.add(centre_trades, centre_id=town.centres[code], trade=trade)
    if times:
        tuesday = (running.now + timedelta(days=1)).astimezone(ZONE).date()
        for day in range(3):
            for clock in ("09:00", "10:30", "14:00", "15:30"):
                town.slot("san_miguel", tuesday + timedelta(days=day), clock, trade=trade)
        for clock in ("08:00", "13:00"):
            town.slot("usulutan", tuesday + timedelta(days=2), clock, trade=trade)
        town.slot("san_salvador", tuesday + timedelta(days=7), "09:00", trade=trade)
    return town


def welcomed(running: Bot, place: str = "Usulután", **how: Any) -> Chat:
    """Somebody of 30 who agreed, and lives there."""
    chat = running.chat(**how)
    chat.says("hola")
    chat.taps("Sí, de acuerdo")
    chat.says("30")
    if chat.replies[-1].key == "ubicacion.pais.texto":
        chat.taps("El Salvador")
    if place:
        chat.says(place)
        if chat.replies[-1].key.startswith("ubicacion.cual"):
            chat.taps_first()
    else:
        chat.taps("Prefiero no decir")
    return chat


def contact_of(town: Town, chat: Chat) -> int:
    key = town.running.app.hasher.of(chat.channel, chat.address)
    (row,) = town.running.rows(select(identities.c.contact_id).where(identities.c.address_hash == key))
    return int(row.contact_id)


def opens(town: Town, chat: Chat, flow: str, **answers: str) -> list[str]:
    """The bot writes by itself: a flow is begun on top of what is under way; the keys of what was said."""
    app = town.running.app
    key = app.hasher.of(chat.channel, chat.address)
    mine = select(conversations.c.id).join(identities).where(identities.c.address_hash == key)

    def work(connection: Connection) -> list[Reply]:
        here = connection.scalars(mine).one()
        turn = outside.take_up(connection, here, "prueba", app.deps, town.running.now)
        assert turn is not None
        app.engine.interrupt(turn, flow, answers)
        outside.keep(connection, here, turn.session, app.deps)
        return turn.replies

    chat.replies = app.database.write_now(work)
    return [reply.key for reply in chat.replies]


def evaluated(town: Town, chat: Chat, result: str, *, certified: bool = True) -> tuple[str, int]:
    """The person was assessed an hour ago: the id of the evaluation as text, and that of the appointment."""
    app, now = town.running.app, town.running.now
    before = len(town.running.rows(select(evaluations.c.id)))
    slot = town.slot("san_miguel", now.astimezone(ZONE).date() - timedelta(days=1), f"05:{before:02}")
    held = {"contact_id": contact_of(town, chat), "slot_id": slot, "trade": COOK, "state": "attended"}
    appointment = town.add(appointments, code=f"K{slot:06}", **held)
    criteria = load_trades()[COOK].criteria
    evaluation = town.add(
        evaluations,
        appointment_id=appointment,
        trade=COOK,
        result=result,
        finished_at=now,
        practise=[criteria[-1].id] if result == "not_yet" else None,
        legal_name_enc=app.cipher.seal("Ana Pérez", "name"),
    )
    for each in criteria:
        verdict = "not_yet" if result == "not_yet" and each is criteria[-1] else "competent"
        town.add(
            evaluation_marks,
            evaluation_id=evaluation,
            device_id=f"{evaluation}-{each.id}",
            item=each.id,
            way="observed",
            verdict=verdict,
            marked_at=now,
        )
    if result == "competent" and certified:
        app.database.write_now(lambda connection: issue.issue(connection, evaluation, now))
    return str(evaluation), appointment
