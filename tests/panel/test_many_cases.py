"""More cases than fit one page of the inbox: none is out of reach."""

from __future__ import annotations

import re

from tests.cases.team import Team
from tests.panel.casework import Office


async def test_the_pages_of_the_inbox_show_each_case_once_in_order(office: Office) -> None:
    office.staff("facilitator", "SV", "ana@example.org")
    team: Team = office.team
    mine, *others = [team.opened() for _ in range(112)]
    urgent = team.opened("self_harm")
    team.claim(mine, 1)
    seen: list[int] = []
    async with office.at_work("ana@example.org") as ana:
        address = "/panel/casos?idioma=es"
        while address:
            page = await ana.get(address)
            seen += [int(number) for number in re.findall(r'id="caso-(\d+)"', page.text)]
            found = re.search(r'href="([^"]+)">Ver más', page.text)
            address = found[1].replace("&amp;", "&") if found else ""
            assert "data-cases" in page.text
        assert "Volver al principio" in ana.words
    assert seen == [urgent, mine, *others]
    async with office.at_work("ana@example.org") as ana:
        piece = await ana.get("/panel/casos/lista?idioma=es&hoja=3")
        assert len(re.findall(r'id="caso-\d+"', piece.text)) == 12
