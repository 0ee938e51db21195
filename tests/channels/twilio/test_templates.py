"""Templates at Twilio: handed in once, approved or not, and sent where free text may not leave any more."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.approvals.kept import SqlTemplates, not_approved
from bot.approvals.reviews import Reviews
from bot.channels.base import NoTemplate, OperatorNeeded, Retry, WindowClosed
from bot.channels.twilio.client import TwilioClient
from db.database import Database
from db.tables import provider_templates
from flows import plantillas
from flows.core.reply import Option, Reply, Template
from tests.channels.twilio.conftest import Make, to
from tests.fakes.twilio import ACCOUNT_SID, AUTH_TOKEN, PERSON, Fault, TwilioFake

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
FORMS = plantillas.load()
ACCOUNT = b"account"
REMINDER = FORMS["cita_recordatorio_1d"]
WORDS = Reply(
    "recordatorio.va.texto",
    "Su cita es mañana.",
    (Option("recordatorio:si:K7M2QX4", "Sí, voy"),),
    template=REMINDER.filled("K7M2QX4", "mañana a las 9:00 a. m.", "Centro\nSan Salvador"),
)


class Waits(list[float]):
    """Sleeps at once, and remembers how long it should have been."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
async def reviews(twilio: TwilioFake, database: Database, waits: Waits) -> AsyncIterator[Reviews]:
    made = Reviews(TwilioClient(ACCOUNT_SID, AUTH_TOKEN, twilio.url), database, ACCOUNT, FORMS, waits)
    yield made
    await made.close()


def changed(twilio: TwilioFake, database: Database, name: str, waits: Waits) -> tuple[Reviews, plantillas.Form]:
    """The same bot after somebody changed one text."""
    form = replace(FORMS[name], body=f"Buenos días. {FORMS[name].body}")
    client = TwilioClient(ACCOUNT_SID, AUTH_TOKEN, twilio.url)
    return Reviews(client, database, ACCOUNT, {**FORMS, name: form}, waits), form


# --- handing in ------------------------------------------------------------------------------------------------


async def test_each_is_made_and_handed_in_once(twilio: TwilioFake, reviews: Reviews) -> None:
    first = await reviews.push(NOW)
    second = await reviews.push(NOW)
    assert {one.state for one in first} == {"pending"}
    assert [one.name for one in first] == [one.name for one in second] == list(FORMS)
    assert len(twilio.contents) == len(twilio.approvals) == len(FORMS)
    one = next(each for each in twilio.approvals.values() if each["name"] == REMINDER.official)
    assert (one["category"], one["content_type"]) == ("UTILITY", "twilio/quick-reply")


async def test_what_another_machine_made_is_found_on_any_page(
    twilio: TwilioFake, reviews: Reviews, database: Database, waits: Waits
) -> None:
    await reviews.push(NOW)
    twilio.page_size = 2
    other = Reviews(TwilioClient(ACCOUNT_SID, AUTH_TOKEN, twilio.url), database, b"another database", FORMS, waits)
    found = await other.push(NOW)
    await other.close()
    assert {one.state for one in found} == {"pending"}
    assert len(twilio.contents) == len(FORMS)


async def test_approved_and_rejected_with_the_reason(twilio: TwilioFake, reviews: Reviews) -> None:
    await reviews.push(NOW)
    twilio.review("cita_", "approved")
    twilio.review("resultado_listo", "rejected", "Use a clearer text.")
    found = {one.name: one for one in await reviews.refresh(NOW)}
    assert (found["cita_falto"].state, found["seguimiento_1m"].state) == ("approved", "pending")
    assert (found["resultado_listo"].state, found["resultado_listo"].rejection) == ("rejected", "Use a clearer text.")
    lines = not_approved(found.values())
    assert "template resultado_listo is rejected: Use a clearer text." in lines
    assert "template seguimiento_1m is under review" in lines
    assert not any("cita_falto" in line for line in lines)


async def test_a_changed_text_is_a_new_template_beside_the_old_one(
    twilio: TwilioFake, reviews: Reviews, database: Database, waits: Waits
) -> None:
    await reviews.push(NOW)
    twilio.review("cita_falto")
    await reviews.refresh(NOW)
    later, form = changed(twilio, database, "cita_falto", waits)
    await later.push(NOW)
    await later.close()
    names = [one["name"] for one in twilio.approvals.values() if one["name"].startswith("cita_falto")]
    assert names == [FORMS["cita_falto"].official, form.official]
    old = SqlTemplates(database, ACCOUNT, FORMS)
    new = SqlTemplates(database, ACCOUNT, {"cita_falto": form})
    assert await old.approved("cita_falto", "es") is not None
    assert await new.approved("cita_falto", "es") is None  # the older text is never sent for the newer one


async def test_what_whatsapp_refuses_outright_is_said(twilio: TwilioFake, database: Database, waits: Waits) -> None:
    form = replace(FORMS["cita_falto"], body="{{1}} fue su cita.")
    reviews = Reviews(TwilioClient(ACCOUNT_SID, AUTH_TOKEN, twilio.url), database, ACCOUNT, {form.name: form}, waits)
    (one,) = await reviews.push(NOW)
    await reviews.close()
    assert one.state == "rejected"
    assert "start or end" in one.rejection


