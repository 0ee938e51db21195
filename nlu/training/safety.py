"""Prints what the safety rules find: `python -m nlu.training.safety`, about ten seconds on one core.

A message of danger counts as found when any alarm is raised, clear or doubtful; every other message that raises one
counts as a false alarm. Messages are the labelled ones of `nlu/data/intents`, which are invented.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from nlu.model.examples import FOLDER, KINDS, Example, read, read_ordinary
from nlu.safety import Safety
from nlu.understanding import Alarm
from nlu.words import DATA

# Whoever wrote the rules has read the messages of danger of these writers; those of the others were only counted.
SEEN = frozenset(
    (
        "ana_belen",
        "ashley",
        "byron",
        "chepito",
        "don_chepe",
        "dona_chila",
        "gabriela",
        "jenny",
        "joselyn",
        "lupita",
        "marta",
        "mauricio",
        "mili",
        "nery",
        "rosibel",
        "sandra",
        "tere",
        "wilmer",
    )
)


class Judged(NamedTuple):
    """A labelled message and the gravest alarm that it raised."""

    example: Example
    alarm: Alarm | None


class Figures(NamedTuple):
    """Shares from 0 to 1, of so many messages."""

    recall: float
    right_kind: float
    dangers: int
    false: float
    others: int


def judge(safety: Safety, examples: Iterable[Example]) -> list[Judged]:
    """Every example with what the rules make of it."""
    return [Judged(example, safety.check(example.text)) for example in examples]


def figures(judged: Sequence[Judged]) -> Figures:
    """Recall over the messages of danger, false alarms over the others."""
    dangers = [one for one in judged if one.example.intent in KINDS]
    others = [one for one in judged if one.example.intent not in KINDS]
    found = [one for one in dangers if one.alarm]
    right = sum(one.alarm is not None and one.alarm.kind == one.example.intent for one in dangers)
    return Figures(
        _share(len(found), len(dangers)),
        _share(right, len(dangers)),
        len(dangers),
        _share(sum(one.alarm is not None for one in others), len(others)),
        len(others),
    )


def seen(judged: Sequence[Judged], *, whether: bool) -> list[Judged]:
    """The messages of the writers that whoever wrote the rules has read, or of the others."""
    return [one for one in judged if (one.example.writer in SEEN) is whether]


def harmless_alarms(safety: Safety) -> list[str]:
    """What raises an alarm in `ordinary.txt` and `idioms.tsv`, where nothing should."""
    sayings = [line.split("\t")[0] for line in (DATA / "idioms.tsv").read_text(encoding="utf-8").splitlines() if line]
    return [text for text in (*read_ordinary(), *sayings) if safety.check(text)]


def by_kind(judged: Sequence[Judged]) -> None:
    """Recall of each kind, and of which sub-kinds the alarms were."""
    for kind in KINDS:
        mine = [one for one in judged if one.example.intent == kind]
        subs = Counter((one.alarm.sub or "-", one.alarm.certain) for one in mine if one.alarm)
        told = ", ".join(f"{sub}{'' if sure else '?'} {count}" for (sub, sure), count in subs.most_common())
        print(f"  {kind}: {_line(figures(mine))}; {told}")


def by_writer(judged: Sequence[Judged]) -> None:
    """Recall of each kind and false alarms, a line a writer."""
    for writer in sorted({one.example.writer for one in judged}):
        mine = [one for one in judged if one.example.writer == writer]
        shares = (figures([one for one in mine if one.example.intent == kind]) for kind in KINDS)
        told = ", ".join(f"{kind} {one.recall:.2f} of {one.dangers}" for kind, one in zip(KINDS, shares, strict=True))
        mark = "seen" if writer in SEEN else "unseen"
        print(f"  {writer} ({mark}): {told}, false {figures(mine).false:.4f} of {figures(mine).others}")


def by_line(safety: Safety, examples: Sequence[Example]) -> None:
    """What each line of the data finds, the least useful last."""
    good: Counter[str] = Counter()
    bad: Counter[str] = Counter()
    for example in examples:
        (good if example.intent in KINDS else bad).update({alarm.why for alarm in safety.alarms(example.text)})
    for rule in sorted(safety.rules, key=lambda rule: bad[rule.pattern] - good[rule.pattern]):
        print(f"  found {good[rule.pattern]}, false {bad[rule.pattern]}: {rule.pattern}")


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=FOLDER, help="folder of Rasa YAML, one file an intent")
    parser.add_argument("--lines", action="store_true", help="what each line of the rules finds as well")
    arguments = parser.parse_args()
    safety, examples = Safety.read(), read(arguments.data)
    judged = judge(safety, examples)
    for name, whether in (("seen", True), ("unseen", False)):
        part = seen(judged, whether=whether)
        print(f"{name} writers: {_line(figures(part))}, false {figures(part).false:.4f} of {figures(part).others}")
        by_kind(part)
    false = Counter(one.example.intent for one in judged if one.alarm and one.example.intent not in KINDS)
    print("false alarms by intent:", ", ".join(f"{intent} {count}" for intent, count in false.most_common()) or "none")
    print(f"alarms in ordinary.txt and idioms.tsv: {len(harmless_alarms(safety))}")
    print("writers:")
    by_writer(judged)
    if arguments.lines:
        print("lines:")
        by_line(safety, examples)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _line(one: Figures) -> str:
    return f"found {one.recall:.3f} of {one.dangers}, of the right kind {one.right_kind:.3f}"


if __name__ == "__main__":
    main()
