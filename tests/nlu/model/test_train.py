"""Training: the same data give the same model, and what it keeps gives the same answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from nlu.model.concepts import BadConcepts, Concepts, concept
from nlu.model.examples import FOLDER, BadExamples, Example, files, read
from nlu.model.features import LIMIT, features
from nlu.model.reader import Reader
from nlu.model.train import matrix, train
from nlu.model.weights import BadModel, Model, signs
from nlu.plain import PlainEngine
from nlu.text import spelled

NOTHING = Example("hola", "greet", "one")


def test_same_data_same_model_same_answer(few: Path, tmp_path: Path) -> None:
    first, second = train(read(few)), train(read(few))
    for path, model in ((tmp_path / "a", first), (tmp_path / "b", second)):
        with path.open("wb") as file:
            model.save(file)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    kept = Model.load(tmp_path / "a")
    assert kept.names == first.names
    assert dict(kept.vocabulary) == dict(first.vocabulary)
    said, again = Reader(first).read("ando buscando chamba"), Reader(kept).read("ando buscando chamba")
    assert said is not None
    assert again is not None
    assert np.allclose(said.logits, again.logits, atol=0.02)  # half precision
    assert said.danger == pytest.approx(again.danger, abs=0.02)
    assert first.names[int(said.logits.argmax())] == "find_job"


def test_half_precision_changes_no_answer(few: Path, tmp_path: Path) -> None:
    model = train(read(few))
    with (tmp_path / "m").open("wb") as file:
        model.save(file)
    read_by, read_again_by = Reader(model), Reader(Model.load(tmp_path / "m"))
    for example in read(few):
        said, again = read_by.read(example.text), read_again_by.read(example.text)
        if said is not None and again is not None:
            assert said.logits.argmax() == again.logits.argmax() or np.diff(np.sort(said.logits)[-2:])[0] < 0.02


def test_too_little_to_learn_from() -> None:
    with pytest.raises(BadExamples, match="writers"):
        train([NOTHING, NOTHING._replace(writer="two"), NOTHING._replace(intent="menu")])


def test_another_file_is_no_model(tmp_path: Path) -> None:
    for content in (b"", b"hello", b"PK\x03\x04"):
        (tmp_path / "m.npz").write_bytes(content)
        with pytest.raises(BadModel, match="delete it"):
            Model.load(tmp_path / "m.npz")
    with (tmp_path / "n.npz").open("wb") as file:
        np.savez(file, weights=np.zeros(3))
    with pytest.raises(BadModel):
        Model.load(tmp_path / "n.npz")


def test_the_training_data_are_sound(engine: PlainEngine) -> None:
    examples = read()
    assert {example.intent for example in examples} == set(engine.names) == {path.stem for path in files()}
    assert all(example.text and "\n" not in example.text for example in examples)
    labels: dict[str, set[str]] = {}
    for example in examples:
        labels.setdefault(example.text.casefold(), set()).add(example.intent)
    assert not [text for text, intents in labels.items() if len(intents) > 1]


def test_nothing_of_the_tests_is_trained_on() -> None:
    trained = {example.text.casefold() for example in read()}
    for name in ("others.tsv", "blind.tsv", "blind_idioms.tsv"):
        rows = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
        same = [row for row in rows if row.split("\t")[0].casefold() in trained]
        assert len(same) <= len(rows) / 20, same  # «stop», «hola hola»: there is only one way to say it


def test_a_file_that_is_no_training_data(tmp_path: Path) -> None:
    for content in (
        "",
        "nlu: 3",
        "nlu: [",
        yaml.safe_dump({"nlu": [{"intent": "greet", "examples": [{"text": "a"}]}]}),
    ):
        (tmp_path / "greet.yml").write_text(content, encoding="utf-8")
        with pytest.raises(BadExamples, match=r"greet\.yml"):
            read(tmp_path)


def test_features() -> None:
    words, pieces = features("Kiero chamba")
    assert {"= kiero", "= chanba", "= ~trabajo", "^ kiero", "kiero ~trabajo", "~trabajo $"} == set(words)
    assert {" k", "ki", "ro ", "chan"} <= set(pieces)
    assert features("") == features("¡!") == ({}, {})
    assert features("a" * 9) == features("a")
    assert features("ñandú " * 1_000)[0] == features(("ñandú " * 1_000)[:LIMIT])[0]


def test_asking_is_the_same_as_what_was_trained(few: Path) -> None:
    """The quick way of one message and the tables of training weigh the same features alike."""
    model = train(read(few))
    reader, texts = Reader(model), [*(example.text for example in read(few)[::7]), "kiero kiero chanba", "zzz qqq"]
    table = matrix([features(text) for text in texts], model.vocabulary, model.rarity) @ model.weights + model.bias
    for text, row in zip(texts, table, strict=True):
        said = reader.read(text)
        assert said is not None
        assert np.allclose(said.logits, row[:-1] / model.temperature, atol=1e-4)
        danger = float(signs(row[None, :], model.names, model.temperature)[0] @ model.judge)
        assert said.danger == pytest.approx(danger, abs=1e-3)


def test_concepts_go_by_sound_and_by_the_longest_beginning() -> None:
    groups = {"papel": ["certific*", "carton"], "otro": ["certificas*"]}
    concepts = Concepts(groups)
    assert [concepts.of(spelled(word)) for word in ("sertificado", "Cartón", "cartones")] == ["~papel", "~papel", None]
    assert concepts.of(spelled("certificaste")) == "~otro"
    assert concept(spelled("chamba")) == concept("job") == "~trabajo"
    for wrong in ({"a": ["uno"], "b": ["uno"]}, {"a": ["dos palabras"]}, {"a": ["¡!"]}):
        with pytest.raises(BadConcepts):
            Concepts(wrong)


def test_every_concept_is_used() -> None:
    known = {name for example in read(FOLDER) for name in features(example.text)[0] if name.startswith("= ~")}
    assert len(known) >= 60
