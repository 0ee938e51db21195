"""Asks for a password, with the count of failures around it: at the login, and before what matters."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import RowMapping

from bot.panel import accounts, attempts
from bot.panel.attempts import Counted
from bot.panel.visit import Visit
from bot.web.webchat import caller


@dataclass(frozen=True, slots=True)
class Proof:
    """`wait`: minutes before the next try is taken; 0 where this one was. `user`: whose password it was."""

    wait: int = 0
    user: RowMapping | None = None


async def prove(visit: Visit, email: str, password: str) -> Proof:
    """Judge one try. The same work and the same answer whether there is such an account or not."""
    hasher, now = visit.services.deps.hasher, visit.now
    account, address = Counted.account(hasher, email), Counted.address(hasher, caller(visit.request.scope))
    wait, user = await visit.write(lambda c: (attempts.take(c, (account, address), now), accounts.by_email(c, email)))
    if wait:
        return Proof(wait)
    kept = user["password_hash"] if user is not None and user["active"] else None
    if not await visit.services.passwords.is_right(kept, password):
        return Proof()
    await visit.write(lambda c: attempts.judged_right(c, account, address))
    return Proof(user=user)
