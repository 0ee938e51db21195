"""The Makefile: what its commands would do, and what it says where Python is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.ops.project import ROOT

FILES = ("Makefile", "pyproject.toml", "requirements-build.lock", "requirements.lock", "requirements-dev.lock")
MAKE = shutil.which("make") or "make"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh clone, as far as make sees one, in a folder with a difficult name."""
    folder = tmp_path / "mi árbol"
    folder.mkdir()
    for name in FILES:
        shutil.copy(ROOT / name, folder)
    return folder


def make(folder: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run make with nothing of this process's environment but the PATH."""
    variables = {"PATH": os.environ["PATH"]} | environ
    return subprocess.run([MAKE, *words], cwd=folder, env=variables, capture_output=True, text=True, check=False)


def test_make_alone_lists_the_commands(clone: Path) -> None:
    listed = [line.split()[1] for line in make(clone).stdout.splitlines()]
    assert listed == ["help", "run", "check", "test", "bench", "screenshots", "format", "lock", "rasa", "install"]


def test_a_dry_run_of_run_installs_with_hashes_then_serves(clone: Path) -> None:
    said = make(clone, "-n", "run").stdout
    assert said.count("--require-hashes") == 3
    assert "requirements-dev.lock" not in said
    assert said.rstrip().endswith('.venv/bin/python -m bot serve --port "8000"')
    assert not (clone / ".venv").exists()


def test_the_port_is_the_environments(clone: Path) -> None:
    assert '--port "9000"' in make(clone, "-n", "run", PORT="9000").stdout


def test_a_second_run_only_serves(clone: Path) -> None:
    (clone / ".venv").mkdir()
    for stamp in (".built", ".runtime"):
        (clone / ".venv" / stamp).touch()
    assert len(make(clone, "-n", "run").stdout.splitlines()) == 1


def test_a_changed_lock_installs_again(clone: Path) -> None:
    (clone / ".venv").mkdir()
    for stamp in (".built", ".runtime"):
        (clone / ".venv" / stamp).touch()
        os.utime(clone / ".venv" / stamp, (1, 1))
    assert "-r requirements.lock" in make(clone, "-n", "run").stdout


def test_test_runs_every_check_and_then_pytest(clone: Path) -> None:
    said = make(clone, "-n", "test").stdout
    steps = ["ruff format --check", "ruff check", "mypy", "bot check", "pytest -n 2"]
    assert sorted(steps, key=said.index) == steps


def test_an_interrupted_installation_is_made_again(clone: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    (clone / ".venv").mkdir()
    (clone / ".venv/.built").touch()
    (clone / ".venv/.half-made").write_text(str(gone.pid))
    said = make(clone, "start-anew")
    assert said.returncode == 0
    assert "interrupted" in said.stdout + said.stderr
    assert not (clone / ".venv").exists()


def test_an_installation_that_goes_on_is_left_alone(clone: Path) -> None:
    (clone / ".venv").mkdir()
    (clone / ".venv/.half-made").write_text(str(os.getpid()))
    said = make(clone, "run")
    assert said.returncode != 0
    assert "wait for it" in said.stderr
    assert (clone / ".venv").exists()


@pytest.mark.parametrize("old", ["#!/bin/sh\nexit 1\n", None])
def test_without_a_python_that_is_new_enough_it_says_what_to_do(clone: Path, old: str | None) -> None:
    tools = clone / "bin"
    tools.mkdir()
    (tools / "rm").symlink_to(shutil.which("rm") or "/bin/rm")
    if old is not None:
        (tools / "python3").write_text(old)
        (tools / "python3").chmod(0o755)
    said = make(clone, "run", PATH=str(tools))
    assert said.returncode != 0
    assert "needs Python 3.11 or newer" in said.stderr
    assert "apt install python3 python3-venv" in said.stderr
    assert not (clone / ".venv").exists()


def test_rasa_installs_with_hashes_trains_and_serves_on_loopback(clone: Path) -> None:
    (clone / "nlu/rasa").mkdir(parents=True)
    for name in ("requirements.txt", "config.yml", "domain.yml"):
        shutil.copy(ROOT / "nlu/rasa" / name, clone / "nlu/rasa")
    said = make(clone, "-n", "rasa").stdout
    steps = ["--require-hashes -r nlu/rasa/requirements.txt", "launch.py train --config nlu/rasa/config.yml"]
    steps.append(".rasa/bin/python nlu/rasa/launch.py serve --model var/rasa/models/config.tar.gz")
    assert sorted(steps, key=said.index) == steps
    assert not (clone / ".rasa").exists()


def test_without_python_310_rasa_says_what_to_do_and_that_it_is_not_needed(clone: Path) -> None:
    (clone / "nlu/rasa").mkdir(parents=True)
    for name in ("requirements.txt", "config.yml", "domain.yml"):
        shutil.copy(ROOT / "nlu/rasa" / name, clone / "nlu/rasa")
    said = make(clone, "rasa", PYTHON310="/nowhere/python3.10")
    assert said.returncode != 0
    assert "Rasa needs Python 3.10" in said.stderr
    assert "Arraigo needs no Rasa" in said.stderr
    assert not (clone / ".rasa").exists()
