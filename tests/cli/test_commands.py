"""The commands as an operator types them: what they print, and how they fail."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chat import MODELS

ROOT = Path(__file__).parents[2]


def arraigo(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run one command on an embedded database in `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ARRAIGO_")}
    environment = {
        **kept,
        "ARRAIGO_DATA_DIR": str(folder),
        "ARRAIGO_MODELS_DIR": str(MODELS),
        "PYTHONPATH": str(ROOT),
        **settings,
    }
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_life_of_an_installation(tmp_path: Path) -> None:
    """Made, linked, backed up, restored elsewhere, looked at: each step as the operator's page says."""
    assert arraigo(tmp_path, "migrate").returncode == 0
    linked = arraigo(tmp_path, "link", "--source", "CRR zona 13", "--qr")
    assert "/chat?origen=crr-zona-13" in linked.stdout
    assert (tmp_path / "arraigo-crr-zona-13-web.svg").read_text().startswith("<?xml")
    assert (tmp_path / "arraigo-crr-zona-13-web.png").read_bytes().startswith(b"\x89PNG")

    copy = tmp_path / "copia.sqlite3"
    assert arraigo(tmp_path, "backup", str(copy)).returncode == 0
    again = arraigo(tmp_path, "backup", str(copy))
    assert again.returncode == 1
    assert again.stderr.startswith("arraigo: ")

    refused = arraigo(tmp_path, "restore", str(copy))
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    assert arraigo(tmp_path, "restore", str(copy), "--replace").returncode == 0
    due = arraigo(tmp_path, "run-due", "--now", "2026-12-01T08:00:00-06:00")
    assert json.loads(due.stdout)["forget_unkept"] == 0
    assert json.loads(arraigo(tmp_path, "cases").stdout) == []
    assert arraigo(tmp_path, "turn-keys").returncode == 0


def test_understanding_as_json(tmp_path: Path) -> None:
    understood = json.loads(arraigo(tmp_path, "nlu", "parse", "quiero evaluarme como soldador en Xela").stdout)
    assert understood["intent"]["name"] == "diagnose_skills"
    assert understood["safety"] is None
    found = {entity["entity"]: entity["value"] for entity in understood["entities"]}
    assert found["trade"] == "structural_welder"
    assert found["place"]["municipality"] == "Quetzaltenango"


def test_what_stops_a_launch(tmp_path: Path) -> None:
    looked = arraigo(tmp_path, "check", "--launch")
    assert looked.returncode == 1
    for stop in ("ARRAIGO_TELEGRAM_STAFF_CHAT", "no institute has reviewed it", "no psychologist has approved"):
        assert stop in looked.stdout


def test_graphs_and_preview(tmp_path: Path) -> None:
    assert arraigo(tmp_path, "check", "--graph", "grafos", "--preview", "pantallas.html").returncode == 0
    assert (tmp_path / "grafos" / "diagnostico.mmd").read_text().startswith("flowchart TD")
    page = (tmp_path / "pantallas.html").read_text()
    assert "¿En qué municipio vive?" in page
    assert "<script" not in page


@pytest.mark.parametrize(
    "arguments",
    [
        ("backup", "/no/such/folder/copia"),
        ("restore", "no-such-file"),
        ("erase", "--contact", "999"),
        ("channels", "setup"),
        ("link", "--source", "CRR", "--qr", "--out", "/proc/no/such/folder"),
    ],
)
def test_failures_are_one_line_that_says_what_to_do(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    failed = arraigo(tmp_path, *arguments)
    assert failed.returncode == 1
    assert failed.stderr.startswith("arraigo: ")
    assert len(failed.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("backup",),
        ("no-such-command",),
        ("serve", "--port", "70000"),
        ("erase", "--contact", "99999999999999999999"),
        ("run-due", "--now", "mañana"),
        ("run-due", "--now", "2026-12-01T08:00:00"),
        ("nlu", "parse", "hola", "--now", "mañana"),
        ("link", "--source", "  "),
    ],
)
def test_bad_arguments_exit_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert arraigo(tmp_path, *arguments).returncode == 2


def test_a_wrong_setting_names_itself(tmp_path: Path) -> None:
    failed = arraigo(tmp_path, "migrate", ARRAIGO_PUBLIC_URL="arraigo.example")
    assert failed.returncode == 1
    assert failed.stderr.startswith("ARRAIGO_PUBLIC_URL: ")


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = arraigo(tmp_path, "serve", "--port", str(taken.getsockname()[1]))
    assert refused.returncode == 1
    assert refused.stderr.startswith("arraigo: cannot listen on 127.0.0.1:")
    assert len(refused.stderr.splitlines()) == 1
