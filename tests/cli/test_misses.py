"""What was not understood, from the database to an engine that learned it, as an operator types it."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from bot.app import App
from bot.inbox.misses import WORDS
from bot.settings import Settings
from db.tables import contacts, misses
from nlu.model.cache import load_or_train
from tests.chat import PROJECT, START
from tests.cli.test_commands import arraigo

SAID = ("lo del vale de la alcaldía", "lo del bale de la alcaldia", "soy ⟨nombre⟩ y nada", "eso del kiosco")
_COLUMNS = ("id", "created_at", "contact_id", "kind", "words_enc", "fingerprint", "language", "asked")


def plant(app: App, connection: Connection) -> None:
    connection.execute(
        insert(contacts).values(created_at=START, code="TEST", channel_first="webchat", consent_kept=True)
    )
    (person,) = connection.scalars(select(contacts.c.id))
    for at, words in enumerate(SAID, 1):
        sealed, print_ = app.cipher.seal(words, WORDS), app.hasher.of(WORDS, words)
        row = (at, app.clock(), person, "unclear", sealed, print_, "es", "menu.que_hacer")
        known = dict(zip(_COLUMNS, row, strict=True))
        connection.execute(insert(misses).values(**known, intent="out_of_scope", confidence=0.3))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An installation whose model is trained already, where some things were not understood."""
    load_or_train(PROJECT / "var" / "nlu")
    shutil.copytree(PROJECT / "var" / "nlu", tmp_path / "nlu", ignore=shutil.ignore_patterns("learned"))
    settings: dict[str, Any] = {"data_dir": tmp_path}
    app = App(Settings(**settings))
    app.database.write_now(partial(plant, app))
    app.database.close()
    return tmp_path


def ours(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One command, with a model of its own: what is learned must not disturb the other tests'."""
    return arraigo(folder, *arguments, ARRAIGO_MODELS_DIR=str(folder / "nlu"))


def groups(folder: Path) -> list[tuple[int, int, str]]:
    shown = json.loads(ours(folder, "nlu", "misses", "--json").stdout)
    return [(row["id"], row["n"], row["label"]) for row in shown]


def test_from_a_message_to_an_example(folder: Path) -> None:
    assert groups(folder) == [(1, 2, ""), (3, 1, ""), (4, 1, "")]
    assert ours(folder, "nlu", "misses", "label", "2", "emergency_aid").returncode == 0
    assert ours(folder, "nlu", "misses", "export", "hoja.tsv").returncode == 0
    sheet = folder / "hoja.tsv"
    lines = sheet.read_text(encoding="utf-8").splitlines()
    filled = [line.replace("\t\tsoy", "\t-\tsoy").replace("\t\teso", "\tstart_business\teso") for line in lines]
    sheet.write_text("\n".join(filled), encoding="utf-8")
    assert ours(folder, "nlu", "misses", "import", "hoja.tsv").returncode == 0
    assert groups(folder) == [(1, 2, "emergency_aid"), (4, 1, "start_business")]

    accepted = ours(folder, "nlu", "misses", "accept", "--yes")
    assert accepted.returncode == 0, accepted.stderr
    assert {path.name for path in (folder / "nlu" / "learned").iterdir()} == {"emergency_aid.yml", "start_business.yml"}
    assert "vale de la alcaldía" in (folder / "nlu" / "learned" / "emergency_aid.yml").read_text(encoding="utf-8")
    assert groups(folder) == []


def test_what_cannot_be_is_one_line(tmp_path: Path) -> None:
    for arguments, code in (("label", "1", "self_harm"), 2), (("label", "99", "find_job"), 1), (("drop", "99"), 1):
        failed = arraigo(tmp_path, "nlu", "misses", *arguments)
        assert (failed.returncode, len(failed.stderr.splitlines())) == (code, 1)
