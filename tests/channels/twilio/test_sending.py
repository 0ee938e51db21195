"""Sending, against a server that holds every request against Twilio's own specification."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.base import BadAddress, Channel, Rejected, WindowClosed
from bot.channels.twilio.render import LIMITS, interactive, numbered, plain, size
from flows.core.reply import Option, Reply
from tests.channels.twilio.conftest import Make, question, to
from tests.fakes.twilio import PERSON, SMS_SENDER, WHATSAPP_SENDER, Fault, MemoryContents, TwilioFake


async def test_it_is_a_channel(make: Make) -> None:
    channel: Channel = make(rate=20.0)
    assert (channel.name, channel.rate, channel.limits.buttons) == ("whatsapp", 20.0, 3)


async def test_text(twilio: TwilioFake, make: Make) -> None:
    provider_id = await make().send(to(Reply("a.b.c", "Hola 👋\n100 % & más")))
    (sent,) = twilio.messages
    assert (sent.sid, sent.to, sent.sender) == (provider_id, PERSON, WHATSAPP_SENDER)
    assert sent.body == "Hola 👋\n100 % & más"
    assert sent.status_callback == "https://bot.example.org/webhooks/twilio/status"


async def test_a_person_known_only_by_the_business_scoped_id(twilio: TwilioFake, make: Make) -> None:
    await make().send(to(Reply("a.b.c", "Hola"), "whatsapp:US.13491208655302741918"))
    assert twilio.messages[0].to == "whatsapp:US.13491208655302741918"


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_up_to_three_buttons(twilio: TwilioFake, make: Make, number: int) -> None:
    await make().send(to(question(number)))
    (sent,) = twilio.messages
    assert sent.kind == "twilio/quick-reply"
    assert sent.options[0] == ("q1.o1", "Opción 1")
    assert len(sent.options) == number
    assert sent.body.startswith("¿Seguimos? 👋\n\n1. Opción 1")


@pytest.mark.parametrize("number", [4, 10])
async def test_up_to_ten_rows(twilio: TwilioFake, make: Make, number: int) -> None:
    await make().send(to(question(number, description="Más sobre esto")))
    (sent,) = twilio.messages
    assert sent.kind == "twilio/list-picker"
    assert sent.options[-1] == (f"q1.o{number}", f"Opción {number}")
    assert next(iter(twilio.contents.values()))["types"]["twilio/list-picker"]["button"] == "Ver opciones"


@pytest.mark.parametrize(
    "reply",
    [
        question(11),
        question(static=False),
        Reply("a.b.c", "¿Sí?", (Option("q.1", "x" * 25), Option("q.2", "No")), static=True),
        Reply("a.b.c", "¿Sí?", (Option("q.1", "Sí"), Option("q.2", "Sí")), static=True),
        Reply("a.b.c", "¿Sí?", (Option("", "Sí"), Option("q.2", "No")), static=True),
        Reply("a.b.c", "¿Sí?", (Option("q" * 201, "Sí"), Option("q.2", "No")), static=True),
        Reply("a.b.c", "¿Sí?", (Option("q.1", "Sí", "x" * 73), Option("q.2", "No")), static=True),
        Reply("a.b.c", "Use {{1}}", (Option("q.1", "Sí"), Option("q.2", "No")), static=True),
        Reply("a.b.c", "x" * 1020, (Option("q.1", "Sí"), Option("q.2", "No")), static=True),
        Reply("a.b.c", "¿Sí?", (Option("q.1", "👍" * 13), Option("q.2", "No")), static=True),
    ],
)
async def test_what_does_not_fit_or_is_personal_goes_numbered(twilio: TwilioFake, make: Make, reply: Reply) -> None:
    await make().send(to(reply))
    (sent,) = twilio.messages
    assert sent.kind == "text"
    assert f"\n\n1. {reply.options[0].title}" in sent.body
    assert twilio.contents == {}


async def test_a_resource_is_made_once_and_shared_by_all_instances(twilio: TwilioFake, make: Make) -> None:
    store = MemoryContents()
    for instance, channel in (("q1", first := make(store=store)), ("q2", first), ("q3", make(store=store))):
        await channel.send(to(question(instance=instance)))
    assert len(twilio.contents) == 1
    assert [sent.options[1][0] for sent in twilio.messages] == ["q1.o2", "q2.o2", "q3.o2"]
    assert "q1" not in json.dumps(list(twilio.contents.values()))


async def test_another_text_is_another_resource(twilio: TwilioFake, make: Make) -> None:
    channel = make()
    for number in (2, 3, 4):
        await channel.send(to(question(number)))
    assert len(twilio.contents) == 3


async def test_without_a_resource_the_person_still_gets_the_question(twilio: TwilioFake, make: Make) -> None:
    ticks = iter([0.0, 0.0, 299.0, 301.0])
    channel = make(clock=lambda: next(ticks))
    twilio.fail(Fault(status=500, path="/v1/Content"))
    for _ in range(3):
        await channel.send(to(question()))
    assert [sent.kind for sent in twilio.messages] == ["text", "text", "twilio/quick-reply"]
    assert sum(request.path == "/v1/Content" for request in twilio.requests) == 2


async def test_a_refused_resource_falls_back_to_text(twilio: TwilioFake, make: Make) -> None:
    twilio.fail(Fault(63021))
    await make().send(to(question()))
    assert [sent.kind for sent in twilio.messages] == ["text"]


async def test_a_resource_deleted_in_the_console_is_made_anew(twilio: TwilioFake, make: Make) -> None:
    channel = make()
    twilio.fail(Fault(21655))
    await channel.send(to(question()))
    await channel.send(to(question()))
    assert [sent.kind for sent in twilio.messages] == ["text", "twilio/quick-reply"]
    assert len(twilio.contents) == 2


async def test_a_closed_window_calls_nobody(twilio: TwilioFake, make: Make) -> None:
    with pytest.raises(WindowClosed):
        await make().send(to(Reply("a.b.c", "Hola"), window_open=False))
    assert twilio.requests == []


@pytest.mark.parametrize(("name", "address"), [("whatsapp", "+50370000000"), ("sms", PERSON)])
async def test_an_address_of_another_channel(twilio: TwilioFake, make: Make, name: str, address: str) -> None:
    with pytest.raises(BadAddress):
        await make(name).send(to(Reply("a.b.c", "Hola"), address))
    assert twilio.requests == []


async def test_sms_has_no_window_and_no_buttons(twilio: TwilioFake, make: Make) -> None:
    reply = Reply("a.b.c", "¿Sí?", (Option("q.1", "Sí", "Seguir"),), media=("/f/1.pdf",), static=True)
    await make("sms").send(to(reply, "+50370000000", window_open=False))
    (sent,) = twilio.messages
    assert (sent.sender, sent.media) == (SMS_SENDER, ())
    assert sent.body == "¿Sí?\n\n1. Sí: Seguir\nhttps://bot.example.org/f/1.pdf"


async def test_a_picture_carries_the_text_and_a_document_follows_it(twilio: TwilioFake, make: Make) -> None:
    channel = make()
    await channel.send(to(Reply("a.b.c", "Mire", media=("/f/1.png", "/f/2.pdf"))))
    await channel.send(to(Reply("a.b.c", "Su constancia", media=("/f/3.pdf",))))
    assert [(sent.body, sent.media) for sent in twilio.messages] == [
        ("Mire", ("https://bot.example.org/f/1.png",)),
        ("", ("https://bot.example.org/f/2.pdf",)),
        ("Su constancia", ()),
        ("", ("https://bot.example.org/f/3.pdf",)),
    ]


async def test_a_long_text_goes_in_order_and_returns_the_last_id(twilio: TwilioFake, make: Make) -> None:
    text = "\n\n".join(f"{n}. " + "palabra " * 60 for n in range(8))
    provider_id = await make().send(to(Reply("a.b.c", text)))
    assert len(twilio.messages) > 1
    assert provider_id == twilio.messages[-1].sid
    assert " ".join(sent.body for sent in twilio.messages).split() == text.split()


async def test_nothing_to_say_is_rejected(twilio: TwilioFake, make: Make) -> None:
    with pytest.raises(Rejected):
        await make().send(to(Reply("a.b.c", " ")))
    assert twilio.requests == []


ANY = st.characters(exclude_categories=())  # lone surrogates, too: JSON from a browser may hold them
WORDS = st.text(ANY, max_size=30)
OPTIONS = st.builds(Option, WORDS, WORDS, st.just("") | WORDS)
REPLIES = st.builds(
    Reply,
    st.just("a.b.c"),
    WORDS | st.text(ANY, min_size=900, max_size=2500),
    st.lists(OPTIONS, max_size=12).map(tuple),
    st.just(""),
    st.lists(st.sampled_from(["/f/1.png", "/f/2.pdf"]), max_size=2).map(tuple),
    st.booleans(),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(reply=REPLIES)
async def test_whatever_a_reply_holds_twilio_takes_the_request(twilio: TwilioFake, make: Make, reply: Reply) -> None:
    for channel, address in ((make(), PERSON), (make("sms"), "+50370000000")):
        try:
            await channel.send(to(reply, address))
        except Rejected as empty:
            assert empty.code == "empty"  # noqa: PT017
        await channel.close()
    assert twilio.violations == []


@given(text=st.text(ANY, max_size=5000))
def test_pieces_fit_and_lose_no_letter(text: str) -> None:
    parts = plain(Reply("a.b.c", text), "", links=False)
    assert all(0 < size(part.text) <= LIMITS.text for part in parts)
    assert "".join("".join(part.text for part in parts).split()) == "".join(text.split())


def test_the_resource_has_no_word_of_the_instance() -> None:
    first, second = (interactive(question(instance=i), "es", "Ver") for i in ("q1", "q2"))
    assert first is not None
    assert second is not None
    assert first.hash == second.hash
    assert first.variables == '{"1": "q1.o1", "2": "q1.o2"}'
    assert first.defaults == {"1": "1", "2": "2"}


def test_a_reply_without_options_is_its_text() -> None:
    assert numbered(Reply("a.b.c", "Hola")) == "Hola"
