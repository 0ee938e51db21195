"""What all pages of the panel have in common: no inline code, words that exist, errors that say nothing."""

from __future__ import annotations

import re
from functools import partial

from sqlalchemy import Connection, text
from starlette.responses import Response

from bot.panel.app import panel_routes
from bot.panel.render import HERE, Texts
from bot.panel.roles import PERMISSIONS
from bot.panel.room import Room, get
from bot.panel.rooms import ROOMS
from bot.panel.visit import Conflict, Visit
from bot.web.app import create_app
from db.database import DatabaseAway
from tests.fakes.inbox import FakeInbox
from tests.panel.conftest import House
from tests.web.conftest import services

MOST_BYTES = 40 * 1024
TEXTS = Texts(HERE / "textos")
TEMPLATES = sorted((HERE / "templates").rglob("*.html"))


def test_every_text_that_is_named_exists() -> None:
    used = {key for path in TEMPLATES for key in re.findall(r'\bt\("([a-z_.0-9]+)"[,)]', path.read_text("utf-8"))}
    files = {path.stem for path in (HERE / "textos").glob("*.toml")}
    for path in HERE.rglob("*.py"):
        named = re.findall(r'"([a-z_]+\.[a-z_0-9]+)"', path.read_text("utf-8"))
        used |= {key for key in named if key.partition(".")[0] in files}
    assert sorted(key for key in used - {*PERMISSIONS} if key not in TEXTS.words) == []


def test_no_template_has_inline_script_or_style() -> None:
    for path in TEMPLATES:
        page = path.read_text("utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page), path
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page)), path


def test_every_form_that_changes_something_carries_its_token() -> None:
    for path in TEMPLATES:
        if path.name != "ui.html":
            assert 'method="post"' not in path.read_text("utf-8"), path


def test_style_and_script_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (HERE / "static").iterdir()}
    workshop = sum(size for name, size in sizes.items() if name.startswith("taller"))  # fetched by evaluators, once
    assert workshop < MOST_BYTES
    assert sum(sizes.values()) - workshop < MOST_BYTES


async def test_style_and_script_may_be_kept(house: House) -> None:
    async with house.browser() as browser:
        page = await browser.get("/panel/entrar")
        for address in re.findall(r'(?:src|href)="(/panel/static/[^"]+)"', page.text):
            file = await browser.client.get(address)
            assert file.status_code == 200
            assert "immutable" in file.headers["cache-control"]
        assert (await browser.get("/panel/static/v/nada.css")).status_code == 404
        assert 'href="/panel/"' in (await browser.get("/")).text
        assert (await browser.get("/panel")).headers["location"] == "/panel/"


async def wrong(visit: Visit) -> Response:
    """Fails as the address asks."""
    kind = visit.query("como")
    if kind == "conflicto":
        raise Conflict
    if kind == "lejos":
        raise DatabaseAway("secreto")
    raise RuntimeError("secreto")


WRONG = (
    ("/panel/mal?como=conflicto", 409, "Alguien lo cambió antes"),
    ("/panel/mal?como=lejos", 503, "No llegamos a los datos"),
    ("/panel/mal?como=roto", 500, "Algo falló de nuestro lado"),
    ("/panel/nada", 404, "Aquí no hay nada"),
    ("/panel/usuarios/99999999999999999999", 404, "Aquí no hay nada"),
    ("/panel/salir", 405, "Aquí no se puede hacer eso"),
    ("/panel/mal?como=" + "x" * 101, 400, "No pudimos leer"),
)


async def test_what_goes_wrong_has_a_page_that_gives_nothing_away(house: House) -> None:
    house.add("admin")
    rooms = (*ROOMS, Room("prueba", (get("/mal", "home", wrong),)))
    house.web = create_app(services(FakeInbox()), panel_routes(house.bot.app.panel, rooms))
    async with house.browser() as browser:
        await browser.log_in("admin@example.org")
        for path, status, told in WRONG:
            answer = await browser.get(path)
            assert (answer.status_code, told in browser.words) == (status, True), path
            assert "secreto" not in answer.text
            assert answer.headers["cache-control"] == "no-store"


async def test_the_menu_shows_what_one_may_open(house: House) -> None:
    house.add("facilitator")
    async with house.browser() as browser:
        await browser.log_in("facilitator@example.org")
        assert 'href="/panel/cuenta"' in browser.last.text
        assert 'href="/panel/usuarios"' not in browser.last.text
        assert 'href="/panel/registro"' not in browser.last.text


async def test_the_queries_behind_every_page_use_an_index(house: House) -> None:
    """As SQLite plans them; PostgreSQL has the same indexes, and prefers none for a few rows."""
    if house.bot.app.database.dialect == "postgresql":
        return
    for query, index in (
        ("SELECT * FROM panel_sessions WHERE token_hash = x'00'", "uq_panel_sessions_token_hash"),
        ("SELECT * FROM login_attempts WHERE kind = 'a' AND key_hash = x'00'", "uq_login_attempts_kind_key_hash"),
        ("DELETE FROM login_attempts WHERE last_at < '2026'", "ix_login_attempts_last_at"),
        ("SELECT * FROM audit_log WHERE user_id = 1 AND id < 9 ORDER BY id DESC LIMIT 51", "ix_audit_log_user_id_id"),
    ):
        plan = house.bot.app.database.read_now(partial(plan_of, query))
        assert index in plan or "autoindex" in plan


def plan_of(query: str, connection: Connection) -> str:
    """How SQLite would look for it."""
    return str(connection.execute(text(f"EXPLAIN QUERY PLAN {query}")).all())
