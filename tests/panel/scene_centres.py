"""The invented panel's centres: who evaluates, whose turn it is, what was found, and the documents that came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import select, update

from bot.approvals import kept
from bot.certificates import codes, issue
from db.tables import (
    accreditations,
    appointments,
    availabilities,
    centre_staff,
    centre_trades,
    centres,
    certificates,
    closures,
    contacts,
    evaluation_marks,
    evaluations,
    institutions,
    network_profiles,
    reminders,
    slots,
    users,
)
from flows import plantillas
from tests.panel.casework import Office
from tests.panel.workshop import WELDER, ZONE, Workshop

COOK: Final = "everyday_cook"
CODES: Final = ("7K3M9QX2DT5WB8RN", "4HV8ZC1PJ6YE0GFS", "9B2DXW7NQ3KT5M0R")  # without their check character
CERTIFICATE: Final = 1
NUMBERED: Final = 2
REJECTED: Final = 2  # which of the templates


def open_centres(office: Office, marta: int) -> None:
    """A Monday at a centre of Soyapango, another one that has places, and what the weeks before left."""
    made = Workshop(office.house)
    centre, other = _centres(made)
    esteban = _team(made, centre, other)
    _hours(made, centre, esteban)
    _certified(made, centre, esteban, marta)
    _monday(made, centre, esteban)
    _templates(made)


def code_of(office: Office, certificate: int) -> str:
    """As it is printed."""
    return codes.shown(Workshop(office.house).row(certificates, certificate)["code"])


def _centres(made: Workshop) -> tuple[int, int]:
    institute = {"code": "ejemplo", "country": "SV", "name": "Instituto de formación (ejemplo)", "kind": "training"}
    institution = made.add(
        institutions, services=[], source="ejemplo", confidence="U", caveats=[], verified_at=made.now, **institute
    )
    told = {
        "address": "Avenida Rosario Sur, frente al mercado",
        "directions": "Bus 29, parada del mercado municipal",
        "bring": "Su documento, zapatos cerrados y camisa de manga larga",
        "accessibility": "Entrada sin gradas",
        "phone": "+50322001234",
        "latitude": 13.7102,
        "longitude": -89.1397,
        "institution_id": institution,
        "accredited_until": made.now + timedelta(days=220),
    }
    first = made.add(centres, code="SOY", name="Centro de Soyapango (ejemplo)", country="SV", **told)
    place = {"address": "Barrio San Francisco", "latitude": 13.4833, "longitude": -88.1833}
    other = made.add(centres, code="SMG", name="Taller de San Miguel (ejemplo)", country="SV", **place)
    for centre, trade in ((first, WELDER), (first, COOK), (other, "carpenter")):
        made.add(centre_trades, centre_id=centre, trade=trade)
    return first, other


def _team(made: Workshop, *places: int) -> int:
    """Esteban evaluates at both."""
    esteban = int(made.house.bot.rows(select(users.c.id).where(users.c.email == "esteban@example.org"))[0][0])
    for centre in places:
        made.add(centre_staff, centre_id=centre, user_id=esteban)
    for trade, until in ((WELDER, date(2027, 6, 30)), (COOK, date(2026, 10, 31))):
        made.add(accreditations, user_id=esteban, trade=trade, until=until)
    return esteban


def _hours(made: Workshop, centre: int, evaluator: int) -> None:
    """The week, the holidays, and this week's times."""
    weekly = {"centre_id": centre, "trade": WELDER, "evaluator_id": evaluator, "from_day": date(2026, 10, 5)}
    for weekday in range(4):
        for starts in ("08:00", "13:00"):
            made.add(availabilities, weekday=weekday, starts=starts, minutes=120, capacity=3, **weekly)
    away = {"from_day": date(2026, 12, 24), "until_day": date(2027, 1, 2), "reason": "Fin de año"}
    made.add(closures, centre_id=centre, **away)
    for days, booked in ((1, 3), (2, 1), (3, 0)):
        _slot(made, centre, days, "13:00", booked=booked)


def _slot(made: Workshop, centre: int, days: int, clock: str, *, capacity: int = 3, booked: int = 0) -> int:
    day = made.now.astimezone(ZONE).date() + timedelta(days=days)
    at = datetime.combine(day, time.fromisoformat(clock), ZONE)
    times = {"starts_at": at, "ends_at": at + timedelta(hours=2), "capacity": capacity, "booked": booked}
    return made.add(slots, centre_id=centre, trade=WELDER, **times)


