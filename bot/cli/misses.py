"""`arraigo nlu misses` and `arraigo nlu guard`: what was not understood, and how it is taught."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer
from sqlalchemy import Connection

from bot.cli.common import BadArgument, Failed, wired
from bot.learning import kept, sheet
from bot.learning.kept import Group
from nlu.evaluation import read_rows
from nlu.understanding import Engine

if TYPE_CHECKING:
    from bot.app import App
    from bot.learning.lessons import Lesson

misses = typer.Typer(help="What the bot did not understand, and how it is taught.")


@misses.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    since: Annotated[int, typer.Option(help="Only groups with a message of the last so many days.", min=1)] = 90,
    language: Annotated[str, typer.Option(help="es, en, myn or other.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show groups of like messages: id, how many people, what was asked, today's guess, an example."""
    if context.invoked_subcommand:
        return
    with wired() as app:
        rows = [_line(app, group) for group in _groups(app) if _is_wanted(app, group, since, language)]
    if as_json:
        json.dump(rows, sys.stdout, ensure_ascii=False, indent=2)
        print()
        return
    for row in rows:
        print("\t".join(str(row[name]) for name in ("id", "n", "language", "asked", "guess", "label", "example")))
    print(f"{len(rows)} groups. Label one: arraigo nlu misses label ID INTENT", file=sys.stderr)


def _groups(app: App) -> list[Group]:
    return kept.grouped(app.database.read_now(partial(kept.read, cipher=app.cipher)))


def _is_wanted(app: App, group: Group, since: int, language: str) -> bool:
    recent = max(miss.created_at for miss in group.misses) >= app.clock() - timedelta(days=since)
    return recent and (not language or any(miss.language == language for miss in group.misses))


def _line(app: App, group: Group) -> dict[str, Any]:
    first = group.first
    return {
        "id": first.id,
        "n": len(group.misses),
        "language": first.language,
        "asked": first.asked,
        "then": f"{first.intent} {first.confidence:.2f}",
        "guess": _guess(app, first.words),
        "label": first.label,
        "example": first.words,
    }


def _guess(app: App, words: str) -> str:
    intent = app.nlu.parse(words, now=app.clock()).intent
    return f"{intent.name} {intent.confidence:.2f}"


def _group(app: App, number: int) -> Group:
    for group in _groups(app):
        if number in group.ids:
            return group
    raise Failed(f"no message {number}: see «arraigo nlu misses» for those there are")


def _teachable(app: App) -> list[str]:
    from bot.learning.lessons import UNTAUGHT

    return sorted(set(app.rules.names) - UNTAUGHT)


@misses.command()
def label(
    number: Annotated[int, typer.Argument(metavar="ID", help="A group, as listed.")],
    intent: Annotated[str, typer.Argument(help="What it means; the intents are in nlu/data/intents.toml.")],
    alone: Annotated[bool, typer.Option("--alone", help="Only the message of that id, not its group.")] = False,
) -> None:
    """Say what a group means: it becomes a candidate, no more, until somebody accepts it."""
    with wired() as app:
        if intent not in _teachable(app):
            raise BadArgument(f"no intent that is taught from use: take one of {', '.join(_teachable(app))}")
        ids = (number,) if alone else _group(app, number).ids
        done = app.database.write_now(partial(kept.label, ids=ids, intent=intent))
    print(f"{done} messages are candidates for {intent}. To teach them: arraigo nlu misses accept")


@misses.command()
def drop(
    number: Annotated[int, typer.Argument(metavar="ID", help="A group, as listed.")],
    alone: Annotated[bool, typer.Option("--alone", help="Only the message of that id, not its group.")] = False,
) -> None:
    """Forget a group: nothing to learn, or words that could tell who wrote them."""
    with wired() as app:
        ids = (number,) if alone else _group(app, number).ids
        done = app.database.write_now(partial(kept.drop, ids=ids))
    print(f"{done} messages are forgotten.")


@misses.command("export")
def to_sheet(file: Annotated[Path, typer.Argument(help="TSV to write; must not exist yet.")]) -> None:
    """Write the groups as a table; fill in the column «intent» («-» forgets a group), and import it."""
    with wired() as app:
        groups = _groups(app)
        sheet.write(file, groups, partial(_guess, app))
    print(
        f"{file}: {len(groups)} groups. People wrote these words: keep the file to yourself, and delete it afterwards."
    )


