"""Keeps under pseudonym what was not understood, so that somebody can teach it: docs/adr/0010.

Nothing of who agreed to nothing, of children, of anybody in danger or in care, of who stops or erases, and nothing
that is long: a story is no wish.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, bindparam
from sqlalchemy.dialects import postgresql, sqlite

from bot.inbox.deps import Deps
from bot.inbox.record import Record
from db.prepared import Prepared
from db.tables import misses
from flows.core.session import Frame, Session
from flows.core.turn import Turn
from flows.quise_decir import flow as quise_decir
from flows.store import UNDER_18
from nlu.pseudonyms import pseudonymised
from nlu.text import normalise
from nlu.understanding import Understanding

WORDS: Final = "miss"
LONGEST: Final = 200  # characters
IN_A_ROW: Final = 3  # of one conversation: a flood teaches nothing
PRIVATE_FLOWS: Final = frozenset(
    {"crisis", "contacto", "seguimiento", "baja", "borrar", "otra_persona", "menor", "apoyo", "codigo"}
)
PRIVATE: Final = frozenset({"self_harm", "report_violence", "psychosocial_support"})
PERHAPS: Final = 0.15  # of one of those, from which the words may be about it

_COLUMNS: Final = (
    *("created_at", "contact_id", "kind", "words_enc", "fingerprint"),
    *("language", "country", "asked", "intent", "confidence"),
)
_VALUES: Final[dict[str, Any]] = {name: bindparam(f"of_{name}") for name in _COLUMNS}
_KEEP: Final = {
    name: Prepared(dialect.insert(misses).values(_VALUES).on_conflict_do_nothing())
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def keep(connection: Connection, turn: Turn, record: Record, deps: Deps, *, human: bool) -> None:
    """Keep what this turn missed, if it missed anything that may be kept; the same words of one person once."""
    missed = turn.missed
    if missed is None or human or not _may_be_kept(turn, missed, record):
        return
    words = pseudonymised(missed.text.strip())
    plain = normalise(words)
    if not plain or len(missed.text) > LONGEST:
        return
    values = {
        "created_at": turn.now,
        "contact_id": record.contact_id,
        "kind": "unclear" if missed is turn.said.understanding else "undone",
        "words_enc": deps.cipher.seal(words, WORDS),
        "fingerprint": deps.hasher.of(WORDS, plain),
        "language": missed.language,
        "country": record.person.country or record.person.phone_country or None,
        "asked": _asked(turn.session),
        "intent": missed.intent.name,
        "confidence": missed.intent.confidence,
    }
    _KEEP[connection.dialect.name].run(connection, **{f"of_{name}": value for name, value in values.items()})


def _may_be_kept(turn: Turn, missed: Understanding, record: Record) -> bool:
    person, session = record.person, turn.session
    if not person.kept or person.opted_out or person.age_band == UNDER_18 or record.conversation_id is None:
        return False
    if session.misses > IN_A_ROW or any(map(_is_private, session.stack)):
        return False
    heard = [understanding for understanding in (missed, turn.said.understanding) if understanding]
    return not any(understanding.alarm or _about_care(understanding) for understanding in heard)


def _is_private(frame: Frame) -> bool:
    return frame.flow in PRIVATE_FLOWS or frame.answers.get("topic") in PRIVATE_FLOWS


def _about_care(understanding: Understanding) -> bool:
    return understanding.intent.name in PRIVATE or any(
        intent.name in PRIVATE and intent.confidence >= PERHAPS for intent in understanding.intents
    )


def _asked(session: Session) -> str:
    """The question that the words were said to: below the offer of other readings, if that is what followed."""
    stack = [frame for frame in session.stack if frame.flow != quise_decir.name]
    return f"{stack[-1].flow}.{stack[-1].step}" if stack else ""
