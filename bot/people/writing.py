"""What staff write of a person: one who has no telephone is registered, facts are corrected, a record is erased."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, or_, select, update

from bot.cases.policy import REASONS
from bot.inbox import outgoing
from bot.inbox.deps import Deps
from bot.inbox.people import add_contact
from bot.people import names, places
from bot.people.errors import InDanger
from db import erasure
from db.tables import consents, contacts, conversations, events, handoffs, identities, opt_outs
from flows.core.reply import Reply
from flows.store import KEEP_ANSWERS
from nlu.geography import Place

CHANNEL: Final = "in_person"
PAPER: Final = "paper"
PANEL: Final = "panel"  # in place of a channel, for events that come from there
CRISES: Final = tuple(name for name, reason in REASONS.items() if reason.crisis)


@dataclass(frozen=True, slots=True)
class WalkIn:
    """Somebody who came to an office. `taken_by` has the paper with the consent that was signed on `given_on`."""

    name: str
    country: str
    place: Place | None
    trade: str
    language: str
    taken_by: int
    given_on: date


def register(connection: Connection, deps: Deps, person: WalkIn, now: datetime) -> int:
    """A record for somebody who has no telephone, who agreed on paper; returns its id."""
    contact_id = add_contact(connection, CHANNEL, None, now)
    values: dict[str, Any] = {"country": person.country, "trade": person.trade or None, "language": person.language}
    if person.place is not None:
        values |= places.columns(connection, person.place)
    mine = update(contacts).where(contacts.c.id == contact_id)
    connection.execute(mine.values(**values, consent_kept=True, consent_asked=True))
    names.keep(connection, deps.cipher, deps.hasher, contact_id, person.name, now)
    connection.execute(
        insert(consents).values(
            created_at=now,
            contact_id=contact_id,
            purpose=KEEP_ANSWERS,
            granted=True,
            text_version=deps.copy.common("version_consentimiento", {}),
            channel=PAPER,
            taken_by=person.taken_by,
            given_on=person.given_on,
        )
    )
    return contact_id


def correct(
    connection: Connection, deps: Deps, contact_id: int, changed: Mapping[str, Any], now: datetime
) -> list[str]:
    """Write facts anew: name, place (a `Place`), trade, language, age_band. Returns which, for the log."""
    values: dict[str, Any] = {name: changed[name] or None for name in ("trade", "age_band") if name in changed}
    if "language" in changed:
        values["language"] = changed["language"]
        theirs = update(handoffs).where(handoffs.c.contact_id == contact_id, handoffs.c.state != "closed")
        connection.execute(theirs.values(language=changed["language"]))
    if "place" in changed:
        values |= places.columns(connection, changed["place"])
    if values:
        connection.execute(update(contacts).where(contacts.c.id == contact_id).values(**values))
    if "name" in changed:
        names.keep(connection, deps.cipher, deps.hasher, contact_id, changed["name"], now)
    return sorted(changed)


def erase(connection: Connection, deps: Deps, contact_id: int, now: datetime, *, farewell: bool) -> bool:
    """Erase a person everywhere, as BORRAR does; whether a farewell goes out. Raises `InDanger`.

    An open case about danger is closed first, by somebody: afterwards nobody could reach the person.
    """
    danger = select(handoffs.c.id).where(handoffs.c.contact_id == contact_id, handoffs.c.state != "closed")
    if connection.scalar(danger.where(handoffs.c.reason.in_(CRISES)).limit(1)) is not None:
        raise InDanger
    address = _farewell_address(connection, contact_id, now) if farewell else None
    erasure.erase(connection, contact_id, now)
    if address is not None:
        _say_farewell(connection, deps, contact_id, address, now)
    return address is not None


@dataclass(frozen=True, slots=True)
class _Address:
    channel: str
    sealed: bytes
    language: str


def _farewell_address(connection: Connection, contact_id: int, now: datetime) -> _Address | None:
    """Where the person wrote last, if a free text reaches them there and they want one."""
    against = select(opt_outs.c.id).where(
        opt_outs.c.channel == identities.c.channel,
        opt_outs.c.address_hash == identities.c.address_hash,
        opt_outs.c.scope == "all",
        opt_outs.c.lifted_at.is_(None),
    )
    unsafe = select(handoffs.c.id).where(handoffs.c.contact_id == contact_id, handoffs.c.safe_channel.is_(False))
    query = (
        select(identities.c.channel, identities.c.address_enc, contacts.c.language)
        .join(conversations, conversations.c.identity_id == identities.c.id)
        .join(contacts, contacts.c.id == identities.c.contact_id)
        .where(contacts.c.id == contact_id, identities.c.stopped_at.is_(None), ~against.exists(), ~unsafe.exists())
        .where(identities.c.channel.not_in(outgoing.PULLED))
        .where(or_(identities.c.channel != "whatsapp", identities.c.window_until > now))
        .order_by(conversations.c.last_inbound_at.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return _Address(row.channel, row.address_enc, row.language) if row else None


def _say_farewell(connection: Connection, deps: Deps, contact_id: int, address: _Address, now: datetime) -> None:
    """As after BORRAR: tied to nobody, and gone once it is sent."""
    row = {"created_at": now, "channel": PANEL, "provider_id": f"erased-{contact_id}", "kind": "form"}
    event_id = connection.scalars(insert(events).values(**row, processed_at=now).returning(events.c.id)).one()
    words = deps.copy.beside(address.language).text("borrar", "confirmar", "borrado", {})
    replies = [Reply("borrar.confirmar.borrado", words)]
    ids = outgoing.write(connection, replies, deps.cipher, conversation_id=None, event_id=event_id, now=now)
    outgoing.queue(
        connection,
        ids,
        channel=address.channel,
        address=address.sealed,
        identity_id=None,
        conversation_id=None,
        priority=1,
        now=now,
    )


def first_time(connection: Connection, ticket: str, user_id: int, now: datetime) -> bool:
    """Whether a form with this ticket of its own comes for the first time; call it in the form's transaction."""
    known = f"people-{user_id}-{ticket}"
    mine = select(events.c.id).where(events.c.channel == PANEL, events.c.provider_id == known)
    if connection.scalar(mine) is not None:
        return False
    row = {"created_at": now, "channel": PANEL, "provider_id": known, "kind": "form", "processed_at": now}
    connection.execute(insert(events).values(row))
    return True
