"""Trades as people choose and name them: from the list, by any of their names, or by what tells two of them apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flows.core.reply import Option
from flows.core.said import Said
from flows.core.turn import Turn
from flows.store import country, world
from nlu.text import normalise

LEAST: Final = 4  # letters of a part of a title
AMONG: Final = "entre"  # the answer that holds the trades among which one is to be chosen
SEVERAL: Final = "varios"
CLOSE: Final = 0.02  # two names that are as likely as that are asked about


def work(turn: Turn, trade: str) -> str:
    """What a trade does, in a word or three: «Albañilería»."""
    shorts = turn.copy.heading("diagnostico", "oficio")["cortos"]
    return str(shorts.get(trade, trade))


def every(turn: Turn) -> Sequence[Option]:
    """The trades by what they do; how the person's country calls who does it stands below."""
    here = country(turn)
    return [
        Option(slug, work(turn, slug), trade.names[here][0] if here in trade.names else "")
        for slug, trade in world(turn).trades.items()
    ]


def named(turn: Turn, said: Said) -> str | None:
    """A trade by any of its names; several that are equally likely are kept under `AMONG` and asked about."""
    found = world(turn).trade_names.find(said.text)
    if not found:
        return None
    best = list(dict.fromkeys(trade.slug for trade in found if trade.score >= found[0].score - CLOSE))
    turn.answers[AMONG] = "|".join(best)
    return best[0] if len(best) == 1 else SEVERAL


def left_half_way(turn: Turn, flow: str) -> str:
    """The trade of a booking that was left on the way; "" where none was, or trades were named just now."""
    left = next((frame.answers for frame in turn.session.paused if frame.flow == flow), {})
    known = AMONG not in turn.answers and left.get("oficio", "") in world(turn).trades
    return left["oficio"] if known else ""


def likely(turn: Turn) -> Sequence[Option]:
    """Those among which one is to be chosen."""
    slugs = turn.answers.get(AMONG, "").split("|")
    return [option for option in every(turn) if option.id in slugs]


def part_of_title(turn: Turn, said: Said) -> str | None:
    """«De casas», «industrial»: what tells one of them from the others."""
    meant = [option.id for option in likely(turn) if normalise(said.text) in normalise(option.title)]
    return meant[0] if len(meant) == 1 and len(normalise(said.text)) >= LEAST else None
