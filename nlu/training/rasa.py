"""Judges Rasa beside the local engine: `python -m nlu.training.rasa CONTENT CASES` (db/content, a TSV).

Trains each pipeline on all writers, for the cases, and on three quarters of the writers, for the messages of the rest.
Models are kept by data and pipeline, so a second run only asks. Prints a table for docs/nlu.md.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from nlu.evaluation import Row, evaluate, read_rows
from nlu.model.cache import load_or_train
from nlu.model.engine import LocalEngine
from nlu.model.examples import FOLDER, KINDS, Example, files, read
from nlu.plain import PlainEngine
from nlu.rasa.breaker import Breaker
from nlu.rasa.client import RasaClient
from nlu.rasa.engine import DANGER, RasaEngine, Waiting
from nlu.trades import TradeNames
from nlu.training import rasa_server
from nlu.training.compare import plain_engine
from nlu.understanding import OUT_OF_SCOPE, Alarm, Engine, Intent, Understanding

_NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
_PROJECT = Path(__file__).parents[1] / "rasa"
_CONFIGS = {"light": _PROJECT / "config.yml", "diet": _PROJECT / "config-diet.yml"}
_EVERY = 4  # writers, in alphabetical order: the last of each four is left out
_PATIENCE = 30.0  # seconds; the figures are of the models, the milliseconds tell of the time
_COLUMNS = ("right", "macro F1", "danger found", "false alarms", "p50 ms", "p99 ms")


class Alone:
    """An `nlu.understanding.Engine` that says what Rasa says, with nothing of ours around it."""

    def __init__(self, client: RasaClient, runner: asyncio.Runner) -> None:
        self._client, self._runner, self.danger = client, runner, list[float]()

    def parse(self, text: str, *, country: str | None = None, now: datetime) -> Understanding:
        """Raises `rasa_server.RasaFailed` where Rasa does not answer as it should."""
        answer = self._runner.run(self._client.ask(text))
        if answer is None:
            raise rasa_server.RasaFailed("Rasa did not answer: run this again on a quieter machine")
        danger = sum(intent.confidence for intent in answer.intents if intent.name in KINDS)
        self.danger.append(danger)
        alarm = Alarm(KINDS[0], "", False, "rasa") if danger >= DANGER else None
        intents = ((Intent(OUT_OF_SCOPE, 0.0),) if answer.unsure else ()) + answer.intents
        return Understanding(text, "es", intents, alarm=alarm)


def split(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """What is learnt from, and what the writers who are left out wrote."""
    out = set(sorted({example.writer for example in examples})[_EVERY - 1 :: _EVERY])
    return [one for one in examples if one.writer not in out], [one for one in examples if one.writer in out]


def write(examples: Sequence[Example], folder: Path) -> Path:
    """The examples as Rasa's YAML, one file an intent."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in files(folder):
        old.unlink()
    for name in sorted({example.intent for example in examples}):
        items = [{"text": one.text, "metadata": {"writer": one.writer}} for one in examples if one.intent == name]
        body = {"version": "3.1", "nlu": [{"intent": name, "examples": items}]}
        (folder / f"{name}.yml").write_text(yaml.safe_dump(body, allow_unicode=True), encoding="utf-8")
    return folder


def model(python: Path, data: Path, config: Path, work: Path) -> Path:
    """The model of a folder and a pipeline, trained if it is not there yet."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in (*files(data), config))).hexdigest()[:12]
    path = work / f"{config.stem}-{digest}.tar.gz"
    if not path.exists():
        start = time.perf_counter()
        rasa_server.train(python, data, config, path)
        print(f"trained {path.name} in {time.perf_counter() - start:.0f} s", flush=True)
    return path


def line(name: str, figures: dict[str, Any]) -> str:
    """One row of the table."""
    safety, ms = figures["safety"], figures["ms_per_message"]
    cells = [figures["intent_accuracy"], figures["macro_f1"], safety["recall"], safety["false_alarm_rate"]]
    return f"| {name} | {' | '.join(f'{cell:.3f}' for cell in cells)} | {ms['p50']:.1f} | {ms['p99']:.1f} |"


def judge(name: str, address: rasa_server.Address, local: Engine, rules: PlainEngine, rows: Sequence[Row]) -> list[str]:
    """A row of Rasa's ranking alone, one of the bot's whole engine, and what a threshold of danger would give."""
    with asyncio.Runner() as runner:
        client = RasaClient(*address, rules.names, Breaker(time.monotonic), patience=_PATIENCE)
        alone = Alone(client, runner)
        lines = [line(f"Rasa, {name}, alone", evaluate(alone, rows, now=_NOW))]
        whole = Waiting(RasaEngine(local, rules, client), runner)
        lines.append(line(f"Rasa, {name}, with the local layers", evaluate(whole, rows, now=_NOW)))
        runner.run(client.close())
    danger = [row.intent in KINDS for row in rows]
    for least in (0.15, 0.3, 0.5, 0.7, 0.9):
        raised = [chance >= least for chance in alone.danger]
        found = sum(a and b for a, b in zip(raised, danger, strict=True)) / sum(danger)
        false = sum(a and not b for a, b in zip(raised, danger, strict=True)) / (len(rows) - sum(danger))
        print(f"{name}: danger >= {least} finds {found:.3f}, falsely {false:.3f}", flush=True)
    return lines


def main() -> None:
    """Print everything: with DIET some half an hour on a quiet machine, without it ten minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("content", type=Path, help="the folder with trades.yml and geo.json")
    parser.add_argument("cases", type=Path, help="labelled messages, as for `arraigo nlu eval`")
    parser.add_argument("--data", type=Path, default=FOLDER, help="folder of Rasa YAML, one file an intent")
    parser.add_argument("--python", type=Path, default=Path(".rasa/bin/python"), help="of an environment with Rasa")
    parser.add_argument("--pipeline", choices=_CONFIGS, action="append", help="by default each of them")
    parser.add_argument("--work", type=Path, default=Path("var/rasa/judged"), help="where models are kept")
    arguments = parser.parse_args()
    examples = read(arguments.data)
    seen, unseen = split(examples)
    rules = plain_engine(arguments.content)
    trades = yaml.safe_load((arguments.content / "trades.yml").read_text(encoding="utf-8"))["trades"]
    cases = read_rows(arguments.cases, rules.names, TradeNames(trades).order)
    titles = (
        f"{len(cases)} cases",
        f"{len(unseen)} messages of {len({one.writer for one in unseen})} writers left out",
    )
    parts = (
        (titles[0], arguments.data, cases),
        (titles[1], write(seen, arguments.work / "seen"), [Row(one.text, one.intent) for one in unseen]),
    )
    tables = []
    for title, data, rows in parts:
        local = LocalEngine(load_or_train(arguments.work / "local" / data.name, data), rules)
        table = [f"| {title} | {' | '.join(_COLUMNS)} |", "|---" * (len(_COLUMNS) + 1) + "|"]
        table += [line(name, evaluate(one, rows, now=_NOW)) for name, one in (("rules", rules), ("local", local))]
        for name in arguments.pipeline or _CONFIGS:
            trained = model(arguments.python, data, _CONFIGS[name], arguments.work)
            with rasa_server.serving(arguments.python, trained) as address:
                table += judge(name, address, local, rules, rows)
        tables.append("\n".join(table))
    print(f"\n{len(examples)} examples\n\n" + "\n\n".join(tables))


if __name__ == "__main__":
    main()
