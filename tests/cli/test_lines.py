"""`arraigo lines` as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.test_commands import arraigo


def test_lines_are_listed_and_only_somebody_of_the_panel_signs_them(tmp_path: Path) -> None:
    listed = json.loads(arraigo(tmp_path, "lines", "list").stdout)
    (women,) = [line for line in listed if (line["country"], line["number"]) == ("SV", "126")]
    assert women["signed_at"] is None
    assert not [line for line in listed if line["number"] == "1503"]  # its source is not to be trusted
    nobody = arraigo(tmp_path, "lines", "sign", "SV", "126", "--by", "nadie@example.org")
    assert (nobody.returncode, len(nobody.stderr.splitlines())) == (1, 1)
    unknown = arraigo(tmp_path, "lines", "withdraw", "SV", "999")
    assert (unknown.returncode, len(unknown.stderr.splitlines())) == (1, 1)
