"""Who may open what: every address and every role, against a table that people have read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.panel.roles import ANYBODY, PERMISSIONS, ROLES, may
from bot.panel.room import Room, get
from bot.panel.rooms import ROOMS
from bot.panel.visit import Visit
from tests.panel.conftest import House

TABLE = Path(__file__).with_name("permissions.tsv")
ACTIONS = [action for room in ROOMS for action in room.actions]


def test_every_address_is_in_the_table_with_the_roles_that_may_open_it() -> None:
    """permissions.tsv: method, address, then yes or no for each role in the order of its first line."""
    expected = TABLE.read_text("utf-8").splitlines()
    assert expected[0].split("\t") == ["method", "path", *ROLES]
    actual = [
        "\t".join((a.method, a.path, *("yes" if may(role, a.permission) else "no" for role in ROLES))) for a in ACTIONS
    ]
    assert sorted(expected[1:]) == sorted(actual), "lines to add:\n" + "\n".join(sorted({*actual} - {*expected}))


@pytest.mark.parametrize("role", ROLES)
async def test_the_addresses_keep_to_the_table(house: House, role: str) -> None:
    house.add(role)
    async with house.browser() as browser:
        await browser.log_in(f"{role}@example.org")
        token = {"X-Arraigo-Csrf": browser.token}
        for action in ACTIONS:
            path = "/panel" + re.sub(r"\{[^}]+\}", "999", action.path)
            allowed = may(role, action.permission)
            if allowed and (action.method == "POST" or "{" in action.path):
                continue
            answer = await browser.client.request(action.method, path, headers=token)
            if not allowed:
                assert answer.status_code == 403, (action.method, path)
            else:
                assert answer.status_code in (200, 303), (action.method, path)


async def test_without_a_session_every_address_leads_to_the_login(house: House) -> None:
    async with house.browser() as browser:
        for action in ACTIONS:
            if action.permission != ANYBODY:
                path = "/panel" + re.sub(r"\{[^}]+\}", "999", action.path)
                answer = await browser.client.request(action.method, path)
                assert answer.status_code == 303, path
                assert answer.headers["location"].startswith("/panel/entrar"), path


def test_an_address_without_a_known_permission_does_not_start() -> None:
    async def handler(visit: Visit) -> None:
        raise AssertionError

    with pytest.raises(ValueError, match=r"roles\.py: add it"):
        Room("prueba", (get("/prueba", "no.such", handler),))  # type: ignore[arg-type]


def test_every_permission_is_some_roles_and_used() -> None:
    assert all(roles and roles <= {*ROLES} for roles in PERMISSIONS.values())
