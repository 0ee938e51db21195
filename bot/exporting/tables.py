"""What is exported of each table, column by column: what is not named here does not leave.

Pseudonymous: a person is their code, which leads back to them only with our database. Left out on purpose: names,
telephones, texts, notes, the municipality (with age and trade it may be one person), codes of appointments and
certificates, and everything of danger and care but how often and how soon it was attended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Row, Select, Table, select

from db.tables import (
    applications,
    appointments,
    centres,
    certificates,
    consents,
    contacts,
    diagnoses,
    evaluation_marks,
    evaluations,
    followups,
    handoffs,
    institutions,
    job_alerts,
    job_offers,
    network_profiles,
    referrals,
    reminders,
    slots,
    sources,
    waitlist,
)

Rows = Callable[[Row[Any]], Iterator[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Exported:
    """One file. `query` gives rows; `header` names the columns of what `rows` makes of each."""

    name: str
    header: tuple[str, ...]
    query: Select[Any]
    rows: Rows


def exported() -> Sequence[Exported]:
    """Every file, people first."""
    return (*_people(), *_assessments(), *_afterwards(), *_services())


PERSON: Final = contacts.c.code


def _people() -> Iterator[Exported]:
    whole = contacts.c.merged_into.is_(None)
    yield _plain(
        "people",
        contacts.outerjoin(sources, sources.c.id == contacts.c.source_id),
        {
            "person": PERSON,
            "since": contacts.c.created_at,
            **_same(contacts, "country", "department", "age_band", "sex", "language", "channel_first", "erased_at"),
            "source": sources.c.code,
        },
        where=whole,
    )
    yield _plain(
        "consents",
        consents.join(contacts),
        {"person": PERSON, "at": consents.c.created_at, **_same(consents, "purpose", "granted", "text_version")},
    )


def _assessments() -> Iterator[Exported]:
    kept = ("trade", "content_version", "reviewed", "band", "score", "started_at", "finished_at", "finished", "channel")
    yield _plain(
        "diagnoses",
        diagnoses.outerjoin(contacts),
        {
            "id": diagnoses.c.id,
            "person": PERSON,
            **_same(diagnoses, *kept, "duration_seconds", "country", "department", "age_band"),
        },
    )
    yield _long("diagnosis_answers", diagnoses, "diagnosis", ("answers", "knowledge"))
    yield _plain(
        "centres", centres, _same(centres, "code", "name", "country", "active", "latitude", "longitude", "created_at")
    )
    at_centre = slots.join(centres, centres.c.id == slots.c.centre_id)
    held = _same(slots, "id", "trade", "starts_at", "ends_at", "capacity", "booked", "closed_at")
    yield _plain("slots", at_centre, {"centre": centres.c.code, **held})
    whose = appointments.join(slots, slots.c.id == appointments.c.slot_id).join(centres)
    of_appointment = (
        "id",
        "slot_id",
        "diagnosis_id",
        "trade",
        "state",
        "confirmed_at",
        "closed_at",
        "reason",
        "channel",
    )
    yield _plain(
        "appointments",
        whose.join(contacts, contacts.c.id == appointments.c.contact_id),
        {
            "person": PERSON,
            "centre": centres.c.code,
            "made_at": appointments.c.created_at,
            "starts_at": slots.c.starts_at,
            **_same(appointments, *of_appointment, "moved_from_id"),
        },
    )
    yield _plain(
        "reminders", reminders, _same(reminders, "appointment_id", "kind", "due_at", "state", "closed_at", "cause")
    )
    yield _plain(
        "waitlist",
        waitlist.join(contacts).join(centres, centres.c.id == waitlist.c.centre_id),
        {
            "person": PERSON,
            "centre": centres.c.code,
            "since": waitlist.c.created_at,
            **_same(waitlist, "trade", "state"),
        },
    )


def _afterwards() -> Iterator[Exported]:
    judged = ("id", "appointment_id", "evaluator_id", "trade", "standard", "content_version")
    yield _plain(
        "evaluations", evaluations, _same(evaluations, *judged, "result", "started_at", "finished_at", "told_at")
    )
    marks = ("evaluation_id", "item", "way", "verdict", "marked_at")
    yield _plain("evaluation_marks", evaluation_marks, _same(evaluation_marks, *marks))
    yield _plain(
        "certificates",
        certificates.outerjoin(contacts, contacts.c.id == certificates.c.contact_id)
        .outerjoin(institutions, institutions.c.id == certificates.c.institution_id)
        .outerjoin(centres, centres.c.id == certificates.c.centre_id),
        {
            "person": PERSON,
            "institution": institutions.c.code,
            "centre": centres.c.code,
            "numbered": certificates.c.number.is_not(None),
            **_same(certificates, "evaluation_id", "trade", "standard", "issued_on", "revoked_at", "revoked_reason"),
        },
    )
    asked = ("id", "kind", "due_at", "state", "asked_at", "answered_at", "content_version", "cause", "tries")
    yield _plain("followups", followups.join(contacts), {"person": PERSON, **_same(followups, *asked)})
    yield _long("followup_answers", followups, "followup", ("answers",))
    yield _plain(
        "network",
        network_profiles.join(contacts),
        {"person": PERSON, **_same(network_profiles, "experience", "joined_at", "left_at")},
    )


def _services() -> Iterator[Exported]:
    """Cases without reason or topic: whether somebody was in danger is nobody's figure but the programme's count."""
    counted = (
        "priority",
        "country",
        "department",
        "language",
        "wants",
        "state",
        "outcome",
        "created_at",
        "answered_at",
    )
    yield _plain("cases", handoffs, _same(handoffs, *counted, "closed_at"))
    yield _plain(
        "referrals",
        referrals.outerjoin(institutions, institutions.c.id == referrals.c.institution_id),
        {
            "institution": institutions.c.code,
            **_same(referrals, "service", "state", "created_at", "accepted_at", "first_contact_at", "closed_at"),
        },
    )
    offered = ("id", "reference", "title", "trade", "country", "department", "places", "formal", "state", "opens_at")
    yield _plain("job_offers", job_offers, _same(job_offers, *offered, "closes_at"))
    yield _plain(
        "job_alerts",
        job_alerts.join(contacts),
        {"person": PERSON, **_same(job_alerts, "trade", "country", "department", "created_at", "stopped_at")},
    )
    yield _plain(
        "applications",
        applications.join(contacts),
        {"person": PERSON, **_same(applications, "job_offer_id", "state", "created_at", "changed_at")},
    )


def _same(table: Table, *names: str) -> Mapping[str, ColumnElement[Any]]:
    return {name: table.c[name] for name in names}


def _plain(
    name: str,
    source: FromClause,
    columns: Mapping[str, ColumnElement[Any]],
    where: ColumnElement[bool] | None = None,
) -> Exported:
    query = select(*(column.label(f"c{at}") for at, column in enumerate(columns.values()))).select_from(source)
    return Exported(
        name, tuple(columns), query if where is None else query.where(where), lambda row: iter([tuple(row)])
    )


def _long(name: str, table: Table, what: str, answered: tuple[str, ...]) -> Exported:
    """A row for each answer to a question of ours; answers are codes of ours too."""

    def rows(row: Row[Any]) -> Iterator[tuple[Any, ...]]:
        columns: Sequence[Mapping[str, Any] | None] = row[1:]
        for kind, answers in zip(answered, columns, strict=True):
            for item, answer in sorted((answers or {}).items()):
                yield row[0], kind, item, answer

    query = select(table.c.id, *(table.c[column] for column in answered))
    return Exported(name, (what, "kind", "item", "answer"), query, rows)
