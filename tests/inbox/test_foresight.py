"""Rasa beside the conversation: asked before the transaction, only where it helps, and not missed when it is dead."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bot.channels.base import Inbound
from bot.rasa import AWAY
from tests.chat import Bot, bot
from tests.fakes.rasa import FakeRasa, http, parsed

WISH = "fíjese que le hago a la soldadura"


@contextmanager
def beside(folder: Path, url: str) -> Iterator[Bot]:
    with bot(folder, nlu="rasa", rasa_url=url) as made:
        yield made


def event(number: int, text: str = "", address: str = "persona-de-prueba-0000", **more: str) -> Inbound:
    return Inbound("webchat", f"evento-{number}", address, text=text, **more)  # type: ignore[arg-type]


async def said(running: Bot, inbound: Inbound) -> list[str]:
    return [reply.key for _, reply in (await running.app.inbox.receive(inbound)).replies]


TALK = ("hola", "quiero saber cuánto vale lo que sé hacer", "Sí, de acuerdo", "34", WISH, "menú", "me quiero matar")


async def test_with_rasa_dead_the_conversation_is_the_same(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        nowhere = f"http://127.0.0.1:{free.getsockname()[1]}"
    with bot(tmp_path / "local") as alone, beside(tmp_path / "rasa", nowhere) as running:
        assert running.app.notes() == {"rasa": "not asked yet"}
        for number, text in enumerate(TALK):
            assert await said(running, event(number, text)) == await said(alone, event(number, text))
        assert running.app.notes() == {"rasa": AWAY}
        assert alone.app.notes() == {}
        assert set((await running.app.ready()).values()) <= set((await alone.app.ready()).values())
        await running.app.close()


async def test_rasa_ranks_and_what_became_of_it_is_counted(tmp_path: Path) -> None:
    async with FakeRasa(lambda text: http(parsed(text, human_handoff=0.95))) as rasa:
        with beside(tmp_path, rasa.url) as running:
            await said(running, event(1, "hola"))
            assert any(key.startswith("persona.") for key in await said(running, event(2, WISH)))
            assert rasa.asked == [WISH]
            asked = running.app.registry.get_sample_value("arraigo_rasa_asked_total", {"outcome": "ok"})
            assert (asked, running.app.notes()) == (1.0, {"rasa": "ok"})
            await running.app.close()


async def test_where_danger_is_spoken_of_rasa_has_no_say(tmp_path: Path) -> None:
    async with FakeRasa(lambda text: http(parsed(text, find_job=0.99))) as rasa:
        with beside(tmp_path / "rasa", rasa.url) as running, bot(tmp_path / "local") as alone:
            for number, text in enumerate(
                ("hola", "ya no aguanto", "no", "pues quién sabe oiga", "ahí vamos con los cipotes")
            ):
                assert await said(running, event(number, text)) == await said(alone, event(number, text))
            await running.app.close()


async def test_taps_files_commands_and_events_that_were_here_before_are_not_asked_about(tmp_path: Path) -> None:
    async with FakeRasa() as rasa:
        with beside(tmp_path, rasa.url) as running:
            first = await running.app.inbox.receive(event(1, WISH))
            again = await running.app.inbox.receive(event(1, WISH))
            assert (again.event_id, again.replies) == (first.event_id, first.replies)
            assert rasa.asked == [WISH]
            at_once = await asyncio.gather(*[running.app.inbox.receive(event(2, f"{WISH}!")) for _ in range(5)])
            assert len({outcome.event_id for outcome in at_once}) == 1
            assert rasa.asked == [WISH, f"{WISH}!"]
            option = next(option.id for _, reply in reversed(first.replies) for option in reply.options)
            await said(running, event(3, "Sí, de acuerdo", option=option))
            await said(running, event(4, "   "))
            await said(running, replace(event(5), location=(13.7, -89.2)))
            await said(running, event(6, "Menú"))
            assert rasa.asked == [WISH, f"{WISH}!"]
            await running.app.close()


async def test_while_rasa_thinks_nobody_else_waits_and_each_persons_order_holds(tmp_path: Path) -> None:
    async with FakeRasa() as rasa:
        with beside(tmp_path, rasa.url) as running:
            rasa.open.clear()
            slow = asyncio.create_task(running.app.inbox.receive(event(1, WISH)))
            await rasa.arrived.wait()
            quick = asyncio.create_task(running.app.inbox.receive(event(2, "hola")))
            other = await running.app.inbox.receive(event(3, "hola", "persona-de-prueba-0001"))
            assert not slow.done()
            assert not quick.done()
            rasa.open.set()
            assert other.event_id < (await slow).event_id < (await quick).event_id
            await running.app.close()


def test_rasa_is_not_asked_where_it_is_not_chosen(tmp_path: Path) -> None:
    with bot(tmp_path, rasa_url="http://127.0.0.1:5005") as running:
        assert running.chat().says(WISH)
        assert running.app.rasa
        assert not running.app.rasa.tally
