"""The panel's bench fills a database and opens its pages."""

from __future__ import annotations

from pathlib import Path

from tests.bench import panel


def test_the_list_and_a_page_are_timed(database_url: str, tmp_path: Path) -> None:
    figures = panel.on(tmp_path / "house", database_url, people=500, messages=2000, cases=500, looks=3)
    for role in ("facilitator", "coordinator"):
        for page in ("list", "case"):
            assert 0 < figures[role][page]["p50_ms"] <= figures[role][page]["p95_ms"]
            assert figures[role][page]["bytes"] > 5000
