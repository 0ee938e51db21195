"""`python -m tests.golden [--write]`: is the document still what the bot says? With the switch: write it anew."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.golden.document import PAGE, page
from tests.golden.talks import chapters, play_all


def main(arguments: list[str]) -> int:
    """0 if nothing differs, or it was written."""
    with TemporaryDirectory() as folder:
        now = page(play_all(Path(folder), chapters()))
    before = PAGE.read_text("utf-8") if PAGE.exists() else ""
    if "--write" in arguments:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(now, encoding="utf-8")
        return 0
    sys.stdout.writelines(difflib.unified_diff(before.splitlines(True), now.splitlines(True), "before", "now"))
    return int(before != now)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