def _monday(made: Workshop, centre: int, esteban: int) -> None:
    """Somebody who came, one who did not, one at work now, and those of the afternoon and of tomorrow."""
    early = _slot(made, centre, 0, "08:00", booked=2)
    now = _slot(made, centre, 0, "10:00", booked=3)
    late = _slot(made, centre, 0, "13:00", booked=2)
    done = _appointment(made, early, "Rosa Elvira Menjívar", "attended")
    _evaluation(made, done, esteban, "Rosa Elvira Menjívar", result="not_yet", practise=["so04", "so09"])
    _appointment(made, early, "José Adán Pérez", "missed", reason="transport")
    _appointment(made, now, "Julio César Portillo", "confirmed")
    _appointment(made, now, "Kevin Ernesto López", "confirmed")
    _appointment(made, now, "", "booked")
    _appointment(made, late, "Ana Lucía Chávez", "confirmed")
    _appointment(made, late, "Wilber Antonio Guardado", "booked")
    _appointment(made, _slot(made, centre, -3, "13:00", booked=1), "Nelson Iván Flores", "booked")
    stuck = _appointment(made, _slot(made, centre, 1, "08:00", booked=1), "Santos Isabel Rivas", "booked")
    blocked = {"kind": "one_day", "state": "blocked", "cause": "template", "due_at": made.now, "closed_at": made.now}
    made.add(reminders, appointment_id=stuck, **blocked)


def _appointment(made: Workshop, slot: int, name: str, state: str, **columns: Any) -> int:
    person = columns.pop("contact_id", None) or made.person(name)
    held = {"contact_id": person, "slot_id": slot, "trade": WELDER, "state": state, "channel": "whatsapp", **columns}
    return made.add(appointments, code=f"C{slot:03}{person:03}", **held)


def _evaluation(made: Workshop, appointment: int, user: int, name: str, **columns: Any) -> int:
    """Finished an hour after it began, with a mark of every criterion."""
    trade = made.house.bot.app.world.trades[WELDER]
    legal = made.house.bot.app.cipher.seal(name.upper(), "name")
    evaluation = made.add(
        evaluations,
        appointment_id=appointment,
        evaluator_id=user,
        trade=WELDER,
        started_at=made.now - timedelta(hours=2),
        finished_at=made.now - timedelta(hours=1),
        identity_confirmed_at=made.now - timedelta(hours=2),
        legal_name_enc=legal,
        **columns,
    )
    for each in trade.criteria:
        verdict = "not_yet" if each.id in columns.get("practise", ()) else "competent"
        seen = {"way": "observed", "verdict": verdict, "marked_at": made.now - timedelta(hours=1)}
        made.add(
            evaluation_marks,
            evaluation_id=evaluation,
            device_id=f"{evaluation}-{each.id}",
            user_id=user,
            item=each.id,
            **seen,
        )
    return evaluation


def _certified(made: Workshop, centre: int, esteban: int, marta: int) -> None:
    """Marta's document, one with the institute's number, one that was revoked; two of them want to be found."""
    coordinator = int(made.house.bot.rows(select(users.c.id).where(users.c.email == "carla@example.org"))[0][0])
    people: Iterable[tuple[str, str, Mapping[str, Any]]] = (
        ("Marta Alicia Ramos", CODES[0], {"contact_id": marta}),
        ("Óscar Armando Alvarenga", CODES[1], {}),
        ("Douglas Ernesto Ayala", CODES[2], {}),
    )
    for weeks, (name, code, who) in enumerate(people, 2):
        slot = _slot(made, centre, -7 * weeks, "08:00", booked=1)
        held = _appointment(made, slot, name, "attended", **who)
        evaluation = _evaluation(made, held, esteban, name, result="competent")
        made.write(issue.issue, evaluation, made.now)
        on = made.now.astimezone(ZONE).date() - timedelta(days=7 * weeks)
        row = {"code": _whole(code), "issued_on": on}
        paper = update(certificates).where(certificates.c.evaluation_id == evaluation)
        made.write(lambda c, paper=paper, row=row: c.execute(paper.values(**row)).rowcount)
    made.write(issue.number, NUMBERED, "SV-2026-00418", coordinator, made.now)
    made.write(issue.revoke, NUMBERED + 1, "mistake", coordinator, made.now)
    for paper_id, experience in ((CERTIFICATE, "4_10"), (NUMBERED, "over_10")):
        person = made.row(certificates, paper_id)["contact_id"]
        made.set(contacts, person, department="San Salvador")
        made.add(network_profiles, contact_id=person, experience=experience, joined_at=made.now)


def _whole(body: str) -> str:
    """With the check character that fits."""
    return next(body + each for each in codes.ALPHABET if codes.read(body + each))


def _templates(made: Workshop) -> None:
    """Most were approved, one was not."""
    account = made.house.bot.app.hasher.of("whatsapp", "cuenta de ejemplo")
    for number, form in enumerate(plantillas.written().values()):
        state = {"state": "approved", "checked_at": made.now}
        if number == REJECTED:
            state |= {"state": "rejected", "rejection": "Variable parameters cannot be at the end"}
        made.write(kept.store, account, form, state, made.now)
