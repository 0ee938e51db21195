"""`arraigo export`: the results under pseudonyms, nothing that anybody wrote, and names only for who may."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Column, Connection, Select, insert, select

from bot.certificates import issue
from bot.cli.common import Failed
from bot.cli.exports import ASKED as PROMPT
from bot.cli.exports import MAY, who_may
from bot.exporting.identified import people
from bot.exporting.tables import exported
from bot.exporting.write import to_csv, to_xlsx
from bot.panel import accounts
from bot.panel.accounts import Access
from db.tables import certificates, contacts, diagnoses, followups, metadata, users
from tests.certificates.made import evaluated
from tests.chat import Bot, bot
from tests.cli.test_commands import arraigo

NUMBER, NAME = "+50370001234", "Zoila Xiomara Quetglas"
FORBIDDEN = re.compile(r"_enc$|_hash$|name$|phone|address|municipality|body|note|email|token")

# Tables of which nothing leaves, and why.
NEVER = {
    "conversations": "what was said",
    "messages": "what was said",
    "events": "what was said",
    "media": "what was sent",
    "misses": "what was said",
    "identities": "addresses",
    "name_tokens": "names",
    "opt_outs": "addresses",
    "merges": "inner",
    "outbox": "what was said",
    "sender_rates": "inner",
    "provider_contents": "inner",
    "provider_templates": "inner",
    "broadcasts": "comes with the broadcasts",
    "users": "staff",
    "panel_sessions": "staff",
    "login_attempts": "staff",
    "recovery_codes": "staff",
    "audit_log": "staff",
    "accreditations": "staff",
    "centre_staff": "staff",
    "availabilities": "plans; their slots are there",
    "closures": "plans; their slots are there",
    "centre_trades": "content",
    "case_notes": "what staff wrote",
    "case_events": "danger",
    "canned_answers": "content",
    "covers": "staff",
    "shifts": "staff",
    "holidays": "content",
    "crisis_lines": "content",
    "line_calls": "content",
    "reviews": "content",
    "staff_topics": "inner",
    "institutions": "content",
    "employers": "comes with the offers",
    "departments": "content",
    "municipalities": "content",
    "districts": "content",
    "sources": "by code with each person",
}


def test_every_table_is_exported_or_left_out_for_a_reason() -> None:
    read = {column.table.name for table in exported() for column in _columns(table.query)}
    assert read | set(NEVER) >= set(metadata.tables)
    leaving = {str(column) for table in exported() for column in _columns(table.query)}
    assert {column for column in leaving if FORBIDDEN.search(column)} == {"centres.name"}


def _columns(query: Select[Any]) -> list[Column[Any]]:
    """The tables' own columns that a query selects."""
    bases = [base for column in query.selected_columns for base in column.base_columns]
    return [base for base in bases if isinstance(base, Column)]


@pytest.fixture
def running(tmp_path: Path, database_url: str) -> Iterator[Bot]:
    """The bot, once on each database."""
    with bot(tmp_path, database_url) as made:
        yield made


