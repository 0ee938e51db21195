"""Files from Twilio, and what `arraigo channels setup` says of an account."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from yarl import URL

from bot.channels.base import Media, MediaGone, Retry
from bot.channels.twilio.client import TwilioClient
from bot.channels.twilio.media import delete, fetch
from bot.channels.twilio.setup import verify
from tests.fakes.twilio import ACCOUNT_SID, AUTH_TOKEN, SMS_SENDER, WHATSAPP_SENDER, Fault, TwilioFake

FILE = "/Media/" + "ME" + f"{1:032x}"


@pytest.fixture
async def client(twilio: TwilioFake) -> AsyncIterator[TwilioClient]:
    client = TwilioClient(ACCOUNT_SID, AUTH_TOKEN, twilio.url)
    yield client
    await client.close()


async def test_a_file_comes_whole_and_the_storage_sees_no_credentials(twilio: TwilioFake, client: TwilioClient) -> None:
    url = twilio.add_file(b"x" * 300_000, "image/jpeg")
    assert await fetch(client, Media("image", url), 300_000) == (b"x" * 300_000, "image/jpeg")
    assert [request.path.startswith("/storage/") for request in twilio.requests] == [False, True]


async def test_too_large(twilio: TwilioFake, client: TwilioClient) -> None:
    url = twilio.add_file(b"x" * 300_000, "image/jpeg")
    with pytest.raises(MediaGone, match="size"):
        await fetch(client, Media("image", url, size=10), 299_999)


@pytest.mark.parametrize("mime", ["text/html", "image/svg+xml", "application/zip", "application/octet-stream"])
async def test_files_that_we_do_not_keep(twilio: TwilioFake, client: TwilioClient, mime: str) -> None:
    with pytest.raises(MediaGone, match="type"):
        await fetch(client, Media("document", twilio.add_file(b"x", mime)), 100)


async def test_a_vague_type_is_the_announced_one(twilio: TwilioFake, client: TwilioClient) -> None:
    url = twilio.add_file(b"x", "application/octet-stream")
    assert await fetch(client, Media("voice", url, "audio/ogg"), 100) == (b"x", "audio/ogg")


@pytest.mark.parametrize(
    "source",
    [
        "https://example.org/Media/ME1",
        "https://api.twilio.com.example.org/Media/ME1",
        "https://api.twilio.com@example.org/Media/ME1",
        "http://169.254.169.254/latest/meta-data",
        "https://api.twilio.com//example.org/Media/ME1",
        "file:///etc/passwd",
        "https://[",
        "https://a:b:c/",
        "ME1",
        "",
    ],
)
async def test_only_twilio_is_asked(twilio: TwilioFake, client: TwilioClient, source: str) -> None:
    with pytest.raises(MediaGone):
        await fetch(client, Media("image", source), 100)
    assert twilio.requests == []


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("https://api.twilio.com/x", True),
        ("https://api.twilio.com:443/x", True),
        ("https://api.twilio.com:8443/x", False),
        ("http://api.twilio.com/x", False),
        ("https://twilio.com.example.org/x", False),
        ("https://eviltwilio.com/x", False),
        ("https://media.twiliocdn.com/x", False),
    ],
)
def test_who_sees_the_credentials(url: str, trusted: bool) -> None:
    client = TwilioClient(ACCOUNT_SID, AUTH_TOKEN)
    assert client.trusts(URL(url)) is trusted
    assert bool(client.headers(URL(url))) is trusted


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(20404, 404, FILE), MediaGone),
        (Fault(status=410, body=b"", path=FILE), MediaGone),
        (Fault(status=204, body=b"", path=FILE), MediaGone),
        (Fault(20003, 401, FILE), Retry),
        (Fault(20429, 429, FILE), Retry),
        (Fault(status=502, body=b"", path=FILE), Retry),
        (Fault(path=FILE, drop=True), Retry),
        (Fault(status=302, body=b"", path=FILE, headers={"Location": "ftp://example.org/x"}), Retry),
    ],
)
async def test_when_a_file_does_not_come(
    twilio: TwilioFake, client: TwilioClient, fault: Fault, error: type[Exception]
) -> None:
    url = twilio.add_file(b"x", "image/png")
    assert url.endswith(FILE)
    twilio.fail(fault, times=3)  # aiohttp repeats a GET whose connection broke
    with pytest.raises(error):
        await fetch(client, Media("image", url), 100)


async def test_a_circle_of_redirects_ends(twilio: TwilioFake, client: TwilioClient) -> None:
    url = twilio.add_file(b"x", "image/png")
    twilio.fail(Fault(status=302, body=b"", path=FILE, headers={"Location": ""}), times=9)
    with pytest.raises(MediaGone, match="redirect"):
        await fetch(client, Media("image", url), 100)


async def test_deleting_once_and_again(twilio: TwilioFake, client: TwilioClient) -> None:
    media = Media("image", twilio.add_file(b"x", "image/png"))
    await delete(client, media)
    await delete(client, media)
    assert len(twilio.deleted) == 1


async def test_what_is_not_twilios_is_not_deleted(twilio: TwilioFake, client: TwilioClient) -> None:
    for source in ("https://example.org/x.png", "https://[", ""):
        await delete(client, Media("image", source))
    assert twilio.requests == []


async def test_deleting_when_twilio_is_away(twilio: TwilioFake, client: TwilioClient) -> None:
    media = Media("image", twilio.add_file(b"x", "image/png"))
    twilio.fail(Fault(status=503, body=b"", path=".json"))
    with pytest.raises(Retry):
        await delete(client, media)


async def found(client: TwilioClient, sender: str = WHATSAPP_SENDER) -> list[bool]:
    return [finding.ok for finding in await verify(client, sender)]


async def test_all_is_well(client: TwilioClient) -> None:
    assert await found(client) == [True, True]
    assert await found(client, SMS_SENDER) == [True, True]


@pytest.mark.parametrize("sender", ["whatsapp:+14155559999", "+14155559999", "whatsapp:+14155238886"])
async def test_senders_that_are_not_ready(client: TwilioClient, sender: str) -> None:
    assert await found(client, sender) == [True, False]


async def test_a_sender_that_is_offline(twilio: TwilioFake, client: TwilioClient) -> None:
    twilio.senders[0]["status"] = "OFFLINE"
    assert await found(client) == [True, False]


async def test_a_suspended_account(twilio: TwilioFake, client: TwilioClient) -> None:
    twilio.account["status"] = "suspended"
    assert await found(client) == [False, True]


async def test_a_trial_account(twilio: TwilioFake, client: TwilioClient) -> None:
    twilio.account["type"] = "Trial"
    assert await found(client) == [True, False, True]


async def test_wrong_credentials_say_which_settings(twilio: TwilioFake) -> None:
    client = TwilioClient(ACCOUNT_SID, "wrong", twilio.url)
    (finding,) = await verify(client, WHATSAPP_SENDER)
    await client.close()
    assert not finding.ok
    assert "ARRAIGO_TWILIO_AUTH_TOKEN" in finding.text


async def test_twilio_away_during_the_check(twilio: TwilioFake, client: TwilioClient) -> None:
    twilio.fail(Fault(status=500, body=b"", path="Senders"))
    assert await found(client) == [True, False]
