"""The client and the launcher against a real Rasa of an environment of its own; skipped where there is none."""

from __future__ import annotations

import asyncio
import os
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nlu.plain import PlainEngine
from nlu.rasa.breaker import Breaker
from nlu.rasa.client import Outcome, RasaClient
from nlu.rasa.engine import RasaEngine, Waiting
from nlu.training import rasa_server
from nlu.training.rasa import model

PROJECT = Path(__file__).parents[3]
PYTHON = Path(os.environ.get("ARRAIGO_TEST_RASA") or PROJECT / ".rasa") / "bin" / "python"
NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="no Rasa environment: make rasa")


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four intents, few examples, with a writer each as ours have."""
    folder = tmp_path_factory.mktemp("intents")
    said = {
        "greet": ("buenas tardes", "que tal", "hola buen dia", "saludos"),
        "find_job": ("busco trabajo", "ando buscando chamba", "donde hay empleo", "quiero trabajar en algo"),
        "training": ("quiero estudiar", "hay cursos", "donde dan clases", "quisiera aprender algo"),
        "self_harm": ("no quiero vivir", "quiero morir", "ya no quiero vivir mas", "para que vivir"),
    }
    for name, texts in said.items():
        items = "".join(f"  - text: |\n      {text}\n    metadata:\n      writer: oscar\n" for text in texts)
        (folder / f"{name}.yml").write_text(f'version: "3.1"\nnlu:\n- intent: {name}\n  examples:\n{items}', "utf-8")
    return folder


def test_a_real_rasa_trains_answers_to_its_token_and_dies_unnoticed(few: Path, engine: PlainEngine) -> None:
    kept = PROJECT / "var/rasa/judged"  # trained once for this data and pipeline: a minute
    kept.mkdir(parents=True, exist_ok=True)
    trained = model(PYTHON, few, PROJECT / "nlu/rasa/config.yml", kept)
    outcomes: list[Outcome] = []
    with asyncio.Runner() as runner, rasa_server.serving(PYTHON, trained) as address:

        def client(token: str) -> RasaClient:
            return RasaClient(
                address.url,
                token,
                engine.names,
                Breaker(time.monotonic),
                patience=20.0,
                told=lambda outcome, _: outcomes.append(outcome),
            )

        ours, strangers = client(address.token), client("otro")
        waiting = Waiting(RasaEngine(engine, engine, ours), runner)
        for text, intent in (
            ("dan clases, quiero estudiar", "training"),
            ("ñandú, ando buscando chamba 👍", "find_job"),
        ):
            assert waiting.parse(text, now=NOW).intent.name == intent
        assert runner.run(strangers.ask("busco trabajo")) is None
        assert outcomes == ["ok", "ok", "token"]
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{address.url}/webhooks/rest/webhook", b"{}", timeout=20)  # noqa: S310
        runner.run(ours.close())
        runner.run(strangers.close())
        command_lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
        assert not any(address.token.encode() in line for line in command_lines)
    with asyncio.Runner() as runner:
        dead = client(address.token)
        assert runner.run(dead.ask("busco trabajo")) is None
        runner.run(dead.close())
    assert outcomes[-1] == "connection"
