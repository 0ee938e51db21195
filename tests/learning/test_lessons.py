"""From a message that was not understood to an example that the engine learns from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.learning import kept, lessons, sheet
from bot.learning.kept import Miss
from nlu.evaluation import Row
from nlu.model import learned
from nlu.model.examples import Example, read
from tests.nlu.test_guard import Told

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROWS = [Row("chamba", "find_job")]


def miss(id_: int, words: str, label: str = "") -> Miss:
    return Miss(id_, NOW, "unclear", words, "es", "SV", "menu.que_hacer", "out_of_scope", 0.3, label)


def test_groups_are_known_by_their_first_and_the_largest_comes_first() -> None:
    found = kept.grouped([miss(3, "el cupón"), miss(5, "lo del bono escolar"), miss(8, "lo del vono escolar")])
    assert [group.ids for group in found] == [(5, 8), (3,)]


# --- learned files -------------------------------------------------------------------------------------


def test_what_is_learned_is_read_beside_the_shipped_data(tmp_path: Path) -> None:
    first = [Example("¿hay bono: escolar?", "emergency_aid", "uso"), Example("el cupón", "training", "uso")]
    learned.append(tmp_path, first)
    learned.append(tmp_path, [Example("vono", "emergency_aid", "uso")])
    assert {path.name for path in tmp_path.iterdir()} == {"emergency_aid.yml", "training.yml"}
    assert sorted(learned.read(tmp_path)) == sorted([*first, Example("vono", "emergency_aid", "uso")])
    assert len(read(more := tmp_path)) == 3 == len(read(lessons_folder(), more)) - len(read())


def lessons_folder() -> Path:
    from nlu.model.examples import FOLDER

    return FOLDER


def test_a_folder_that_is_not_there_teaches_nothing(tmp_path: Path) -> None:
    assert learned.read(tmp_path / "none") == []
    assert read(lessons_folder(), tmp_path / "none") == read()


# --- candidates ----------------------------------------------------------------------------------------


def taught(good: bool) -> lessons.Taught:
    """An engine that gets worse by what it is taught, or does not."""
    return lambda folders: Told({"chamba": "find_job" if good or len(folders) == 1 else "menu"}, set())


def test_a_candidate_is_taught_once_and_without_marks(tmp_path: Path) -> None:
    learned.append(tmp_path, [Example("bono escolar", "emergency_aid", "uso")])
    candidates = [
        *(miss(1, "me llamo ⟨nombre⟩ y el cupón", "training"), miss(2, "Bono, escolar", "emergency_aid")),
        *(miss(3, "me llamo y el cupón!", "training"), miss(4, "⟨teléfono⟩", "training")),
    ]
    lesson = lessons.prepare(candidates, tmp_path, taught(good=True), ROWS, NOW)
    assert lesson is not None
    assert lesson.examples == (Example("me llamo y el cupón", "training", "uso"),)
    assert (lesson.known, lesson.comparison.holds) == (3, True)
    assert len(learned.read(tmp_path)) == 1  # not before it is accepted


def test_a_lesson_that_does_harm_is_seen(tmp_path: Path) -> None:
    lesson = lessons.prepare([miss(1, "el cupón", "training")], tmp_path, taught(good=False), ROWS, NOW)
    assert lesson is not None
    assert not lesson.comparison.holds


def test_nothing_new_is_no_lesson(tmp_path: Path) -> None:
    assert lessons.prepare([], tmp_path, taught(good=True), ROWS, NOW) is None


# --- the table -----------------------------------------------------------------------------------------


def test_there_and_back(tmp_path: Path) -> None:
    path = tmp_path / "misses.tsv"
    groups = kept.grouped([miss(1, "el\tcupón\nde ayer"), miss(2, "la beca", "training"), miss(3, "nada")])
    sheet.write(path, groups, lambda words: "menu 0.50")
    assert path.stat().st_mode & 0o077 == 0
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[1] == "1\t1\tmenu 0.50\t\tel cupón de ayer"
    path.write_text("\n".join([lines[0], lines[1].replace("\t\t", "\t-\t"), *lines[2:]]), encoding="utf-8")
    assert sheet.read(path, {"training"}) == [sheet.Verdict(1, "-"), sheet.Verdict(2, "training")]


@pytest.mark.parametrize("row", ["1\t1\tmenu\tno_such\tsecreto", "x\t1\tmenu\ttraining\tsecreto", "1\ttraining"])
def test_a_bad_row_is_named_and_not_quoted(tmp_path: Path, row: str) -> None:
    path = tmp_path / "misses.tsv"
    path.write_text("\t".join(sheet.HEAD) + f"\n{row}\n", encoding="utf-8")
    with pytest.raises(sheet.BadSheet, match="line 2") as caught:
        sheet.read(path, {"training"})
    assert "secreto" not in str(caught.value)
