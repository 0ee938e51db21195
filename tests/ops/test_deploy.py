"""What an operator installs: its pieces agree with each other and hold no secret."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import settings
from tests.ops.project import PRODUCT, ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose.yml").read_text("utf-8"))
OURS = {"migrate", "web", "sender", "scheduler", "backup"}


def test_compose_has_every_part_and_each_of_ours_is_locked_down() -> None:
    assert set(COMPOSE["services"]) == OURS | {"postgres", "caddy"}
    for name in OURS:
        service = COMPOSE["services"][name]
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert "ports" not in service, name


def test_only_settings_that_exist_are_set() -> None:
    known = {settings.variable(name) for name in settings.Settings.model_fields}
    for name, service in COMPOSE["services"].items():
        ours = {key for key in service.get("environment", {}) if key.startswith(settings.PREFIX)}
        assert ours <= known, name


def test_nothing_of_ours_starts_before_the_migration() -> None:
    for name in OURS - {"migrate"}:
        after = COMPOSE["services"][name]["depends_on"]["migrate"]["condition"]
        assert after == "service_completed_successfully", name


def test_mounted_files_are_there() -> None:
    mounts = [m for s in COMPOSE["services"].values() for m in s.get("volumes", []) if m.startswith("./")]
    assert mounts
    for mount in mounts:
        assert (ROOT / "deploy" / mount.partition(":")[0]).is_file(), mount


def test_the_image_holds_every_folder_of_the_product_and_no_settings() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    taken = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    for folder in PRODUCT:
        assert f"COPY {folder} ./{folder}" in dockerfile
        assert f"!{folder}" in taken
    assert taken[1] == "*"
    assert {"**/.env", "**/*.keys", "**/*.sqlite3*"} <= set(taken)


@pytest.mark.parametrize("file", [".ci/run", "deploy/backup.sh"])
def test_scripts_are_read_by_their_shell(file: str) -> None:
    shell = (ROOT / file).read_text("utf-8").partition("\n")[0].removeprefix("#!").split()[-1]
    subprocess.run([Path(shell).name, "-n", file], cwd=ROOT, check=True)


class TestBackup:
    """`deploy/backup.sh`, with a stand-in for `arraigo` that writes a file or fails."""

    @staticmethod
    def run(folder: Path, arraigo: str) -> subprocess.CompletedProcess[str]:
        tools = folder / "bin"
        tools.mkdir()
        (tools / "arraigo").write_text(f"#!/bin/sh\n{arraigo}\n")
        (tools / "arraigo").chmod(0o755)
        (folder / "kept").mkdir()
        for name, day in (("arraigo-old.backup", 1), ("arraigo-x.unfinished", 1), ("else.txt", 1)):
            (folder / "kept" / name).touch()
            os.utime(folder / "kept" / name, (day, day))
        variables = {"PATH": f"{tools}:{os.environ['PATH']}"}
        command = ["sh", str(ROOT / "deploy/backup.sh"), str(folder / "kept")]
        return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)

    def test_a_good_backup_lets_old_ones_go_and_is_readable_by_its_owner_alone(self, tmp_path: Path) -> None:
        done = self.run(tmp_path, '[ "$1" = backup ] && echo content >"$2"')
        assert done.returncode == 0
        new, other = sorted((tmp_path / "kept").iterdir())
        assert other.name == "else.txt"
        assert new.suffix == ".backup"
        assert new.read_text() == "content\n"
        assert stat.S_IMODE(new.stat().st_mode) == 0o600

    def test_a_failed_backup_keeps_the_old_ones(self, tmp_path: Path) -> None:
        done = self.run(tmp_path, "exit 1")
        assert done.returncode == 1
        assert "FAILED" in done.stderr
        assert [path.name for path in sorted((tmp_path / "kept").iterdir())] == ["arraigo-old.backup", "else.txt"]
