"""The lock files: what they hold is what `pyproject.toml` asks for, hashed, and bound to no machine."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.ops.project import PRODUCT, ROOT, modules, pyproject

LOCKS = ("requirements-build.lock", "requirements.lock", "requirements-dev.lock", "nlu/rasa/requirements.txt")
_ENTRY = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ]+)(?: ; [^\\]+)? \\$")


def locked(file: str) -> dict[str, str]:
    """Name -> version of every entry."""
    lines = (ROOT / file).read_text("utf-8").splitlines()
    return {m["name"]: m["version"] for line in lines if (m := _ENTRY.match(line))}


def wanted(requirements: list[str]) -> list[Requirement]:
    return [Requirement(line) for line in requirements]


@pytest.mark.parametrize("file", LOCKS)
def test_every_entry_has_hashes_and_nothing_names_a_machine(file: str) -> None:
    lines = (ROOT / file).read_text("utf-8").splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if not line.startswith(" "):
            assert _ENTRY.match(line), line
            assert following.startswith("    --hash=sha256:"), line
        elif not line.lstrip().startswith("#"):
            assert re.fullmatch(r" {4}--hash=sha256:[0-9a-f]{64}(?: \\)?", line), line
        assert "://" not in line
        assert "/" not in line


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = pyproject()
    asked = {
        "requirements-build.lock": project["dependency-groups"]["build"],
        "requirements.lock": project["project"]["dependencies"],
        "requirements-dev.lock": project["project"]["optional-dependencies"]["dev"],
    }
    for file, lines in asked.items():
        versions = locked(file)
        for requirement in wanted(lines):
            version = versions.get(canonicalize_name(requirement.name))
            assert version is not None, f"{requirement.name} is not in {file}: run make lock"
            assert requirement.specifier.contains(version), f"{requirement}, locked {version}: run make lock"


def test_tests_run_with_the_versions_that_people_get() -> None:
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


def test_the_product_imports_only_what_it_declares() -> None:
    project = pyproject()["project"]
    declared: set[str] = {canonicalize_name(r.name) for r in wanted(project["dependencies"])}
    # What a declared package brings by its own promise: dotenv with pydantic-settings, yarl with aiohttp.
    declared |= {"pydantic", "python-dotenv", "yarl", "multidict", "httpx"}
    homes = packages_distributions()
    for path in modules(*PRODUCT):
        for name in imported(path.read_text("utf-8")) - set(PRODUCT) - sys.stdlib_module_names:
            home: set[str] = {canonicalize_name(home) for home in homes.get(name, [])}
            assert home & declared, f"{path.relative_to(ROOT)} imports {name}, which pyproject.toml does not name"


def imported(source: str) -> set[str]:
    """The top names of all absolute imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def test_every_data_file_of_the_product_is_packaged() -> None:
    patterns = pyproject()["tool"]["setuptools"]["package-data"]["*"]
    packaged = {pattern.removeprefix("*") for pattern in patterns} | {".py"}
    for folder in PRODUCT:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert path.suffix in packaged, f"{path.relative_to(ROOT)}: add *{path.suffix} to package-data"
