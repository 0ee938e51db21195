"""The groups as a table to be labelled by hand, and back: `id<TAB>count<TAB>guess<TAB>intent<TAB>message`."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from bot.learning.kept import Group

HEAD: Final = ("id", "count", "guess", "intent", "message")
DROP: Final = "-"


class BadSheet(ValueError):
    """The table cannot be read; the message names the line, never what it says."""


class Verdict(NamedTuple):
    """What somebody wrote beside a group: an intent, or «-» to forget it."""

    group: int
    intent: str


def write(path: Path, groups: Sequence[Group], guess: Callable[[str], str]) -> None:
    """Write the groups, for nobody but this user of the machine to read; must not exist yet."""
    lines = ["\t".join(HEAD)]
    for group in groups:
        cells = (str(group.first.id), str(len(group.misses)), guess(group.first.words), group.first.label)
        lines.append("\t".join((*cells, " ".join(group.first.words.split()))))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def read(path: Path, intents: Collection[str]) -> list[Verdict]:
    """The rows that somebody filled in. Raises `BadSheet`, or OSError."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise BadSheet(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    if not lines or tuple(lines[0].split("\t")) != HEAD:
        raise BadSheet(f"{path}, line 1: the columns are {', '.join(HEAD)}, parted by tabs")
    rows = (_row(line, f"{path}, line {at}", intents) for at, line in enumerate(lines[1:], 2) if line.strip())
    return [row for row in rows if row.intent]


def _row(line: str, where: str, intents: Collection[str]) -> Verdict:
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) != len(HEAD) or not cells[0].isdecimal():
        raise BadSheet(f"{where}: needs {len(HEAD)} columns, and a number in the first")
    intent = cells[HEAD.index("intent")]
    if intent and intent != DROP and intent not in intents:
        raise BadSheet(f"{where}: no such intent; take one of {', '.join(sorted(intents))}, or «-» to forget the group")
    return Verdict(int(cells[0]), intent)
