"""`arraigo users`, and the first login that `serve` prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.cli.users import first_login
from tests.cli.test_commands import arraigo

PASSWORD = re.compile(r"temporary password: ([a-z0-9]{4}(-[a-z0-9]{4}){3})")


def test_an_account_from_its_making_to_its_end(tmp_path: Path) -> None:
    made = arraigo(
        tmp_path, "users", "add", "Ana@Example.org", "--role", "facilitator", "--country", "SV", "--languages", "es,quc"
    )
    assert made.returncode == 0, made.stderr
    first = PASSWORD.search(made.stdout)
    again = arraigo(tmp_path, "users", "add", "ana@example.org", "--role", "admin")
    assert (again.returncode, len(again.stderr.splitlines())) == (1, 1)
    reset = arraigo(tmp_path, "users", "reset", "ana@example.org", "--second-step")
    second = PASSWORD.search(reset.stdout)
    assert first
    assert second
    assert first[1] != second[1]
    assert "ana@example.org\tfacilitator\tSV\topen" in arraigo(tmp_path, "users", "list").stdout
    assert arraigo(tmp_path, "users", "deactivate", "ana@example.org").returncode == 0
    assert "\tclosed\t" in arraigo(tmp_path, "users", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("add", "ana@example.org", "--role", "boss"), 2),
        (("add", "ana", "--role", "admin"), 2),
        (("add", "ana@example.org", "--role", "admin", "--country", "MX"), 2),
        (("reset", "nobody@example.org"), 1),
        (("deactivate", "nobody@example.org"), 1),
    ],
)
def test_what_cannot_be_is_one_line(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    failed = arraigo(tmp_path, "users", *arguments)
    assert failed.returncode == code
    assert len(failed.stderr.splitlines()) == 1


def test_the_first_login_is_printed_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARRAIGO_DATA_DIR", str(tmp_path))
    first_login()
    assert PASSWORD.search(capsys.readouterr().out)
    first_login()
    assert capsys.readouterr().out == ""
