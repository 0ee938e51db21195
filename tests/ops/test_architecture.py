"""Who may import whom, which imports stay out of the core, and how long a file may get."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ops.project import PRODUCT, ROOT, modules

MAY_IMPORT = {
    "db": {"db"},
    "nlu": {"nlu"},
    "flows": {"flows", "db", "nlu"},
    "scheduler": {"scheduler", "flows", "db", "nlu"},
    "bot": set(PRODUCT),
}
CHANNELS_THAT_STORE = {"bot/channels/twilio/contents.py"}  # Content resources, made once and remembered
HISTORY = ROOT / "db/migrations/versions"  # a migration is as long as its change, and never edited
LONG, TOO_LONG = 400, 450  # lines


def imports(path: Path) -> Iterator[str]:
    """Full names of what a module imports, relative ones resolved; `from a import b` gives both `a` and `a.b`."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def is_within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def test_imports_are_told_apart() -> None:
    assert {"flows.core.reply", "flows.core.reply.Reply"} <= set(imports(ROOT / "bot/channels/base.py"))
    assert is_within("flows.core.reply", "flows")
    assert not is_within("flowsheet", "flows")


@pytest.mark.parametrize("folder", PRODUCT)
def test_imports_point_one_way(folder: str) -> None:
    forbidden = {*PRODUCT, "tests"} - MAY_IMPORT[folder]
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(folder)
        for name in imports(path)
        if is_within(name, *forbidden)
    ]
    assert wrong == []


def test_the_conversation_kernel_knows_no_conversation_and_no_database() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules("flows/core")
        for name in imports(path)
        if (is_within(name, "flows") and name != "flows" and not is_within(name, "flows.core"))
        or is_within(name, "db", "sqlalchemy")
    ]
    assert wrong == []


def test_channels_know_no_conversation_no_database_and_nothing_of_the_rest_of_the_bot() -> None:
    wrong = []
    for path in modules("bot/channels"):
        where = str(path.relative_to(ROOT))
        for name in imports(path):
            conversation = is_within(name, "flows") and name != "flows" and not is_within(name, "flows.core")
            database = is_within(name, "db", "sqlalchemy") and where not in CHANNELS_THAT_STORE
            rest = is_within(name, "bot") and name != "bot" and not is_within(name, "bot.channels")
            if conversation or database or rest:
                wrong.append(f"{where} imports {name}")
    assert wrong == []


@pytest.mark.filterwarnings("default:.*lines:UserWarning")
@pytest.mark.parametrize("folder", [*PRODUCT, "tests"])
def test_no_file_does_two_jobs(folder: str) -> None:
    written = [path for path in modules(folder) if not path.is_relative_to(HISTORY)]
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in written}
    for path, lines in lengths.items():
        if LONG < lines <= TOO_LONG:
            warnings.warn(f"{path.relative_to(ROOT)} has {lines} lines: split it soon", stacklevel=1)
    assert [f"{path.relative_to(ROOT)}: {n} lines" for path, n in lengths.items() if n > TOO_LONG] == []
