"""What Rasa is judged on: writers that it has not seen, and the very examples that the local engine learns from."""

from __future__ import annotations

from pathlib import Path

import yaml

from nlu.model.examples import files, read
from nlu.training.rasa import split, write

PROJECT = Path(__file__).parents[3]


def test_no_writer_is_on_both_sides_and_every_fourth_is_left_out() -> None:
    examples = read()
    seen, unseen = split(examples)
    left_out = {one.writer for one in unseen}
    assert not left_out & {one.writer for one in seen}
    assert len(seen) + len(unseen) == len(examples)
    assert len(left_out) == len({one.writer for one in examples}) // 4


def test_what_is_written_for_rasa_is_what_we_read(tmp_path: Path) -> None:
    few = read()[::97]
    write(few, tmp_path)
    assert sorted(read(write(few, tmp_path))) == sorted(few)


def test_the_domain_names_the_intents_of_the_examples() -> None:
    domain = yaml.safe_load((PROJECT / "nlu/rasa/domain.yml").read_text("utf-8"))
    assert domain["intents"] == [path.stem for path in files()]