# --- when Twilio is slow, away, or says no ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=503, path="/v1/Content"),
        Fault(status=429, code=20429, path="/v1/Content"),
        Fault(drop=True, path="/v1/Content"),
        Fault(status=503, path="/ApprovalRequests/whatsapp"),
        Fault(drop=True, path="/ApprovalRequests/whatsapp"),
        Fault(status=429, code=20429, path="/v1/ContentAndApprovals", headers={"Retry-After": "7"}),
    ],
)
async def test_one_failure_is_tried_again(twilio: TwilioFake, reviews: Reviews, waits: Waits, fault: Fault) -> None:
    twilio.fail(fault, times=2)
    found = await reviews.push(NOW)
    assert {one.state for one in found} == {"pending"}
    assert len(twilio.contents) == len(twilio.approvals) == len(FORMS)
    assert len(waits) == 2
    assert (7.0 in waits) is (fault.headers != {})


async def test_what_was_done_before_a_failure_stays(twilio: TwilioFake, reviews: Reviews, database: Database) -> None:
    twilio.fail(Fault(status=503, path="/ApprovalRequests/whatsapp"), times=4)
    with pytest.raises(Retry):
        await reviews.push(NOW)
    rows = database.read_now(lambda c: c.execute(select(provider_templates)).all())
    assert [(row.name, row.state) for row in rows] == [(next(iter(FORMS)), "unsent")]
    assert {one.state for one in await reviews.push(NOW)} == {"pending"}
    assert len(twilio.contents) == len(FORMS)


async def test_wrong_credentials_are_for_the_operator(twilio: TwilioFake, database: Database, waits: Waits) -> None:
    reviews = Reviews(TwilioClient(ACCOUNT_SID, "wrong", twilio.url), database, ACCOUNT, FORMS, waits)
    with pytest.raises(OperatorNeeded):
        await reviews.push(NOW)
    await reviews.close()
    assert waits == []


async def test_twilio_is_asked_each_hour_as_long_as_one_is_under_review(twilio: TwilioFake, reviews: Reviews) -> None:
    assert await reviews.refresh_if_due(NOW) == 0  # nothing was handed in: nothing to ask
    await reviews.push(NOW)
    asked = len(twilio.requests)
    twilio.review("")
    assert await reviews.refresh_if_due(NOW + timedelta(minutes=59)) == 0
    assert len(twilio.requests) == asked
    assert await reviews.refresh_if_due(NOW + timedelta(minutes=61)) == len(FORMS)
    assert await reviews.refresh_if_due(NOW + timedelta(hours=20)) == 0
    twilio.review("cita_falto", "paused")
    assert await reviews.refresh_if_due(NOW + timedelta(hours=26)) == 1


# --- sending ---------------------------------------------------------------------------------------------------


async def approved(reviews: Reviews, twilio: TwilioFake, database: Database) -> SqlTemplates:
    await reviews.push(NOW)
    twilio.review("")
    await reviews.refresh(NOW)
    return SqlTemplates(database, ACCOUNT, FORMS)


async def test_an_open_window_gets_the_ordinary_words(
    twilio: TwilioFake, reviews: Reviews, database: Database, make: Make
) -> None:
    await make(templates=await approved(reviews, twilio, database)).send(to(WORDS))
    assert twilio.messages[0].body.startswith("Su cita es mañana.")


@pytest.mark.parametrize("known", [False, True])
async def test_a_closed_window_gets_the_template(
    twilio: TwilioFake, reviews: Reviews, database: Database, make: Make, known: bool
) -> None:
    """Also where we thought that it is open."""
    channel = make(templates=await approved(reviews, twilio, database))
    twilio.closed.add(PERSON)
    await channel.send(to(WORDS, window_open=not known))
    (sent,) = twilio.messages
    assert sent.body == "Hola. Su cita es mañana a las 9:00 a. m., en Centro San Salvador. Le esperamos. ¿Va a venir?"
    assert sent.options[0] == ("recordatorio:si:K7M2QX4", "Sí, voy")
    form = dict(twilio.requests[-1].form)
    assert "Body" not in form
    assert json.loads(form["ContentVariables"]) == {
        "1": "mañana a las 9:00 a. m.",
        "2": "Centro San Salvador",
        "3": "K7M2QX4",
    }


async def test_without_an_approved_template_it_is_said_so(
    twilio: TwilioFake, reviews: Reviews, database: Database, make: Make
) -> None:
    await reviews.push(NOW)
    channel = make(templates=SqlTemplates(database, ACCOUNT, FORMS))
    twilio.closed.add(PERSON)
    for window_open in (True, False):
        with pytest.raises(NoTemplate) as error:
            await channel.send(to(WORDS, window_open=window_open))
        assert error.value.code == "cita_recordatorio_1d"
    with pytest.raises(NoTemplate):
        await make().send(to(replace(WORDS, template=Template("no_such")), window_open=False))
    with pytest.raises(WindowClosed):
        await channel.send(to(replace(WORDS, template=None), window_open=False))
    assert twilio.messages == []


def test_an_older_body_is_still_read() -> None:
    body = WORDS.to_json()
    assert Reply.from_json(json.loads(json.dumps(body))) == WORDS
    del body["template"]
    assert Reply.from_json(body) == replace(WORDS, template=None)
