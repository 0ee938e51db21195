"""500 people who want a person within a minute, ten of them in danger; and how long an alert of danger takes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import aiohttp
from sqlalchemy import select

from db.tables import outbox
from tests.whole.product import CRISIS, GROUP, WISH, Product

UNEASY = ("me siento muy mal, no aguanto", "no hay peligro", "sí, por favor")
"""What somebody says who denies a danger and wants a person: a case of the second priority."""
PEOPLE, CRISES, UNEASY_EVERY = 500, 10, 10
AT_ONCE = 8  # webhooks under way
ANA = 9001


@dataclass
class Cry:
    """One crisis: when its webhook had its 200, and which ordinary messages to the group waited then."""

    person: str
    acknowledged: float
    waiting: list[str]  # their outbox rows


@dataclass
class Flood:
    """What was sent, and when it was over."""

    people: list[str] = field(default_factory=list)
    cries: list[Cry] = field(default_factory=list)
    seconds: float = 0.0


async def flood(product: Product, people: int = PEOPLE, crises: int = CRISES) -> Flood:
    """Everybody writes as fast as the product takes it in; those in danger are spread over the middle third."""
    done, places = Flood(), asyncio.Semaphore(AT_ONCE)
    begun = asyncio.get_running_loop().time()
    every = people // 3 // crises
    danger = {people // 3 + every * number for number in range(crises)}

    async def one(number: int, session: aiohttp.ClientSession) -> None:
        person = product.person()
        done.people.append(person)
        said = (CRISIS,) if number in danger else UNEASY if number % UNEASY_EVERY == 0 else (WISH,)
        async with places:
            for text in said:
                at = await product.says(person, text, session=session)
            if number in danger:
                done.cries.append(Cry(person, at, await asyncio.to_thread(waiting, product)))

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        await asyncio.gather(*(one(number, session) for number in range(people)))
    done.seconds = asyncio.get_running_loop().time() - begun
    return done


def waiting(product: Product) -> list[str]:
    """The ordinary messages to the group that nobody has begun to send."""
    mine = select(outbox.c.id).where(outbox.c.channel == "telegram_staff", outbox.c.state == "pending")
    return [str(row["id"]) for row in product.rows(mine.where(outbox.c.priority > 1))]


async def delay(product: Product, cry: Cry, chat: int = GROUP) -> float:
    """Seconds from the 200 to the alert at Telegram; below 0 if it was there before."""
    code = product.case_of(cry.person)["code"]
    await product.shows(code, chat)
    came = zip(product.telegram.messages, product.telegram.came, strict=True)
    return next(at for message, at in came if message["chat_id"] == chat and code in message["text"]) - cry.acknowledged
