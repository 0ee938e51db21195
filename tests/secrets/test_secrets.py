"""Nothing that anybody enters is seen outside the private store, but where `planted.tsv` says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from db import migrate
from nlu.model.cache import load_or_train
from nlu.model.examples import FOLDER
from tests.chat import KEYS, MODELS
from tests.fakes.telegram import TOKEN
from tests.fakes.twilio import AUTH_TOKEN
from tests.secrets import commands, doors, panel, people, places, staff, trouble
from tests.secrets.marks import Marks, leaks, never_seen
from tests.secrets.places import Places
from tests.secrets.running import SECRET, STAFF, Scene, running

OUR_OWN = {name: key.get_secret_value() for name, key in KEYS.items()}
OUR_OWN |= {"Twilio's token": AUTH_TOKEN, "Telegram's token": TOKEN.partition(":")[2], "Telegram's secret": SECRET}
PEOPLE = (people.rosa, staff.group, people.maria, people.luz, people.jose, people.web, people.statuses)
STRANGERS = (doors.webchat, doors.webhooks, doors.addresses, panel.entrance)
TEAM = (panel.second_step, panel.people, panel.office, panel.case, panel.crisis, panel.onlookers, people.erased)
TROUBLE = (staff.heard, trouble.providers, trouble.broken, trouble.away, doors.watch, trouble.starting)


async def everybody(scene: Scene) -> None:
    """One run: everything that can be entered is entered."""
    panel.team(scene)
    for plant in (*PEOPLE, *STRANGERS, *TEAM, *TROUBLE):
        await plant(scene)


def collect(scene: Scene) -> None:
    """Everything that left, once the server has stopped."""
    places.of_twilio(scene.places, scene.twilio)
    places.of_telegram(scene.places, scene.telegram, STAFF)
    places.of_files(scene.places, scene.folder)


def careless(seen: Places) -> list[str]:
    """Answers that tell other sites where somebody was, or that a shared browser keeps."""
    paths = {place.partition(":")[2].partition(":")[2] for place in seen if place.startswith("header:")}
    told = [path for path in paths if set(bytes(seen[f"header:referrer-policy:{path}"]).split()) != {b"no-referrer"}]
    private = [path for path in paths if path.startswith(("/panel/", "/webchat/")) and "/static/" not in path]
    return told + [path for path in private if b"no-store" not in seen[f"header:cache-control:{path}"]]


def ours(seen: Places) -> list[tuple[str, str]]:
    """Keys and tokens of the installation that were seen anywhere but in the call that tells Telegram its secret."""
    elsewhere = {place: content for place, content in seen.items() if place != "telegram:to:setWebhook"}
    return [(name, place) for name, key in OUR_OWN.items() for place in elsewhere if key.encode() in seen[place]]


@pytest.mark.parametrize(("kind", "level"), [("sqlite_url", "info"), ("blank_postgres_url", "debug")])
async def test_a_secret_stays_where_it_belongs(
    kind: str, level: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(kind)
    migrate.prepare(url)
    load_or_train(MODELS, FOLDER)  # a server that has to learn first does not answer in time
    async with running(tmp_path, url, level) as scene:
        await everybody(scene)
        places.of_database(scene.places, url)
        if kind == "sqlite_url":  # the commands are the same on both
            await commands.planted(scene)
            await commands.printed(scene)
    collect(scene)
    places.of_database(scene.places, url)
    assert b"event=due_failed" in scene.places["log"]  # the log is there, and to its end
    assert leaks(scene.marks, scene.places) == []
    assert never_seen(scene.marks, scene.places) == []
    assert ours(scene.places) == []
    assert careless(scene.places) == []
    assert scene.twilio.violations == []
    left_out = set(scene.marks.known) - scene.marks.planted
    assert {name for name in left_out if kind == "sqlite_url" or not name.startswith("cli.")} == set()


@pytest.mark.parametrize("form", ["plain", "coded"])
def test_a_leak_is_found_in_every_form(form: str) -> None:
    """The test has teeth: a secret that a log or a file repeats is found, whatever it was turned into."""
    marks = Marks.read()
    of_each_kind = {mark.kind: mark for mark in marks.known.values() if not mark.may}
    assert set(of_each_kind) == {"word", "phone", "number", "degrees"}
    for mark in of_each_kind.values():
        assert marks[mark.name]
        for leaked in [mark.plain] if form == "plain" else mark.coded:
            seen = Places()
            seen.add("log", b"level=info event=oops said=" + leaked + b"!")
            (leak,) = leaks(marks, seen)
            assert leak.startswith(f"{mark.name} at log: …level=info event=oops")


def test_what_one_person_is_told_is_a_leak_to_another() -> None:
    marks, seen = Marks.read(), Places()
    seen.add(f"twilio:to:whatsapp:{marks['jose']}", marks["case.answer"])
    assert leaks(marks, seen) == []
    seen.add(f"twilio:to:whatsapp:{marks['luz']}", marks["case.answer"].upper())
    assert [leak.partition(" at ")[0] for leak in leaks(marks, seen)] == ["case.answer"]
