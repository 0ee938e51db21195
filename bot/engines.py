"""The engine that understands messages in this process: rules, and the model trained on the examples."""

from __future__ import annotations

from pathlib import Path

import structlog

from nlu.model.cache import TrainingFailed, is_trained, load_or_train
from nlu.model.engine import LocalEngine
from nlu.model.examples import FOLDER, LEARNED, BadExamples
from nlu.plain import PlainEngine
from nlu.understanding import Engine

log = structlog.get_logger()


def local(models: Path, rules: PlainEngine) -> Engine:
    """Rules and model, trained first where `models` does not hold it; the rules alone where that cannot be done."""
    folders = (FOLDER, models / LEARNED)
    try:
        if not is_trained(models, *folders):
            log.info("learning_to_understand", note="once, for about half a minute")
        return LocalEngine(load_or_train(models, *folders), rules)
    except (BadExamples, TrainingFailed, OSError):
        log.exception("nlu_by_rules_alone")
        return rules
