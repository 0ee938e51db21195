"""One page with every screen, for people who review the words: no conversation has to be run."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from flows.core.check import PARTS
from flows.core.copy import COMMON, Copy
from flows.core.step import Flow, Step

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_STYLE: Final = """
body{font:16px/1.45 system-ui,sans-serif;margin:0 auto;max-width:44rem;padding:1rem;background:#f3f1ea;color:#20302a}
h2{margin-top:2.5rem;border-bottom:2px solid #2f6b4f}h3{font:600 .8rem monospace;color:#5b6b63;margin:1.4rem 0 .3rem}
.m{background:#fff;border-radius:1rem 1rem 1rem .25rem;padding:.7rem 1rem;white-space:pre-wrap;margin:.3rem 0}
.b{display:inline-block;border:1px solid #2f6b4f;color:#2f6b4f;border-radius:1rem;padding:.25rem .8rem;margin:.2rem}
mark{background:#fbe7b2;border-radius:.3rem;padding:0 .2rem}small{color:#5b6b63}
"""


def page(flows: Mapping[str, Flow], copy: Copy, title: str) -> str:
    """The page as HTML, without scripts; what is filled in is marked with its name."""
    body = "".join(_flow(flow, copy) for flow in flows.values())
    common = "".join(
        _message(f"{COMMON}.{key}", text) for key, text in copy.texts.get(COMMON, {}).items() if isinstance(text, str)
    )
    return (
        f'<!doctype html><html lang="es"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{html.escape(title)}</h1>{body}<h2>{COMMON}</h2>{common}</html>"
    )


def _flow(flow: Flow, copy: Copy) -> str:
    screens = "".join(part for step in flow.steps.values() for part in _step(step, copy))
    return f"<h2>{html.escape(flow.name)}</h2>{screens}"


def _step(step: Step[Any], copy: Copy) -> Iterator[str]:
    heading = copy.heading(step.flow.name, step.copy)
    if step.copy != step.name and step is not _first_of(step):
        return  # made from data: the words are shown once, the data has its own review
    for key, text in heading.items():
        if key not in PARTS and isinstance(text, str):
            yield _message(f"{step.flow.name}.{step.copy}.{key}", text)
    titles = heading.get("botones", {})
    if titles:
        yield (
            "<div>" + "".join(f'<span class="b">{html.escape(title)}</span>' for title in titles.values()) + "</div>"
        )


def _first_of(step: Step[Any]) -> Step[Any]:
    return next(other for other in step.flow.steps.values() if other.copy == step.copy)


def _message(key: str, text: str) -> str:
    marked = _PLACEHOLDER.sub(r"<mark>\1</mark>", html.escape(text.strip()))
    return f'<h3>{html.escape(key)}</h3><div class="m">{marked}</div>'
