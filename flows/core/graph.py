"""The graph of a flow, read from the code: which step leads where, without running anything."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flows.core.ask import Call
from flows.core.step import Flow, Step

RESTS, ENDS, TAKES_UP = "(espera)", "(fin)", "(retoma)"


@dataclass(frozen=True, slots=True)
class Edge:
    """From a heading to a heading of the same flow, or to `→ flow`, or to one of the ends above."""

    start: str
    end: str


def edges(flow: Flow) -> set[Edge]:
    """Every way out of every step, as its `return` statements say; steps made from data by their heading."""
    found = set()
    for step in flow.steps.values():
        if isinstance(step.ask, Call):
            found.add(Edge(step.copy, f"→ {step.ask.flow}"))
        for end in _ends(flow, step):
            found.add(Edge(step.copy, end))
    return found


def is_unclear(step: Step[Any]) -> bool:
    """Whether the step's function itself says that an answer cannot be used."""
    raised = [node.exc for node in ast.walk(tree(step)) if isinstance(node, ast.Raise)]
    return any(isinstance(name, ast.Name) and name.id == "Unclear" for exc in raised if exc for name in ast.walk(exc))


def _ends(flow: Flow, step: Step[Any]) -> Iterator[str]:
    names = {inner.name: inner.copy for inner in flow.steps.values()}
    for node in ast.walk(tree(step)):
        if isinstance(node, ast.Return) and node.value is not None:
            yield from _targets(node.value, flow, names)


def tree(step: Step[Any]) -> ast.AST:
    """The code of a step."""
    return ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(step.then))))


def _targets(value: ast.expr, flow: Flow, names: Mapping[str, str]) -> Iterator[str]:
    match value:
        case ast.Name(id="END"):
            yield ENDS
        case ast.Name(id="STOP"):
            yield RESTS
        case ast.Name(id=name) if name in names:
            yield names[name]
        case ast.Call(func=ast.Name(id="Jump"), args=[ast.Constant(value=str(target)), *_]):
            yield f"→ {target}"
        case ast.Call(func=ast.Name(id="Done")):
            yield ENDS
        case ast.Call(func=ast.Name(id="TakeUp")):
            yield TAKES_UP
        case ast.Subscript(value=ast.Attribute(attr="steps")):
            yield from {step.copy for step in flow.steps.values() if step.copy != step.name}
        case _:
            yield from _inner(value, flow, names)


def _inner(value: ast.expr, flow: Flow, names: Mapping[str, str]) -> Iterator[str]:
    """Conditional expressions, look-ups in a dictionary of steps, calls of helpers that settle it."""
    for child in ast.iter_child_nodes(value):
        if isinstance(child, ast.expr):
            yield from _targets(child, flow, names)


def unreachable(flow: Flow, more: set[Edge] | None = None) -> set[str]:
    """Headings that no way from the start leads to."""
    known = edges(flow) | (more or set())
    seen, waiting = {flow.start.copy}, deque([flow.start.copy])
    while waiting:
        here = waiting.popleft()
        for edge in known:
            if edge.start == here and edge.end not in seen:
                seen.add(edge.end)
                waiting.append(edge.end)
    return {step.copy for step in flow.steps.values()} - seen


def mermaid(flow: Flow) -> str:
    """The flow as a Mermaid flowchart (https://mermaid.js.org): questions are boxes, gates are diamonds."""
    lines = ["flowchart TD"]
    for heading in dict.fromkeys(step.copy for step in flow.steps.values()):
        step = next(step for step in flow.steps.values() if step.copy == heading)
        opening, closing = ("{", "}") if step.ask is None else ("[", "]")
        lines.append(f'    {heading}{opening}"{heading}"{closing}')
    for edge in sorted(edges(flow), key=lambda edge: (edge.start, edge.end)):
        lines.append(f"    {edge.start} --> {_node(edge.end)}")
    return "\n".join(lines) + "\n"


def _node(end: str) -> str:
    if end.startswith("→ "):
        return f'to_{end[2:]}(["{end}"])'
    if end.startswith("("):
        return f'{ {RESTS: "rests", ENDS: "ends", TAKES_UP: "takes_up"}[end] }(("{end[1:-1]}"))'
    return end
