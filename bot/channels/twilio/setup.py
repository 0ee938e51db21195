"""Is the Twilio account ready? What `arraigo channels setup` tells the operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.channels.base import OperatorNeeded, SendError
from bot.channels.twilio.client import TwilioClient

_SANDBOX = "whatsapp:+14155238886"  # https://www.twilio.com/docs/whatsapp/sandbox
_MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked: all right or not, and what to do."""

    ok: bool
    text: str


async def verify(client: TwilioClient, sender: str) -> list[Finding]:
    """Look at the account, then at the sender."""
    try:
        account = await client.get("api", f"{client.account_path}.json")
    except SendError as error:
        return [_failed("account", error)]
    findings = _account(account)
    try:
        find = _whatsapp_sender if sender.startswith("whatsapp:") else _sms_sender
        findings.append(await find(client, sender))
    except SendError as error:
        findings.append(_failed("sender", error))
    return findings


def _account(account: dict[str, Any]) -> list[Finding]:
    status = account.get("status")
    if status != "active":
        return [Finding(False, f"The Twilio account is {status}: settle it in Twilio's console.")]
    findings = [Finding(True, "The Twilio account is active and the credentials are right.")]
    if account.get("type") == "Trial":
        findings.append(Finding(False, "It is a trial account: it reaches verified numbers only. Upgrade it."))
    return findings


async def _whatsapp_sender(client: TwilioClient, sender: str) -> Finding:
    """https://www.twilio.com/docs/whatsapp/api/senders"""
    if sender == _SANDBOX:
        return Finding(False, "This is Twilio's sandbox: it reaches only people who joined it. Fine for a trial.")
    query = {"Channel": "whatsapp", "PageSize": "100"}
    for page in range(_MOST_PAGES):
        answer = await client.get("messaging", "/v2/Channels/Senders", query | {"Page": str(page)})
        for row in answer.get("senders") or ():
            if row.get("sender_id") == sender:
                return _sender_status(str(row.get("status")))
        if not (answer.get("meta") or {}).get("next_page_url"):
            break
    return Finding(False, "This account has no such WhatsApp sender: check ARRAIGO_TWILIO_WHATSAPP_FROM.")


def _sender_status(status: str) -> Finding:
    if status.startswith("ONLINE"):
        return Finding(True, "The WhatsApp sender is online.")
    return Finding(False, f"The WhatsApp sender is {status}: see Messaging > Senders in Twilio's console.")


async def _sms_sender(client: TwilioClient, sender: str) -> Finding:
    path = f"{client.account_path}/IncomingPhoneNumbers.json"
    answer = await client.get("api", path, {"PhoneNumber": sender})
    for row in answer.get("incoming_phone_numbers") or ():
        if row.get("phone_number") == sender:
            able = bool((row.get("capabilities") or {}).get("sms"))
            return Finding(able, f"The SMS number is ours and {'can' if able else 'cannot'} send messages.")
    return Finding(False, "This account has no such number: check ARRAIGO_TWILIO_SMS_FROM.")


def _failed(what: str, error: SendError) -> Finding:
    if isinstance(error, OperatorNeeded):
        return Finding(
            False,
            f"Twilio refused to show the {what} (code {error.code}): check ARRAIGO_TWILIO_ACCOUNT_SID and "
            "ARRAIGO_TWILIO_AUTH_TOKEN.",
        )
    return Finding(False, f"Twilio could not be asked about the {what} ({error.code}): try again.")
