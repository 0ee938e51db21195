"""Recorded words: played once they are reviewed and there, and never before."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.audios import Audios, BadRecording, Recording
from tests.chat import Bot

MAM = Recording("mam", "idioma.avisar", "mam-avisar.ogg", "Una hablante, 2027-01-10", "Otra hablante, 2027-01-15")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / MAM.file).write_bytes(b"OggS")
    return tmp_path


def test_a_reviewed_recording_is_played(running: Bot, folder: Path) -> None:
    from dataclasses import replace

    world = replace(running.app.world, audios=Audios([MAM], folder))
    running.app.__dict__["world"] = world
    person = running.chat()
    keys = person.says("hablo mam, no entiendo español")
    assert keys[0] == "idioma.avisar.grabado"
    assert person.replies[0].media == ("/audios/mam-avisar.ogg",)


@pytest.mark.parametrize("reviewed", ["", "Otra hablante, 2027-01-15"])
def test_not_reviewed_or_not_there_is_not_played(tmp_path: Path, folder: Path, reviewed: str) -> None:
    one = Recording(MAM.language, MAM.key, MAM.file, MAM.recorded_by, reviewed)
    assert bool(Audios([one], folder).path("mam", MAM.key)) == bool(reviewed)
    assert Audios([one], tmp_path / "nada").path("mam", MAM.key) == ""
    assert Audios([one], folder).path("quc", MAM.key) == ""


def test_what_is_missing_is_said(folder: Path) -> None:
    assert list(Audios().notes()) == ["audios.toml: nothing is recorded in any Mayan language yet"]
    assert list(Audios([MAM], folder).problems()) == []
    (line,) = Audios([MAM], folder / "nada").problems()
    assert "mam-avisar.ogg is missing" in line


def test_the_manifest_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    manifest = tmp_path / "audios.toml"
    manifest.write_text('[[audio]]\nidioma = "mam"\n', "utf-8")
    with pytest.raises(BadRecording, match="no 'clave'"):
        Audios.load(manifest)
    manifest.write_text("[[audio\n", "utf-8")
    with pytest.raises(BadRecording, match=r"audios\.toml"):
        Audios.load(manifest)


def test_ours_can_be_read() -> None:
    assert Audios.load().recordings == []
