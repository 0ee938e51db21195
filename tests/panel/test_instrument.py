"""What an evaluator's telephone asks and sends: who may, what is kept once, what is refused and why."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, select

from bot.booking import book
from db.tables import (
    accreditations,
    appointments,
    audit_log,
    certificates,
    evaluation_marks,
    evaluations,
    reminders,
    slots,
)
from tests.panel.conftest import Browser, House
from tests.panel.workshop import WELDER, Workshop

PHONE = "0a1b2c3d"


@pytest.fixture
def workshop(house: House) -> Workshop:
    made = Workshop(house)
    made.evaluator(made.centre())
    return made


@asynccontextmanager
async def telephone(workshop: Workshop, who: str = "eva") -> AsyncIterator[Browser]:
    async with workshop.office.at_work(f"{who}@example.org") as browser:
        await browser.get("/panel/cuenta")
        yield browser


def note(appointment: int, kind: str = "mark", at: datetime | None = None, **body: Any) -> dict[str, Any]:
    made = {"id": f"{PHONE}-{uuid4()}", "appointment": appointment, "kind": kind}
    made["at"] = (at or datetime.fromisoformat("2026-11-23T16:00:00+00:00")).isoformat()
    return made | body


def mark(appointment: int, item: str, verdict: str = "competent", **more: Any) -> dict[str, Any]:
    return note(appointment, **{"item": item, "verdict": verdict, "way": "observed", "note": "", **more})


async def send(browser: Browser, *notes: dict[str, Any], sent_at: str = "2026-11-23T16:00:00+00:00") -> list[str]:
    """What became of each note."""
    headers = {"X-Arraigo-Csrf": browser.token, "X-Arraigo-Fetch": "1"}
    body = {"sent_at": sent_at, "notes": list(notes)}
    answer = await browser.client.post("/panel/taller/marcas", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    browser.last_json = answer.json()  # type: ignore[attr-defined]
    return [result.get("reason") or result["status"] for result in answer.json()["results"]]


async def data(browser: Browser) -> dict[str, Any]:
    answer = await browser.client.get("/panel/taller/datos")
    assert answer.status_code == 200
    return dict(answer.json())


def criteria(workshop: Workshop) -> list[str]:
    return [each.id for each in workshop.house.bot.app.world.trades[WELDER].criteria]


def critical(workshop: Workshop) -> list[str]:
    return [each.id for each in workshop.house.bot.app.world.trades[WELDER].criteria if each.critical]


def decided(workshop: Workshop, appointment: int) -> list[dict[str, Any]]:
    """Everything that has to be said before the end."""
    marks = [mark(appointment, item) for item in critical(workshop)]
    return [note(appointment, "identity", legal_name="MARTA RAMOS"), *marks]


def end(appointment: int, result: str = "competent", **more: Any) -> dict[str, Any]:
    return note(appointment, "finish", **{"result": result, "practise": [], "notes": "", **more})


async def test_the_day_has_ones_own_centres_and_no_telephone(workshop: Workshop) -> None:
    mine = workshop.appointment(1, "Marta Ramos")
    workshop.appointment(1, "De ayer", hours=-20)
    workshop.appointment(1, "Cancelada", state="cancelled", reason="person")
    workshop.appointment(workshop.centre("Otro"), "De otro centro")
    async with telephone(workshop) as browser:
        seen = await data(browser)
        assert [(each["id"], each["name"], each["accredited"]) for each in seen["people"]] == [
            (mine, "Marta Ramos", True)
        ]
        assert {*seen["trades"]} == {WELDER}
        assert len(seen["trades"][WELDER]["criteria"]) == 12
        assert datetime.fromisoformat(seen["until"]) == datetime.fromisoformat("2026-11-24T00:00:00-06:00")
        await data(browser)
    lines = workshop.house.bot.rows(select(audit_log.c.entity_id).where(audit_log.c.action == "evaluation.listed"))
    assert [line[0] for line in lines] == [mine], "one look a day is one line"


async def test_the_same_batch_twice_is_stored_once(workshop: Workshop) -> None:
    one = workshop.appointment(1, "Marta")
    items = criteria(workshop)
    batch = [mark(one, items[0], note="Bien parejo"), mark(one, items[1], "not_yet", way="asked")]
    async with telephone(workshop) as browser:
        assert await send(browser, *batch) == ["stored", "stored"]
        assert await send(browser, *batch, mark(one, items[2])) == ["already", "already", "stored"]
        (person,) = (await data(browser))["people"]
    assert person["marks"][items[0]]["note"] == "Bien parejo"
    assert person["marks"][items[1]] | {"id": "", "at": ""} == {
        "id": "",
        "way": "asked",
        "verdict": "not_yet",
        "note": "",
        "at": "",
        "by": "Eva",
        "user": 1,
        "others": [],
    }
    assert len(workshop.rows(evaluation_marks)) == 3
    assert workshop.row(appointments, one)["state"] == "attended"
    assert b"parejo" not in workshop.rows(evaluation_marks)[0].note_enc


async def test_what_cannot_be_is_refused_and_the_rest_is_stored(workshop: Workshop) -> None:
    one, far = workshop.appointment(1, "Marta"), workshop.appointment(workshop.centre("Otro"), "Lejos")
    item, question = criteria(workshop)[0], workshop.house.bot.app.world.trades[WELDER].questions[0].id
    bad: list[Any] = [
        mark(one, "no-such"),
        mark(one, item, "right"),
        mark(one, question, "competent"),
        mark(one, item, way="guessed"),
        mark(one, item, note="x" * 501),
        mark(one, item, note=7),
        note(one, "identity", legal_name="  "),
        mark(far, item),
        mark(999, item),
    ]
    reasons = ["ilegible"] * 7 + ["ajena"] * 2
    async with telephone(workshop) as browser:
        assert await send(browser, *bad, mark(one, question, "right", way=None)) == [*reasons, "stored"]
        broken: list[Any] = [
            {"id": "x", "appointment": one},
            7,
            mark(one, item) | {"at": "ayer"},
            mark(one, item) | {"id": "1"},
        ]
        assert await send(browser, *broken, mark(one, item)) == ["ilegible"] * 4 + ["stored"]
        known = mark(one, item)
        await send(browser, known)
        other = workshop.appointment(1, "Otra")
        assert await send(browser, known | {"appointment": other}) == ["ilegible"], "one id, one mark"


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b'{"notes": 7}', b'{"notes": []}', b'{"notes": [], "sent_at": "x"}', b"\xff"]
)
async def test_a_batch_that_cannot_be_read_is_a_400(workshop: Workshop, body: bytes) -> None:
    async with telephone(workshop) as browser:
        headers = {"X-Arraigo-Csrf": browser.token, "Content-Type": "application/json"}
        answer = await browser.client.post("/panel/taller/marcas", content=body, headers=headers)
        assert answer.status_code == 400


async def test_too_much_at_once_and_a_strangers_form_are_turned_away(workshop: Workshop) -> None:
    one = workshop.appointment(1)
    async with telephone(workshop) as browser:
        many = {"sent_at": workshop.now.isoformat(), "notes": [mark(one, "x")] * 201}
        headers = {"X-Arraigo-Csrf": browser.token, "X-Arraigo-Fetch": "1"}
        assert (await browser.client.post("/panel/taller/marcas", json=many, headers=headers)).status_code == 413
        wrong = headers | {"X-Arraigo-Csrf": "x"}
        assert (await browser.client.post("/panel/taller/marcas", json=many, headers=wrong)).status_code == 403
        browser.client.cookies.clear()
        assert (await browser.client.post("/panel/taller/marcas", json=many, headers=headers)).status_code == 401


async def test_a_clock_that_is_wrong_is_put_right_and_the_order_is_kept(workshop: Workshop) -> None:
    one, item = workshop.appointment(1), criteria(workshop)[0]
    ahead = workshop.now + timedelta(days=400)
    async with telephone(workshop) as browser:
        first = mark(one, item, "not_yet", at=ahead)
        second = mark(one, item, "competent", at=ahead + timedelta(minutes=3))
        await send(browser, first, second, sent_at=(ahead + timedelta(minutes=5)).isoformat())
        times = [row.marked_at for row in workshop.rows(evaluation_marks)]
        assert times == [workshop.now - timedelta(minutes=5), workshop.now - timedelta(minutes=2)]
        back = mark(one, item, "cleared", at=datetime.fromisoformat("1970-01-01T00:00:00+00:00"))
        after = mark(one, item, "not_yet", at=datetime.fromisoformat("9999-12-31T00:00:00+00:00"))
        await send(browser, back, after, sent_at=workshop.now.isoformat())
        assert all(row.marked_at <= workshop.now for row in workshop.rows(evaluation_marks))
        (person,) = (await data(browser))["people"]
        assert person["marks"][item]["verdict"] == "not_yet"


async def test_two_evaluators_on_one_person_see_each_other_and_the_newest_counts(workshop: Workshop) -> None:
    one, item = workshop.appointment(1), criteria(workshop)[0]
    workshop.evaluator(1, "beto")
    early, late = workshop.now - timedelta(minutes=9), workshop.now - timedelta(minutes=2)
    async with telephone(workshop, "beto") as beto:
        await send(beto, mark(one, item, "not_yet", at=late))
    async with telephone(workshop) as eva:
        await send(eva, mark(one, item, "competent", at=early))
        (person,) = (await data(eva))["people"]
        assert (person["marks"][item]["verdict"], person["marks"][item]["by"]) == ("not_yet", "Beto")
        assert [(each["by"], each["verdict"]) for each in person["marks"][item]["others"]] == [("Eva", "competent")]
    assert len(workshop.rows(evaluation_marks)) == 2


async def test_the_end_asks_for_all_that_has_to_be_said(workshop: Workshop) -> None:
    one = workshop.appointment(1)
    async with telephone(workshop) as browser:
        assert await send(browser, end(one)) == ["faltan_criticos"]
        marks = [mark(one, item) for item in critical(workshop)]
        assert await send(browser, *marks, end(one)) == ["stored", "stored", "sin_identidad"]
        name = note(one, "identity", legal_name="MARTA  RAMOS")
        assert await send(browser, name, end(one, practise=["no-such"])) == ["stored", "ilegible"]
        workshop.write(lambda c: c.execute(delete(accreditations)).rowcount)
        assert await send(browser, end(one)) == ["sin_acreditacion"]
        assert workshop.rows(evaluations)[0].result is None
        workshop.add(accreditations, user_id=1, trade=WELDER, until=date(2026, 11, 23))
        assert await send(browser, end(one), end(one), end(one, "not_yet")) == ["stored", "already", "ya_terminada"]
        assert await send(browser, note(one, "identity", legal_name="OTRA")) == ["ya_terminada"]
        assert await send(browser, mark(one, criteria(workshop)[0], "not_yet")) == ["late"]
    evaluation = workshop.rows(evaluations)[0]
    assert (evaluation.result, evaluation.evaluator_id, evaluation.finished_at) == ("competent", 1, workshop.now)
    assert workshop.house.bot.app.cipher.open(evaluation.legal_name_enc, "name") == "MARTA RAMOS"
    assert [row.evaluation_id for row in workshop.rows(certificates)] == [evaluation.id]
    assert [(row.kind, row.state) for row in workshop.rows(reminders)] == [("result", "due")]
    done = [action for action, _ in workshop.office.log() if action.startswith("evaluation.")]
    assert done[-1] == "evaluation.marked"
    assert done.count("evaluation.finish") == 1


async def test_an_accreditation_counts_on_the_day_of_the_appointment(workshop: Workshop) -> None:
    one = workshop.appointment(1)
    workshop.set(accreditations, 1, until=date(2026, 11, 23))
    workshop.house.bot.wait(hours=20)  # it reaches us on the day after
    async with telephone(workshop) as browser:
        assert (await send(browser, *decided(workshop, one), end(one)))[-1] == "stored"
        two = workshop.appointment(1)
        assert (await send(browser, *decided(workshop, two), end(two)))[-1] == "sin_acreditacion"


async def test_an_appointment_that_was_cancelled_meanwhile_keeps_its_marks(workshop: Workshop) -> None:
    one = workshop.appointment(1, "Marta", hours=1)
    slot = workshop.row(appointments, one)["slot_id"]
    workshop.write(lambda c: book.cancel(c, one, book.PERSON, workshop.now))
    async with telephone(workshop) as browser:
        sent = await send(browser, *decided(workshop, one), end(one, "not_yet", practise=criteria(workshop)[:1]))
        assert sent == ["stored", "stored", "stored", "cancelada"]
        (person,) = (await data(browser))["people"]
        assert person["state"] == "cancelled"
        await browser.get("/panel/agenda")
        assert "alguien anotó la evaluación" in browser.words
        await browser.post(f"/panel/agenda/{one}", estado="retaken", dia="2026-11-23")
        assert "La cita quedó retomada" in browser.words
        assert workshop.row(slots, slot)["booked"] == 1
        assert await send(browser, end(one, "not_yet", practise=criteria(workshop)[:1])) == ["stored"]
    assert workshop.rows(evaluations)[0].practise == criteria(workshop)[:1]


async def test_an_evaluation_that_was_begun_stays_within_reach_for_a_week(workshop: Workshop) -> None:
    one = workshop.appointment(1, "Marta")
    async with telephone(workshop) as browser:
        await send(browser, mark(one, criteria(workshop)[0]))
        workshop.house.bot.wait(hours=30)
    async with telephone(workshop) as browser:
        assert [each["today"] for each in (await data(browser))["people"]] == [False]
        assert (await send(browser, *decided(workshop, one), end(one)))[-1] == "stored"
        assert (await data(browser))["people"] == []


async def test_the_worker_knows_the_files_of_this_version_and_the_page_knows_nobody(workshop: Workshop) -> None:
    workshop.appointment(1, "Marta Ramos")
    async with telephone(workshop) as browser:
        worker = await browser.client.get("/panel/taller/sw.js")
        assert worker.headers["content-type"].startswith("text/javascript")
        assert worker.headers["service-worker-allowed"] == "/panel/taller"
        files = json.loads(worker.text.split("FILES = ")[1].split(";")[0].replace("'", '"'))
        for file in files:
            assert (await browser.client.get(file)).status_code == 200
        page = (await browser.client.get("/panel/taller")).text
        assert "Marta" not in page
        assert "eva@" not in page
        assert browser.token not in page
