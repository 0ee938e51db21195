"""Files that people sent: fetched from Twilio with a cap, and deleted there afterwards.

https://www.twilio.com/docs/messaging/api/media-resource: the URL asks for our credentials and redirects to a
signed address elsewhere, which must not see them.
"""

from __future__ import annotations

import re

import aiohttp
from yarl import URL

from bot.channels.base import READABLE, Media, MediaGone, Retry, SendError
from bot.channels.twilio.client import TwilioClient

_CHUNK = 64 * 1024  # bytes
_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=5, sock_read=15)  # seconds
_HOPS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_RESOURCE = re.compile(
    r"(/2010-04-01/Accounts/AC[0-9a-fA-F]{32}/Messages/(?:SM|MM)[0-9a-fA-F]{32}/Media/ME[0-9a-fA-F]{32})(?:\.json)?"
)


async def fetch(client: TwilioClient, media: Media, at_most: int) -> tuple[bytes, str]:
    """Content and MIME type of a file of at most so many bytes. Raises `MediaGone` (final) or `Retry`."""
    try:
        url = client.rebase(URL(media.source, encoded=True))
        trusted = client.trusts(url)
    except ValueError:
        trusted = False
    if not trusted:
        raise MediaGone("address")
    try:
        return await _follow(client, url, media.mime, at_most)
    except TimeoutError:
        raise Retry("timeout") from None
    except (aiohttp.ClientError, OSError, ValueError):
        raise Retry("connection") from None


async def delete(client: TwilioClient, media: Media) -> None:
    """Delete a file at Twilio, once we have it. One that is gone already is fine. Raises `SendError`."""
    try:
        path = URL(media.source, encoded=True).raw_path
    except ValueError:
        return
    if not (resource := _RESOURCE.fullmatch(path)):
        return
    try:
        await client.delete("api", f"{resource[1]}.json")
    except SendError as error:
        if error.code not in ("20404", "404"):
            raise


async def _follow(client: TwilioClient, url: URL, mime: str, at_most: int) -> tuple[bytes, str]:
    secure = url.scheme == "https"
    for _ in range(_HOPS + 1):
        async with client.session().get(
            url, headers=client.headers(url), allow_redirects=False, timeout=_TIMEOUT
        ) as answer:
            if answer.status not in _REDIRECTS:
                return await _read(answer, mime, at_most)
            url = url.join(URL(answer.headers.get("Location", ""), encoded=True))
            if secure and url.scheme != "https":
                raise MediaGone("redirect")
    raise MediaGone("redirect")


async def _read(answer: aiohttp.ClientResponse, mime: str, at_most: int) -> tuple[bytes, str]:
    if answer.status in (401, 403, 408, 425, 429) or answer.status >= 500:
        raise Retry(str(answer.status))
    if answer.status != 200:
        raise MediaGone(str(answer.status))
    kind = _mime(answer.headers.get("Content-Type", ""), mime)
    if (answer.content_length or 0) > at_most:
        raise MediaGone("size")
    content = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > at_most:
            raise MediaGone("size")
    return bytes(content), kind


def _mime(served: str, announced: str) -> str:
    """The served type, else the announced one; MediaGone if we keep no such files."""
    kind = served.partition(";")[0].strip().lower()
    if kind in ("", "application/octet-stream", "binary/octet-stream"):
        kind = announced.partition(";")[0].strip().lower()
    if not kind.startswith(READABLE):
        raise MediaGone("type")
    return kind
