"""The log of who saw and changed what."""

from __future__ import annotations

import re

from sqlalchemy import Connection, insert

from bot.panel.audit import audit
from db.tables import contacts
from tests.panel.conftest import House


def fill(house: House, user_id: int) -> None:
    """Sixty lines about two people, one an hour."""

    def store(connection: Connection) -> None:
        for code in ("AAA111", "BBB222"):
            row = {"created_at": house.bot.now, "code": code, "channel_first": "sms"}
            connection.execute(insert(contacts).values(row))
        for number in range(60):
            about = 1 + number % 2
            audit(connection, user_id, "case.seen", "handoffs", number, now=house.bot.now, contact_id=about)
            house.bot.wait(hours=1)

    house.bot.app.database.write_now(store)


async def test_by_person_by_account_by_day_a_page_at_a_time(house: House) -> None:
    other = house.add("facilitator")
    mine = house.add("coordinator")
    fill(house, other)
    async with house.browser() as browser:
        await browser.log_in("coordinator@example.org")

        async def lines(query: str) -> int:
            await browser.get(f"/panel/registro{query}")
            assert browser.last.status_code == 200
            return browser.last.text.count("<tr>") - 1

        assert await lines("") == 50
        more = re.search(r'href="(/panel/registro\?antes=\d+)"', browser.last.text)
        assert more
        await browser.get(more[1])
        assert browser.last.text.count("<tr>") - 1 == 60 + 1 - 50
        assert await lines("?persona=AAA111") == 30
        assert await lines(f"?cuenta={mine}") == 1
        assert await lines(f"?cuenta={other}&persona=BBB222") == 30
        assert await lines("?dia=2026-11-24") == 24  # from midnight to midnight of the office
        assert await lines("?persona=nadie") == -1
        for nonsense in ("?dia=mañana&cuenta=x&antes=-1", "?antes=99999999999999999999999"):
            assert await lines(nonsense) == 50


async def test_whose_work_is_one_country_reads_only_its_lines(house: House) -> None:
    house.add("coordinator", "SV")
    house.add("facilitator", "GT", "gt@example.org")
    async with house.browser() as browser, house.browser() as theirs:
        await theirs.log_in("gt@example.org")
        await browser.log_in("coordinator@example.org")
        await browser.get("/panel/registro")
        assert "gt@example.org" not in browser.words
        assert "coordinator@example.org" in browser.words