@pytest.fixture
def results(running: Bot) -> Bot:
    """Somebody who diagnosed, was evaluated, has a certificate and answered later questions."""
    person = running.chat(f"whatsapp:{NUMBER}", "whatsapp", NUMBER)
    person.says("hola")
    person.taps("Sí, de acuerdo")
    person.says(f"me llamo {NAME}")
    app = running.app

    def fill(connection: Connection) -> None:
        contact = connection.scalars(select(contacts.c.id)).one()
        evaluation, _ = evaluated(connection, app.cipher, running.now, name=NAME)
        issue.issue(connection, evaluation, running.now)
        diagnosis = {
            "trade": "carpenter",
            "content_version": "1",
            "answers": {"cp01": "solo"},
            "knowledge": {"q": "b"},
            "channel": "whatsapp",
        }
        connection.execute(insert(diagnoses).values(created_at=running.now, contact_id=contact, **diagnosis))
        asked = {"kind": "months_1", "due_at": running.now, "state": "answered", "answers": {"works": "yes"}}
        connection.execute(insert(followups).values(created_at=running.now, contact_id=contact, **asked))

    app.database.write_now(fill)
    return running


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def test_every_datum_is_there_and_nobody_can_be_read(results: Bot, tmp_path: Path) -> None:
    out = tmp_path / "out"
    counts = results.app.database.read_now(lambda c: to_csv(c, exported(), out))
    assert set(counts) == {file.stem for file in out.iterdir()}
    (paper,) = read(out / "certificates.csv")
    assert (paper["trade"], paper["numbered"]) == ("drywall_installer", "0")
    assert read(out / "diagnosis_answers.csv") == [
        {"diagnosis": "1", "kind": "answers", "item": "cp01", "answer": "solo"},
        {"diagnosis": "1", "kind": "knowledge", "item": "q", "answer": "b"},
    ]
    (answer,) = read(out / "followup_answers.csv")
    assert (answer["item"], answer["answer"]) == ("works", "yes")
    code = results.rows(select(certificates.c.code))[0].code
    everything = "".join(file.read_text("utf-8-sig") for file in out.iterdir())
    for secret in (NUMBER, NUMBER[4:], *NAME.split(), code, "me llamo"):
        assert secret not in everything


def test_one_workbook_has_the_same_rows(results: Bot, tmp_path: Path) -> None:
    file = tmp_path / "out" / "arraigo.xlsx"
    counts = results.app.database.read_now(lambda c: to_xlsx(c, exported(), file))
    book = openpyxl.load_workbook(file, read_only=True)
    assert {sheet.title: len(list(sheet.iter_rows())) - 1 for sheet in book} == counts


def test_names_for_who_may(results: Bot, tmp_path: Path) -> None:
    results.app.database.read_now(lambda c: to_csv(c, [people(results.app.cipher)], tmp_path))
    (row, *_) = read(tmp_path / "people_identified.csv")
    assert row["address"] == f"whatsapp:{NUMBER}"


def test_nothing_in_a_file_is_a_formula(results: Bot, tmp_path: Path) -> None:
    app = results.app
    app.database.write_now(lambda c: c.execute(diagnoses.update().values(trade="=cmd|' /C calc'!A0")))
    app.database.read_now(lambda c: to_csv(c, exported(), tmp_path))
    assert read(tmp_path / "diagnoses.csv")[0]["trade"].startswith("'=")


def test_the_command(tmp_path: Path) -> None:
    made = arraigo(tmp_path, "export", "--out", str(tmp_path / "a"))
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "a" / "people.csv").exists()
    again = arraigo(tmp_path, "export", "--out", str(tmp_path / "a"))
    assert (again.returncode, len(again.stderr.splitlines())) == (2, 1)
    book = arraigo(tmp_path, "export", "--out", str(tmp_path / "b"), "--format", "xlsx")
    assert (book.returncode, (tmp_path / "b" / "arraigo.xlsx").exists()) == (0, True)
    assert arraigo(tmp_path, "export", "--identified", "--out", str(tmp_path / "c")).returncode == 2


def test_only_who_may_gets_names(results: Bot) -> None:
    app, secret = results.app, "maíz lluvia puente azul"
    kept = app.passwords.make(secret)
    ids = {}
    for role in (*MAY, "facilitator"):
        add = partial(accounts.add, email=f"{role}@example.org", name="", access=Access(role, None))
        ids[role] = app.database.write_now(partial(add, password_hash=kept, now=results.now))
    app.database.write_now(lambda c: c.execute(users.update().values(must_change=False)))
    for role in MAY:
        assert who_may(app, f"{role}@example.org", {PROMPT: secret}.__getitem__) == ids[role]
    for email, said in (("facilitator@example.org", secret), ("admin@example.org", "otra"), ("x@y.org", secret)):
        with pytest.raises(Failed):
            who_may(app, email, {PROMPT: said}.__getitem__)
