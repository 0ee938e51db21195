"""What a person writes to the team, told in the topic of their case. Ordinary cases only, and never words of danger."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from bot.cases.desk import Desk
from bot.staffroom import topics
from bot.staffroom.place import Place, put
from db.tables import handoffs, staff_topics


def relay(connection: Connection, desk: Desk, contact_id: int, message_id: int, now: datetime) -> None:
    """Tell a stored message in the topics of the person's cases that somebody has. With a case of danger that is not
    closed, nothing is told: the words may be about that one.
    """
    if not (desk.telegram and desk.staff_chat):
        return
    mine = select(handoffs).where(handoffs.c.contact_id == contact_id, handoffs.c.state != "closed")
    cases = connection.execute(mine).all()
    if any(not topics.ordinary(case.reason, case.priority, case.topic, case.contact_id) for case in cases):
        return
    held = [case for case in cases if case.state == "claimed"]
    for case in held:
        known = select(staff_topics.c.id).where(staff_topics.c.handoff_id == case.id)
        if connection.scalar(known.where(staff_topics.c.chat == desk.staff_chat)) is None:
            continue
        place = Place(desk.staff_chat, case.id, "relay", message_id)
        reply = topics.words(desk, "dice", codigo=case.code)
        put(connection, desk, place, reply, now, conversation_id=case.conversation_id)
