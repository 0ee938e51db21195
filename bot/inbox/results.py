"""What came of this person's assessments, and what is asked later: the other half of `flows.agenda.Agenda`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, insert, select, update

from bot.certificates import issue
from bot.inbox import files
from bot.inbox.deps import Deps
from db.tables import appointments, certificates, consents, evaluation_marks, evaluations, followups, network_profiles
from flows.agenda import NETWORK, Certificate, Followup, Gone, NetworkProfile, Result

MONTHS: Final = {"one_month": 1, "three_months": 3, "six_months": 6}
PDF: Final = "constancia.pdf"
_OPEN: Final = ("due", "asked", "blocked")


class Results:
    """One person's results inside one transaction."""

    def __init__(self, connection: Connection, deps: Deps, contact_id: int, channel: str, now: datetime) -> None:
        self._connection, self._deps, self._contact_id, self._now = connection, deps, contact_id, now
        self._channel = channel

    # --- evaluations ------------------------------------------------------------------------------

    def result(self, reference: str) -> Result | None:
        row = self._evaluation(reference)
        trade = self._deps.world.trades.get(row["trade"]) if row else None
        if row is None or trade is None:
            return None
        verdicts = self._verdicts(row["id"])
        functions = dict.fromkeys(each.function for each in trade.criteria)
        weak = {each.function for each in trade.criteria if verdicts.get(each.id) == "not_yet"}
        seen = {each.function for each in trade.criteria if verdicts.get(each.id) == "competent"}
        practise = set(row["practise"] or ())
        return Result(
            trade=row["trade"],
            competent=row["result"] == "competent",
            strengths=tuple(name for name in functions if name in seen - weak),
            practise=tuple(each.text for each in trade.criteria if each.id in practise),
        )

    def _evaluation(self, reference: str) -> RowMapping | None:
        if not reference.isdecimal():
            return None
        mine = (
            select(evaluations.c.id, evaluations.c.trade, evaluations.c.result, evaluations.c.practise)
            .join(appointments, appointments.c.id == evaluations.c.appointment_id)
            .where(evaluations.c.id == int(reference), appointments.c.contact_id == self._contact_id)
            .where(evaluations.c.result.is_not(None))
        )
        return self._connection.execute(mine).mappings().first()

    def _verdicts(self, evaluation_id: int) -> dict[str, str]:
        """The newest word by criterion."""
        said = select(evaluation_marks.c.item, evaluation_marks.c.verdict).where(
            evaluation_marks.c.evaluation_id == evaluation_id
        )
        rows = self._connection.execute(said.order_by(evaluation_marks.c.marked_at, evaluation_marks.c.id))
        return {row.item: row.verdict for row in rows}

    # --- certificates -----------------------------------------------------------------------------

    def certificates(self) -> Sequence[Certificate]:
        found = issue.of_contact(self._connection, self._contact_id)
        return [Certificate(row.code, row.trade, row.issued_on, row.number or "") for row in found]

    def certificate_file(self, code: str) -> str:
        found = issue.of_contact(self._connection, self._contact_id)
        row = next((each for each in found if each.code == code), None)
        if row is None:
            raise Gone
        content = self._deps.papers.render(row)
        return files.keep(self._connection, self._deps, self._contact_id, self._channel, content, self._now, name=PDF)

    def verify_link(self, code: str) -> str:
        return self._deps.papers.link(code)

    # --- the network ------------------------------------------------------------------------------

    def network(self) -> NetworkProfile | None:
        mine = select(network_profiles.c.experience).where(
            network_profiles.c.contact_id == self._contact_id, network_profiles.c.left_at.is_(None)
        )
        row = self._connection.execute(mine).first()
        return None if row is None else NetworkProfile(self._newest_trade(), row.experience or "")

    def _newest_trade(self) -> str:
        mine = select(certificates.c.trade).where(
            certificates.c.contact_id == self._contact_id, certificates.c.revoked_at.is_(None)
        )
        return self._connection.scalar(mine.order_by(certificates.c.id.desc()).limit(1)) or ""

    def join_network(self, trade: str, experience: str) -> None:
        consent = select(consents.c.id).where(
            consents.c.contact_id == self._contact_id, consents.c.purpose == NETWORK, consents.c.granted
        )
        values = {
            "consent_id": self._connection.scalar(consent.order_by(consents.c.id.desc()).limit(1)),
            "experience": experience,
            "joined_at": self._now,
            "left_at": None,
        }
        if not self._profile(**values):
            row = {"created_at": self._now, "contact_id": self._contact_id, **values}
            self._connection.execute(insert(network_profiles).values(row))

    def leave_network(self) -> None:
        self._profile(left_at=self._now)

    def _profile(self, **values: Any) -> int:
        mine = update(network_profiles).where(network_profiles.c.contact_id == self._contact_id)
        return self._connection.execute(mine.values(**values)).rowcount

    # --- later questions --------------------------------------------------------------------------

    def followup(self, reference: str) -> Followup | None:
        if not reference.isdecimal():
            return None
        row = self._connection.execute(
            select(followups, appointments.c.trade, certificates.c.trade.label("certified"))
            .outerjoin(appointments, appointments.c.id == followups.c.appointment_id)
            .outerjoin(certificates, certificates.c.id == followups.c.certificate_id)
            .where(followups.c.id == int(reference), followups.c.contact_id == self._contact_id)
            .where(followups.c.state.in_(_OPEN), followups.c.kind.in_(MONTHS))
        ).first()
        if row is None:
            return None
        return Followup(
            reference=reference,
            months=MONTHS[row.kind],
            trade=row.certified or row.trade or "",
            certified=row.certified is not None,
            answers=dict(row.answers or {}),
        )

    def save_followup(self, reference: str, version: str, answers: Mapping[str, str], *, finished: bool) -> None:
        end = {"state": "answered", "answered_at": self._now} if finished else {"state": "asked"}
        self._followup(reference, answers=dict(answers), content_version=version, **end)

    def skip_followup(self, reference: str) -> None:
        self._followup(reference, state="skipped")

    def _followup(self, reference: str, **values: Any) -> None:
        mine = followups.c.contact_id == self._contact_id
        one = update(followups).where(followups.c.id == int(reference), mine, followups.c.state.in_(_OPEN))
        self._connection.execute(one.values(**values))
