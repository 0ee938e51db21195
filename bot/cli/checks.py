"""`arraigo check`: what is wrong with words, flows and content; and with `--launch`, what stops a launch."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.settings import Settings, load_or_exit
from flows.core.copy import Copy

if TYPE_CHECKING:
    from bot.reviews import Signed

Graph = Annotated[Path | None, typer.Option(help="Write the graph of each flow into this folder, as Mermaid.")]
Preview = Annotated[Path | None, typer.Option(help="Write one HTML page with every screen.")]


def check(
    launch: Annotated[bool, typer.Option(help="Also what stops a launch; exit 1 if anything does.")] = False,
    graph: Graph = None,
    preview: Preview = None,
) -> None:
    """Look through copy, flow graph and content; say what is wrong and how to mend it."""
    from bot import readiness
    from bot.app import TEXTS

    copy = Copy.load(TEXTS)
    problems = readiness.check(copy)
    if graph:
        _write_graphs(graph)
    if preview:
        _write_preview(preview, copy)
    for line in problems:
        print(f"✗ {line}")
    settings = load_or_exit()
    signed, staff, templates = _known(settings, copy)
    stops = readiness.stops_launch(settings, copy, signed, staff) if launch else []
    stops += [*templates, *readiness.rasa(settings)] if launch else []
    for line in stops if launch else readiness.notes(copy, signed):
        print(f"{'✗' if launch else '·'} {line}")
    if problems or stops:
        raise SystemExit(1)
    print("Words, flows and content are in order." if not launch else "Nothing stops a launch.", file=sys.stderr)


def _known(settings: Settings, copy: Copy) -> tuple[Signed, int, list[str]]:
    """What the panel knows to be reviewed, how many may answer cases, and which templates do not leave yet; nothing
    where no database can be asked.
    """
    from bot.approvals.kept import not_approved, standing
    from bot.panel.accounts import may_answer
    from bot.readiness import NOBODY
    from bot.reviews import signed
    from db.away import DatabaseAway
    from db.database import Database
    from db.migrate import HEAD, current
    from flows.plantillas import load

    try:
        if current(settings.database) != HEAD:
            return NOBODY, 0, []
        database = Database(settings.database)
        try:
            now = datetime.now(UTC)
            known = database.read_now(lambda c: (signed(c, copy, now), may_answer(c), standing(c, None, load())))
            return known[0], known[1], not_approved(known[2]) if settings.twilio_whatsapp_from else []
        finally:
            database.close()
    except DatabaseAway:
        return NOBODY, 0, []


def _write_graphs(folder: Path) -> None:
    from flows.catalogo import FLOWS
    from flows.core.graph import mermaid

    folder.mkdir(parents=True, exist_ok=True)
    for flow in FLOWS.values():
        (folder / f"{flow.name}.mmd").write_text(mermaid(flow), encoding="utf-8")


def _write_preview(file: Path, copy: Copy) -> None:
    from flows.catalogo import FLOWS
    from flows.core.preview import page

    file.write_text(page(FLOWS, copy, "Arraigo: todas las pantallas"), encoding="utf-8")


def add(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(check)
