"""`arraigo cases`: who waits for a person, for a team that has no panel yet."""

from __future__ import annotations

import json
import sys

import typer

from bot.cli.common import wired


def cases() -> None:
    """Print the open cases, the most urgent first, as JSON: codes and reasons, nothing that anybody wrote."""
    from sqlalchemy import select

    from db.tables import handoffs

    shown = (
        handoffs.c.code,
        handoffs.c.reason,
        handoffs.c.topic,
        handoffs.c.priority,
        handoffs.c.country,
        handoffs.c.department,
        handoffs.c.created_at,
        handoffs.c.due_at,
    )
    waiting = (
        select(*shown).where(handoffs.c.state != "closed").order_by(handoffs.c.priority, handoffs.c.due_at).limit(500)
    )
    with wired() as app:
        rows = app.database.read_now(lambda c: c.execute(waiting).mappings().all())
    json.dump([dict(row) for row in rows], sys.stdout, ensure_ascii=False, indent=2, default=str)
    print()


def add(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(cases)
