"""What the tests of the local engine share: the real model, trained once and kept in `var`, and a small folder."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from nlu.model.cache import CACHE, load_or_train
from nlu.model.engine import LocalEngine
from nlu.model.examples import FOLDER
from nlu.model.weights import Model
from nlu.plain import PlainEngine

PROJECT = Path(__file__).parents[3]
FEW = ("greet", "find_job", "self_harm", "out_of_scope")


@pytest.fixture(scope="session")
def model() -> Model:
    return load_or_train(PROJECT / CACHE)


@pytest.fixture(scope="session")
def local(model: Model, engine: PlainEngine) -> LocalEngine:
    return LocalEngine(model, engine)


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A folder of training data small enough to be learnt in a moment: every third example of four intents."""
    folder = tmp_path / "intents"
    folder.mkdir()
    for name in FEW:
        content = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
        content["nlu"][0]["examples"] = content["nlu"][0]["examples"][::3]
        (folder / f"{name}.yml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return folder
