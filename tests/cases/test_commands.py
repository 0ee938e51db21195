"""What the command line says of cases and shifts."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cases.team import Team
from tests.chat import bot
from tests.scheduler.test_due import run_command


async def test_the_list_of_cases_says_how_each_stands_and_nothing_that_anybody_wrote(
    tmp_path: Path, sqlite_url: str
) -> None:
    with bot(tmp_path, sqlite_url, telegram_token="1:x", telegram_staff_chat="-100777") as made:
        team = Team(made)
        team.opened("person")
        team.opened("self_harm", channel="telegram")
    code, out, err = await run_command(tmp_path, sqlite_url, "cases")
    assert code == 0, err
    listed = json.loads(out)
    assert [case["priority"] for case in listed] == [1, 3]
    assert {"code", "state", "age_minutes", "due_at", "overdue", "level", "next_at"} <= listed[0].keys()


async def test_shifts_come_from_a_file(tmp_path: Path, sqlite_url: str) -> None:
    file = tmp_path / "turnos.csv"
    file.write_text("\ufeffwho,weekday,from,to,role,zone\nSV,mon,08:00,17:00,facilitator,\n", encoding="utf-8")
    code, out, err = await run_command(tmp_path, sqlite_url, "shifts", "import", str(file))
    assert (code, out) == (0, "1 shifts.\n"), err
    file.write_text("who,weekday,from,to,role,zone\nSV,lunes,08:00,17:00,facilitator,\n", encoding="utf-8")
    code, out, err = await run_command(tmp_path, sqlite_url, "shifts", "import", str(file))
    assert (code, out) == (1, "")
    assert "line 2: weekday «lunes»" in err
