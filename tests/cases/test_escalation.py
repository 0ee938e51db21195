"""A case that nobody takes: who is alerted, when, and for how long. For ever, if need be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import insert, select
from structlog.testing import capture_logs

from bot.cases import work
from bot.cases.metrics import alerts_state
from bot.cases.policy import URGENCIES
from db.database import Database
from db.tables import case_events, covers, handoffs, holidays, outbox
from scheduler.due import run_due
from tests.cases.team import Team

NIGHT = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)  # 23:00 in El Salvador
MORNING = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # 8:00


def state(team: Team) -> str:
    return team.bot.app.database.read_now(lambda c: alerts_state(c, team.desk, team.now))


def test_a_crisis_goes_from_who_is_on_shift_to_the_next_to_coordinators_to_everybody(team: Team) -> None:
    ana, eva = team.user(), team.user()
    coordinator, admin = team.user("coordinator"), team.user("admin")
    for user in (ana, eva):
        team.shift(user)
    case = team.opened("self_harm")
    assert team.alerted(case) == [None, ana]  # at once: nobody waits for the clock
    team.wait(minutes=4)
    assert len(team.alerted(case)) == 2
    team.wait(minutes=1)
    assert team.alerted(case)[2:] == [None, eva]
    team.wait(minutes=5)
    assert team.alerted(case)[4:] == [None, coordinator]
    team.wait(minutes=5)
    assert team.alerted(case)[6:] == [None, ana, eva, coordinator, admin]
    assert [kind for kind, _ in team.events(case)].count("escalated") == 3


def test_it_is_alerted_for_ever_at_growing_but_bounded_intervals_until_somebody_says_a_word(team: Team) -> None:
    admin = team.user("admin")
    case, alerts = team.opened("self_harm"), list[timedelta]()
    for _ in range(120):
        before = len(team.alerted(case))
        team.wait(minutes=1)
        if len(team.alerted(case)) > before:
            alerts.append(team.now - team.cases()[0]["created_at"])
    gaps = [later - earlier for earlier, later in pairwise(alerts)]
    assert gaps == sorted(gaps)
    assert gaps[-1] == URGENCIES[1].longest
    team.write(work.acknowledge, case, admin, team.now)
    before = len(team.alerted(case))
    team.wait(minutes=14)
    assert len(team.alerted(case)) == before
    team.wait(minutes=1)
    assert len(team.alerted(case)) > before


def test_a_night_with_nobody_calls_all_coordinators_and_in_the_morning_the_first_of_the_shift(team: Team) -> None:
    ana, carmen, delia = team.user(), team.user("coordinator"), team.user("coordinator")
    team.shift(ana)
    team.bot.now = NIGHT
    case = team.opened("violence")
    assert team.alerted(case) == [None, carmen, delia]
    while team.now < MORNING - timedelta(minutes=1):
        team.wait(minutes=7)
    assert ana not in team.alerted(case)[:8]
    seen = team.alerted(case)
    team.bot.now = MORNING
    team.due()
    assert ana in team.alerted(case)[len(seen) :]


def test_a_plain_wish_at_night_waits_in_the_chat_and_calls_the_first_of_the_morning(team: Team) -> None:
    ana, _ = team.user(), team.user("coordinator")
    team.shift(ana)
    team.bot.now = NIGHT
    case = team.opened("person")
    assert team.alerted(case) == [None]
    assert team.case(case)["next_at"] == MORNING
    team.bot.now = MORNING
    team.due()
    assert team.alerted(case) == [None, ana]


def test_a_weekend_and_a_holiday_are_no_working_time(team: Team) -> None:
    ana = team.user(country="SV")
    team.shift(ana, days=range(5))
    friday = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)  # 17:30
    team.bot.now = friday
    row = {"created_at": friday, "country": "SV", "day": datetime(2026, 11, 30, tzinfo=UTC).date()}
    team.write(lambda c: c.execute(insert(holidays).values(**row, name="Feriado", source="prueba")).rowcount)
    case = team.opened("unclear")
    assert team.case(case)["next_at"] == datetime(2026, 12, 1, 14, 0, tzinfo=UTC)


def test_language_goes_before_country(team: Team) -> None:
    ladino = team.user(country="GT", languages=["es"])
    maya = team.user(country=None, languages=["es", "mam"])
    elsewhere = team.user(country="SV", languages=["es", "mam"])
    for user in (ladino, elsewhere, maya):
        team.shift(user)
    case = team.opened("self_harm", country="GT", language="mam")
    assert team.alerted(case) == [None, maya]
    team.wait(minutes=5)
    assert team.alerted(case)[2:] == [None, ladino]  # a panel of El Salvador does not show a case of Guatemala
    team.wait(minutes=5)
    assert "mam" in team.texts()[0]


def test_who_is_away_is_not_called_but_who_covers_for_them(team: Team) -> None:
    ana, eva = team.user(), team.user()
    team.shift(ana)
    away = {"created_at": team.now, "user_id": ana, "covered_by": eva, "starts_at": team.now}
    team.write(lambda c: c.execute(insert(covers).values(**away, ends_at=team.now + timedelta(days=3))).rowcount)
    assert team.alerted(team.opened("self_harm")) == [None, eva]


def test_an_overdue_wish_that_is_repeated_is_alerted_again_and_a_flood_is_not(team: Team) -> None:
    chat, case = team.wanted()
    before = len(team.alerted(case["id"]))
    chat.says("quiero hablar con una persona")
    assert len(team.alerted(case["id"])) == before
    assert len(team.cases()) == 1


def test_several_schedulers_alert_once(team: Team) -> None:
    ids = [team.opened("self_harm") for _ in range(5)]
    team.bot.wait(minutes=5)
    machines = [Database(team.bot.app.database.url, patience=60.0) for _ in range(3)]
    for machine in machines:
        run_due(machine, team.now, team.bot.app.due_rules)
        machine.close()
    assert [len(team.alerted(case)) for case in ids] == [2] * 5


# --- what does not arrive ---------------------------------------------------------------------------------


def test_an_alert_that_fails_goes_another_way_and_is_seen_by_the_operator(team: Team) -> None:
    ana = team.user()
    team.shift(ana)
    case = team.opened("self_harm")
    assert state(team) == "ok"
    team.arrive("failed", "stopped", to=ana)
    team.arrive("failed", "address:400 migrated to -100999", to=None)
    eva = team.user()
    with capture_logs() as logs:
        team.due()
    assert {line["event"] for line in logs} == {"alert_failed"}
    assert {line["to"] for line in logs} == {"staff chat", f"user {ana}"}
    assert team.alerted(case)[-1] == eva  # whoever is left
    assert "ARRAIGO_TELEGRAM_STAFF_CHAT" in state(team)
    assert "-100999" not in state(team)
    shown = team.bot.app.registry.get_sample_value
    assert (shown("arraigo_staff_chat_failing"), shown("arraigo_alerts_failed")) == (1.0, 2.0)
    team.due()
    assert [kind for kind, _ in team.events(case)].count("alert_failed") == 2


def test_where_no_alert_arrives_it_is_tried_again_but_not_each_minute(team: Team) -> None:
    case = team.opened("self_harm")
    for _ in range(60):
        team.arrive("failed", "stopped")
        team.wait(minutes=1)
    assert 4 <= len(team.alerted(case)) <= 8
    team.wait(minutes=30)
    team.arrive()
    assert state(team) == "ok"


def test_an_alert_that_does_not_leave_is_seen(team: Team) -> None:
    team.opened("self_harm")
    team.bot.wait(minutes=4)
    assert "have waited" in state(team)


def test_without_any_telegram_a_case_is_still_in_the_queue_and_goes_up(small: Team) -> None:
    small.bot.app.__dict__["desk"] = small.desk.__class__(
        small.desk.cipher, small.desk.copy, small.desk.zone, small.desk.hours
    )
    case = small.opened("self_harm")
    small.due()
    small.wait(minutes=10)
    assert small.alerted(case) == []
    assert small.queue()[0].level >= 1


# --- many at once -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["person", "mixed"])
def test_five_hundred_in_a_minute_none_is_unseen_and_the_urgent_ones_come_first(team: Team, reason: str) -> None:
    reasons = ["person"] * 4 + ["self_harm" if reason == "mixed" else "person"]
    ids = [team.opened(reasons[number % 5], channel="webchat") for number in range(500)]
    team.wait(minutes=1)
    told = select(case_events.c.handoff_id).where(case_events.c.kind == "alerted").distinct()
    assert {row[0] for row in team.bot.rows(told)} == set(ids)
    urgent = sum(row["priority"] == 1 for row in team.cases())
    sent = len(team.bot.rows(select(outbox.c.id)))
    assert sent <= urgent + 20  # Telegram takes 20 messages a minute in a group
    assert all(len(text) < 4096 for text in team.texts())
    queue = team.queue()
    assert len(queue) == 500
    assert [case.priority for case in queue] == sorted(case.priority for case in queue)
    assert team.bot.rows(select(handoffs.c.id).where(handoffs.c.next_at <= team.now)) == []
