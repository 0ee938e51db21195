"""The commands with Rasa beside: what they show of it, and what they say where it is away."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_commands import ROOT, arraigo
from tests.fakes.rasa import FakeRasa, http, parsed

WISH = "fíjese que le hago a la soldadura"


async def command(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """In a thread, so that a server of this test can answer; with the model that is trained already."""
    return await asyncio.to_thread(arraigo, folder, *arguments, **{"ARRAIGO_DATA_DIR": str(ROOT / "var"), **settings})


@pytest.fixture
def nowhere() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"


async def test_rasas_reading_and_figures(tmp_path: Path) -> None:
    cases = tmp_path / "cases.tsv"
    cases.write_text(f"{WISH}\ttraining\t-\t-\nquiero morirme\tself_harm\t-\t-\n", "utf-8")
    async with FakeRasa(lambda text: http(parsed(text, training=0.9))) as rasa:
        beside = {"ARRAIGO_NLU": "rasa", "ARRAIGO_RASA_URL": rasa.url, "ARRAIGO_RASA_TOKEN": "secreto"}
        read = json.loads((await command(tmp_path, "nlu", "parse", WISH, **beside)).stdout)
        assert (read["intent"]["name"], read["entities"][0]["entity"]) == ("training", "trade")
        judged = await command(tmp_path, "nlu", "eval", str(cases), "--engine", "rasa", **beside)
        assert json.loads(judged.stdout)["safety"]["recall"] == 1.0
        assert judged.stderr == ""
        assert rasa.asked == [WISH, "hola", WISH]
        launch = (await command(tmp_path, "check", "--launch", **beside)).stdout
        rasa.behave = lambda text: http(b"", 401)
        refused = (await command(tmp_path, "check", "--launch", **beside)).stdout
        assert rasa.tokens == [["secreto"]] * len(rasa.asked)
    assert "Rasa" not in launch
    assert "Rasa is chosen and away, so the bot answers by itself: it does not take ARRAIGO_RASA_TOKEN" in refused


async def test_where_rasa_is_away(tmp_path: Path, nowhere: str) -> None:
    beside = {"ARRAIGO_NLU": "rasa", "ARRAIGO_RASA_URL": nowhere}
    alone = await command(tmp_path, "nlu", "parse", WISH)
    as_the_bot = await command(tmp_path, "nlu", "parse", WISH, **beside)
    assert as_the_bot.stdout == alone.stdout
    assert as_the_bot.stderr == "answered by the local engine alone: {'connection': 1}\n"
    asked_for = await command(tmp_path, "nlu", "parse", WISH, "--engine", "rasa", **beside)
    assert (asked_for.returncode, asked_for.stdout) == (1, "")
    assert asked_for.stderr == "arraigo: Rasa: nobody answers at ARRAIGO_RASA_URL: start Rasa (make rasa)\n"
    unset = await command(tmp_path, "nlu", "parse", WISH, "--engine", "rasa")
    assert (unset.returncode, unset.stderr.splitlines()[0][:34]) == (1, "arraigo: ARRAIGO_RASA_URL is empty")
    launch = (await command(tmp_path, "check", "--launch", **beside)).stdout
    assert "Rasa is chosen and away" in launch
    assert "set ARRAIGO_RASA_TOKEN" in launch
