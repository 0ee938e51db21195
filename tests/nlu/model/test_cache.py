"""The model on disk: trained once, whole or not at all, whoever asks and however often."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nlu.model.cache import TrainingFailed, fingerprint, load_or_train
from nlu.model.examples import BadExamples

_ASK = "import sys; from pathlib import Path; from nlu.model.cache import load_or_train; "
_ASK += "print(load_or_train(Path(sys.argv[1]), Path(sys.argv[2])).names)"


def _files(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir() if path.name != "intents.lock")


def test_trains_once_then_reads(few: Path, tmp_path: Path) -> None:
    cache = tmp_path / "deep" / "cache"
    first = load_or_train(cache, few)
    (kept,) = cache.glob("*.npz")
    before = kept.stat()
    second = load_or_train(cache, few)
    assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert first.names == second.names == ("find_job", "greet", "out_of_scope", "self_harm")
    assert _files(cache) == [f"intents-{fingerprint(few)}.npz"]


def test_other_data_are_another_model(few: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    load_or_train(cache, few)
    old = fingerprint(few)
    (few / "greet.yml").unlink()
    assert fingerprint(few) != old
    assert "greet" not in load_or_train(cache, few).names
    assert _files(cache) == [f"intents-{fingerprint(few)}.npz"]


def test_what_a_crash_left_is_cleared_away(few: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / f"intents-{fingerprint(few)}.npz").write_bytes(b"PK\x03\x04 cut off")
    (cache / "intents-0123456789abcdef.part").write_bytes(b"half")
    assert load_or_train(cache, few).names
    assert _files(cache) == [f"intents-{fingerprint(few)}.npz"]


def test_two_processes_at_once_train_one_model(few: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    command = [sys.executable, "-c", _ASK, str(cache), str(few)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    assert answers[0][0] == answers[1][0]
    assert _files(cache) == [f"intents-{fingerprint(few)}.npz"]


def test_a_training_that_fails_says_why_and_leaves_nothing(few: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    (few / "greet.yml").write_text("nlu: [", encoding="utf-8")
    with pytest.raises(TrainingFailed, match=r"greet\.yml"):
        load_or_train(cache, few)
    assert _files(cache) == []


def test_no_data(tmp_path: Path) -> None:
    with pytest.raises(BadExamples, match="holds no examples"):
        load_or_train(tmp_path / "cache", tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(few: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(PermissionError):
        load_or_train(closed / "cache", few)
