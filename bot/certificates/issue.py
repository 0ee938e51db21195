"""Certificates as rows: made once for an evaluation, numbered by the institute, revoked with a reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, insert, select, update

from bot.booking import aftercare
from bot.certificates import codes
from bot.certificates.errors import BadNumber, NoName, NoSuchCertificate, NotCompetent, Revoked
from db.tables import appointments, centres, certificates, contacts, evaluations, institutions, slots

REASONS: Final = ("mistake", "fraud", "other_person", "institute")
_NUMBER: Final = re.compile(r"[\w./-][\w./ -]{1,38}[\w./-]")

# What issuing reads of an evaluation.
_EVALUATED: Final = (
    select(
        evaluations.c.result,
        evaluations.c.finished_at,
        evaluations.c.legal_name_enc,
        evaluations.c.trade,
        evaluations.c.standard,
        appointments.c.contact_id,
        appointments.c.id.label("appointment_id"),
        slots.c.centre_id,
        centres.c.institution_id,
        centres.c.timezone,
    )
    .join(appointments, appointments.c.id == evaluations.c.appointment_id)
    .join(slots, slots.c.id == appointments.c.slot_id)
    .join(centres, centres.c.id == slots.c.centre_id)
)


def issue(connection: Connection, evaluation_id: int, now: datetime) -> str:
    """The code of the certificate of an evaluation, made at the first call; in the caller's transaction.
    How it goes is asked later: see `bot.booking.aftercare`.

    Raises `NotCompetent`, `NoName`.
    """
    mine = certificates.c.evaluation_id == evaluation_id
    if code := connection.scalar(select(certificates.c.code).where(mine)):
        return str(code)
    of = connection.execute(_EVALUATED.where(evaluations.c.id == evaluation_id)).first()
    if of is None or of.result != "competent" or of.finished_at is None:
        raise NotCompetent
    if of.legal_name_enc is None:
        raise NoName
    code = codes.new()
    made = connection.scalar(
        insert(certificates)
        .values(
            created_at=now,
            contact_id=of.contact_id,
            evaluation_id=evaluation_id,
            institution_id=of.institution_id,
            centre_id=of.centre_id,
            code=code,
            trade=of.trade,
            standard=of.standard,
            issued_on=of.finished_at.astimezone(ZoneInfo(of.timezone)).date(),
            name_enc=of.legal_name_enc,
        )
        .returning(certificates.c.id)
    )
    aftercare.plan(connection, of.contact_id, made, of.appointment_id, now)
    return code


def query() -> Select[Any]:
    """Certificates with what is said of them: centre, institute, country of the centre."""
    return (
        select(
            certificates,
            centres.c.name.label("centre"),
            centres.c.country.label("country"),
            institutions.c.name.label("institute"),
            contacts.c.code.label("contact_code"),
        )
        .outerjoin(centres, centres.c.id == certificates.c.centre_id)
        .outerjoin(institutions, institutions.c.id == certificates.c.institution_id)
        .outerjoin(contacts, contacts.c.id == certificates.c.contact_id)
    )


def of_contact(connection: Connection, contact_id: int) -> Sequence[Row[Any]]:
    """Those of one person that stand, the newest first, as `query` selects them."""
    theirs = query().where(certificates.c.contact_id == contact_id, certificates.c.revoked_at.is_(None))
    return connection.execute(theirs.order_by(certificates.c.id.desc())).all()


def number(connection: Connection, certificate_id: int, written: str, user_id: int, now: datetime) -> None:
    """The institute's own number: from then on it is a certificate.

    Raises `BadNumber`, `Revoked`, `NoSuchCertificate`.
    """
    cleaned = " ".join(written.split())
    if not _NUMBER.fullmatch(cleaned):
        raise BadNumber
    _change(connection, certificate_id, number=cleaned, numbered_by=user_id, numbered_at=now)


def revoke(connection: Connection, certificate_id: int, reason: str, user_id: int, now: datetime) -> None:
    """For ever: whoever checks it reads that it does not hold. Raises `Revoked`, `NoSuchCertificate`, ValueError."""
    if reason not in REASONS:
        raise ValueError("a certificate is revoked for one of the reasons that are listed")
    _change(connection, certificate_id, revoked_at=now, revoked_by=user_id, revoked_reason=reason)


def _change(connection: Connection, certificate_id: int, **values: Any) -> None:
    mine = certificates.c.id == certificate_id
    changed = update(certificates).where(mine, certificates.c.revoked_at.is_(None)).values(**values)
    if connection.execute(changed).rowcount:
        return
    raise Revoked if connection.scalar(select(certificates.c.id).where(mine)) else NoSuchCertificate
