"""The engine that understands messages in this process: rules, and the model trained on the examples."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from pathlib import Path

import structlog

from nlu.model.cache import TrainingFailed, is_trained, load_or_train
from nlu.model.engine import LocalEngine
from nlu.model.examples import FOLDER, BadExamples
from nlu.plain import PlainEngine
from nlu.understanding import Engine, Understanding

log = structlog.get_logger()


class Local:
    """An `nlu.understanding.Engine` whose model is loaded, and trained where it is missing, when it is first needed.

    Commands that understand nothing do not wait for it. Where the model cannot be trained, the rules answer alone.
    """

    def __init__(self, models: Path, learned: Path, rules: PlainEngine) -> None:
        """`models`: the folder in which the model is kept; `learned`: examples of our own, which need not be there."""
        self._models, self._folders, self._rules = models, (FOLDER, learned), rules

    @cached_property
    def engine(self) -> Engine:
        """What answers."""
        try:
            if not is_trained(self._models, *self._folders):
                log.info("learning_to_understand", note="once, for about half a minute")
            return LocalEngine(load_or_train(self._models, *self._folders), self._rules)
        except (BadExamples, TrainingFailed, OSError):
            log.exception("nlu_by_rules_alone")
            return self._rules

    @property
    def by_rules_alone(self) -> bool:
        """Whether there is no model."""
        return self.engine is self._rules

    def parse(self, text: str, *, country: str | None = None, now: datetime) -> Understanding:
        """Understand one message of any length."""
        return self.engine.parse(text, country=country, now=now)
