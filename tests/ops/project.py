"""Where the project is, and what its own files say: for the tests of this folder."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("bot", "db", "flows", "nlu", "scheduler")


def pyproject() -> dict[str, Any]:
    """`pyproject.toml`, read."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def modules(*folders: str) -> list[Path]:
    """Every Python file of these folders of the project."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
