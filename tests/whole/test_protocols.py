"""From a provider's webhook to a recorded diagnosis and back out to the provider, on both databases."""

from __future__ import annotations

from sqlalchemy import select

from db.tables import diagnoses, handoffs, media, outbox
from tests.fakes.twilio import PERSON
from tests.whole.conftest import STAFF, Whole

ROSA = 70001


async def test_whatsapp_from_hola_to_a_recorded_diagnosis(whole: Whole) -> None:
    twilio = whole.twilio
    await whole.whatsapp(twilio.form(PERSON, "quiero evaluarme como soldador"))
    await whole.until(lambda: len(twilio.messages) == 1)
    assert twilio.messages[0].kind == "twilio/quick-reply"
    assert "No somos migración ni policía" in twilio.messages[0].body
    await whole.whatsapp(twilio.tap(twilio.messages[0], 1))
    await whole.until(lambda: len(twilio.messages) == 2)
    await whole.whatsapp(twilio.form(PERSON, "34"))
    for sent in range(3, 3 + 15):
        await whole.until(lambda sent=sent: len(twilio.messages) == sent)  # type: ignore[misc]
        await whole.whatsapp(twilio.tap(twilio.messages[-1], 1))
    await whole.until(lambda: "Usted puede pedir ya su evaluación" in twilio.messages[-1].body)
    rows = await whole.app.database.read(lambda c: list(c.execute(select(diagnoses))))
    assert [(row.trade, row.finished, row.band, row.channel) for row in rows] == [
        ("structural_welder", True, "listo", "whatsapp")
    ]
    assert twilio.violations == []
    assert all(len(message.body) <= 1600 for message in twilio.messages)


async def test_the_same_text_is_one_content_resource(whole: Whole) -> None:
    for number in range(3):
        await whole.whatsapp(whole.twilio.form(f"whatsapp:+5037000000{number}", "hola"))
    await whole.until(lambda: len(whole.twilio.messages) == 3)
    assert len(whole.twilio.contents) == 1


async def test_a_webhook_repeated_is_answered_once(whole: Whole) -> None:
    form = whole.twilio.form(PERSON, "hola")
    for _ in range(3):
        await whole.whatsapp(form)
    await whole.whatsapp(whole.twilio.form(PERSON, "¿para qué?"))
    await whole.until(lambda: len(whole.twilio.messages) == 2)
    assert "Guardo lo que me responde" in whole.twilio.messages[1].body


async def test_a_status_callback_moves_the_message_and_never_back(whole: Whole) -> None:
    await whole.whatsapp(whole.twilio.form(PERSON, "hola"))
    await whole.until(lambda: len(whole.twilio.messages) == 1)
    for state in ("read", "delivered", "sent"):
        form = whole.twilio.status(whole.twilio.messages[0], state)
        address = "/webhooks/twilio/status"
        status, _ = await whole.twilio.post(f"{whole.url}{address}", form, f"https://arraigo.example{address}")
        assert status == 200
    await whole.until(lambda: whole.app.database.read_now(lambda c: c.scalar(select(outbox.c.state))) == "read")


async def test_telegram_from_start_to_a_person(whole: Whole) -> None:
    telegram = whole.telegram
    assert await telegram.deliver(telegram.text_update(ROSA, "/start")) == 200
    await whole.until(lambda: len(telegram.to(ROSA)) == 1)
    assert await telegram.deliver(telegram.tap_update(ROSA, "Sí, de acuerdo")) == 200
    await whole.until(lambda: len(telegram.to(ROSA)) == 3)
    assert telegram.to(ROSA)[-1]["text"].startswith("¿Cuántos años tiene?")
    await telegram.deliver(telegram.text_update(ROSA, "40"))
    await whole.until(lambda: len(telegram.to(ROSA)) == 4)
    await telegram.deliver(telegram.text_update(ROSA, "quiero hablar con una persona"))
    await whole.until(lambda: any("Le responden lo antes posible" in message["text"] for message in telegram.to(ROSA)))
    await whole.until(lambda: len(telegram.to(STAFF)) == 1)
    await whole.until(lambda: not telegram.callbacks)


async def test_the_staff_are_alerted_at_once_by_a_code_and_nothing_else(whole: Whole) -> None:
    await whole.whatsapp(whole.twilio.form(PERSON, "ya no quiero vivir"))
    await whole.until(lambda: len(whole.telegram.to(STAFF)) == 1)
    (alert,) = whole.telegram.to(STAFF)
    rows = await whole.app.database.read(lambda c: list(c.execute(select(handoffs))))
    assert rows[0].code in alert["text"]
    assert "vivir" not in alert["text"]
    assert PERSON.removeprefix("whatsapp:") not in alert["text"]
    await whole.until(lambda: len(whole.twilio.messages) >= 1)
    assert "911" in whole.twilio.messages[0].body


async def test_a_picture_is_fetched_sealed_and_deleted_at_twilio(whole: Whole) -> None:
    address = whole.twilio.add_file(b"\x89PNG una foto", "image/png")
    await whole.whatsapp(whole.twilio.form(PERSON, "", MediaUrl0=address, MediaContentType0="image/png"))
    await whole.until(lambda: bool(whole.twilio.deleted))
    rows = await whole.app.database.read(lambda c: list(c.execute(select(media))))
    assert [row.state for row in rows] == ["stored"]
    assert b"una foto" not in bytes(rows[0].content_enc)
    assert whole.app.cipher.open_bytes(rows[0].content_enc, "media") == b"\x89PNG una foto"
    assert whole.twilio.leaks == []
