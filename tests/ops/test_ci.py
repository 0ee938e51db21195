"""`.ci/run` on machines of several kinds, each made of stand-ins for the commands it would find there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.ops.project import ROOT

ROOT_USER, ANYBODY = "echo 0", "echo 1000"
WORKS, FAILS = 'echo "$@" >&2', "exit 1"


def run(folder: Path, ci: str, **commands: str) -> subprocess.CompletedProcess[str]:
    """Run the script where only these commands exist, beside bash, dirname, make, python3 and sleep."""
    folder.mkdir(exist_ok=True)
    for name in ("bash", "dirname"):
        (folder / name).symlink_to(shutil.which(name) or name)
    stand_ins = {"make": 'echo "make $*"', "python3": "exit 0", "sleep": "exit 0", **commands}
    for name, does in stand_ins.items():
        file = folder / name.replace("_", "-")
        file.write_text(f"#!/bin/sh\n{does}\n")
        file.chmod(0o755)
    return subprocess.run(
        [str(folder / "bash"), str(ROOT / ".ci/run")],
        env={"PATH": str(folder), "CI": ci}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_where_nothing_lacks_it_only_runs_the_tests(tmp_path: Path) -> None:
    done = run(tmp_path, "true", id=ROOT_USER, chromium="exit 0", apt_get=WORKS)
    assert (done.returncode, done.stdout, done.stderr) == (0, "make test\n", "")


def test_root_on_debian_gets_what_lacks(tmp_path: Path) -> None:
    done = run(tmp_path, "true", id=ROOT_USER, apt_get=WORKS)
    assert done.stdout.endswith("make test\n")
    assert "install --no-install-recommends chromium" in done.stderr


def test_anybody_else_is_told_and_goes_on(tmp_path: Path) -> None:
    done = run(tmp_path, "true", id=ANYBODY, apt_get=FAILS)
    assert (done.returncode, done.stdout) == (0, "make test\n")
    assert "Lacking here: chromium." in done.stderr


@pytest.mark.parametrize(("ci", "code", "said"), [("true", 1, ""), ("", 0, "make test\n")])
def test_three_attempts_then_only_ci_gives_up(tmp_path: Path, ci: str, code: int, said: str) -> None:
    done = run(tmp_path, ci, id=ROOT_USER, apt_get=FAILS)
    assert (done.returncode, done.stdout) == (code, said)
    assert "attempt 3 of 3 failed" in done.stderr


def test_failing_tests_fail_the_run(tmp_path: Path) -> None:
    done = run(tmp_path, "true", id=ROOT_USER, chromium="exit 0", make="exit 2")
    assert done.returncode == 2