@misses.command("import")
def from_sheet(file: Annotated[Path, typer.Argument(help="A TSV of «export», filled in.")]) -> None:
    """Read the filled-in table: every row is an intent or «-»; nothing is stored if one row is wrong."""
    with wired() as app:
        try:
            verdicts = sheet.read(file, _teachable(app))
        except sheet.BadSheet as error:
            raise Failed(str(error)) from None
        groups = {group.first.id: group.ids for group in _groups(app)}
        standing = [(groups[group], intent) for group, intent in verdicts if group in groups]
        app.database.write_now(partial(_settle, standing))
    gone = len(verdicts) - len(standing)
    print(f"{len(standing)} groups labelled or forgotten; {gone} are no longer there.")


def _settle(standing: Sequence[tuple[Sequence[int], str]], connection: Connection) -> None:
    for ids, intent in standing:
        if intent == sheet.DROP:
            kept.drop(connection, ids)
        else:
            kept.label(connection, ids, intent)


@misses.command()
def accept(yes: Annotated[bool, typer.Option("--yes", help="Without showing and asking first.")] = False) -> None:
    """Teach the candidates: only if the engine is not worse for it on the guard set. Then restart the service."""
    from bot.learning import lessons
    from nlu.model import learned

    with wired() as app:
        candidates = [miss for miss in app.database.read_now(partial(kept.read, cipher=app.cipher)) if miss.label]
        for miss in () if yes else candidates:
            print(f"{miss.label}\t{miss.words}")
        if candidates and not yes:
            typer.confirm("Does none of these tell who wrote it, and is each label right?", abort=True)
        with TemporaryDirectory() as models:
            lesson = lessons.prepare(candidates, _folder(app), _teacher(app, Path(models)), _rows(app), app.clock())
        if lesson is None:
            raise Failed("no candidate says anything new: label some first, with «arraigo nlu misses label»")
        _report(lesson)
        learned.append(_folder(app), lesson.examples)
        app.database.write_now(partial(kept.drop, ids=[miss.id for miss in candidates]))
    print(f"{len(lesson.examples)} examples are learned. Restart the service to use them.")


def _report(lesson: Lesson) -> None:
    json.dump(lesson.comparison.to_json(), sys.stderr, indent=2)
    print(file=sys.stderr)
    if not lesson.comparison.holds:
        raise Failed(
            "the engine would be worse on nlu/data/guard.tsv, and nothing was taught: look at these labels again"
        )


def _folder(app: App) -> Path:
    from nlu.model.examples import LEARNED

    return app.settings.data_dir / "nlu" / LEARNED


def _rows(app: App) -> list[Any]:
    from nlu import guard

    return list(read_rows(guard.FILE, app.rules.names, app.world.trade_names.order))


def _teacher(app: App, models: Path) -> Callable[[Sequence[Path]], Engine]:
    from nlu.model.cache import TrainingFailed, load_or_train
    from nlu.model.engine import LocalEngine
    from nlu.model.examples import FOLDER, BadExamples

    def taught(folders: Sequence[Path]) -> Engine:
        in_use = list(folders) == [_folder(app)]
        try:
            model = load_or_train(_folder(app).parent if in_use else models, FOLDER, *folders)
        except (BadExamples, TrainingFailed) as error:
            raise Failed(str(error)) from None
        return LocalEngine(model, app.rules)

    return taught


def guard() -> None:
    """Compare the shipped engine with the one that learned from use, on the guard set; exit 1 if it is worse."""
    from nlu.guard import compare

    with wired() as app, TemporaryDirectory() as models:
        taught = _teacher(app, Path(models))
        found = compare(taught([]), taught([_folder(app)]), _rows(app), app.clock())
    json.dump(found.to_json(), sys.stdout, indent=2)
    print()
    if not found.holds:
        raise Failed("what was learned makes the engine worse: take it out of var/nlu/learned")


def add(nlu: typer.Typer) -> None:
    """Add these commands to `arraigo nlu`."""
    nlu.add_typer(misses, name="misses")
    nlu.command()(guard)
