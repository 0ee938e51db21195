"""The panel's bench fills a database and opens its pages."""

from __future__ import annotations

from pathlib import Path

from tests.bench import agenda, panel


def test_the_list_and_a_page_are_timed(database_url: str, tmp_path: Path) -> None:
    figures = panel.on(tmp_path / "house", database_url, people=500, messages=2000, cases=500, looks=3)
    for role in ("facilitator", "coordinator"):
        for page in ("list", "case"):
            assert 0 < figures[role][page]["p50_ms"] <= figures[role][page]["p95_ms"]
            assert figures[role][page]["bytes"] > 5000


def test_the_agenda_is_timed(database_url: str, tmp_path: Path) -> None:
    figures = agenda.on(tmp_path / "house", database_url, 2000, looks=3)
    for page in ("agenda", "today", "centres", "hours", "evaluator", "workshop"):
        assert 0 < figures[page]["p50_ms"] <= figures[page]["p95_ms"]
