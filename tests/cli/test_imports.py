"""`arraigo import` as an operator types it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.test_commands import arraigo


def test_lists_are_taken_in_whole_or_not_at_all(tmp_path: Path) -> None:
    good = tmp_path / "sedes.csv"
    good.write_text("código;nombre;país;oficios\nuno;Sede Uno;SV;carpintero\n", "cp1252")
    done = arraigo(tmp_path, "import", "centres", str(good))
    assert (done.returncode, done.stdout) == (0, "added: 1\n")
    bad = tmp_path / "horas.csv"
    bad.write_text("centro;oficio;día;inicio;minutos;cupo\nuno;carpintero;lunes;8:00;120;4\nuno;x;martes;8:00;120;4\n")
    refused = arraigo(tmp_path, "import", "slots", str(bad))
    assert refused.returncode == 1
    first, last = refused.stderr.splitlines()
    assert first.startswith("✗ line 3, column «oficio»: «x» is no one trade of ours")
    assert last == "arraigo: 1 rows are wrong, and nothing was stored: mend them, or add --skip-bad"
    done = arraigo(tmp_path, "import", "slots", str(bad), "--skip-bad")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "added: 1"
    missing = arraigo(tmp_path, "import", "slots", str(tmp_path / "no.csv"))
    assert (missing.returncode, len(missing.stderr.splitlines())) == (1, 1)
