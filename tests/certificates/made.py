"""A finished evaluation, as a centre leaves it: what certificates are issued from."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Final

from sqlalchemy import Connection, insert, select

from db.crypto import Cipher
from db.tables import appointments, centres, contacts, evaluations, institutions, slots

_NUMBERS: Final = count(1)


def evaluated(
    connection: Connection,
    cipher: Cipher,
    now: datetime,
    *,
    name: str | None = "María Elena Ixcoʼy de la Cruz",
    result: str = "competent",
    trade: str = "drywall_installer",
    country: str = "GT",
) -> tuple[int, int]:
    """Ids of the evaluation and of the person."""
    number = next(_NUMBERS)
    contact = {"created_at": now, "code": f"P{number}", "country": country, "channel_first": "whatsapp"}
    contact_id = connection.scalars(
        insert(contacts).values(**contact, consent_kept=True).returning(contacts.c.id)
    ).one()
    institute = connection.scalar(select(institutions.c.id).where(institutions.c.country == country).limit(1))
    centre = {"code": f"c{number}", "name": "Centro de Xela", "country": country, "institution_id": institute}
    centre_id = connection.scalars(insert(centres).values(created_at=now, **centre).returning(centres.c.id)).one()
    hours = {"starts_at": now - timedelta(hours=3), "ends_at": now - timedelta(hours=1), "capacity": 2, "booked": 1}
    slot = insert(slots).values(created_at=now, centre_id=centre_id, trade=trade, **hours).returning(slots.c.id)
    appointment = {"contact_id": contact_id, "slot_id": connection.scalars(slot).one(), "trade": trade}
    kept = insert(appointments).values(created_at=now, state="attended", code=f"A{number}", **appointment)
    evaluation = insert(evaluations).values(
        created_at=now,
        appointment_id=connection.scalars(kept.returning(appointments.c.id)).one(),
        trade=trade,
        result=result,
        finished_at=now,
        legal_name_enc=cipher.seal(name, "name") if name else None,
    )
    return connection.scalars(evaluation.returning(evaluations.c.id)).one(), contact_id
