"""A bot for every property, and its failures told in full."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def failures() -> Iterator[None]:
    """Nothing may fail and be apologised for: what was logged is shown, with its traceback."""
    with structlog.testing.capture_logs(processors=[structlog.processors.format_exc_info]) as logged:
        yield
    assert [entry for entry in logged if entry["log_level"] == "error"] == []
