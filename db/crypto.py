"""Seals personal data (AES-256-GCM) with keys that turn, and makes keyed hashes to find it by."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_KEY_ID, _NONCE, _TAG = 4, 12, 16  # bytes
HEADER = len(_VERSION) + _KEY_ID


class BadKey(ValueError):
    """A key is not 32 bytes in base64url: make one with `new_key()`."""


class CannotOpen(Exception):
    """A token was sealed with another key or for another use, or was changed or cut short."""


def new_key() -> str:
    """A fresh key: 32 random bytes in base64url, without padding."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")


def read_key(key: str) -> bytes:
    """The 32 bytes of a key, padded or not. Raises `BadKey`, which never shows the key."""
    try:
        plain = base64.b64decode(key.strip().rstrip("=") + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        plain = b""
    if len(plain) != 32:
        raise BadKey("a key is 32 bytes in base64url (43 characters): make one with db.crypto.new_key()")
    return plain


def _id_of(key: bytes) -> bytes:
    return hmac.digest(key, b"arraigo key id", hashlib.sha256)[:_KEY_ID]


class Cipher:
    """Seals and opens with a list of keys, newest first: the first seals, each opens what it sealed.

    A token is: version (1 byte), key id (4), nonce (12), ciphertext and tag (16). The context (which column
    it is for) is authenticated and not kept: a token moved to another column does not open. Nonces are
    random: turn the key before it has sealed 2**32 tokens (NIST SP 800-38D, section 8.3).
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise BadKey("a cipher needs one key at least: make one with db.crypto.new_key()")
        plain = [read_key(key) for key in keys]
        self._keys = {_VERSION + _id_of(key): AESGCM(key) for key in reversed(plain)}
        self.header = _VERSION + _id_of(plain[0])  # how every token of the newest key begins
        self._newest = self._keys[self.header]

    def seal(self, text: str | bytes, context: str) -> bytes:
        """Encrypt a text for one use."""
        plain = text.encode() if isinstance(text, str) else text
        nonce = os.urandom(_NONCE)
        return self.header + nonce + self._newest.encrypt(nonce, plain, self.header + context.encode())

    def open_bytes(self, token: bytes, context: str) -> bytes:
        """What was sealed for this use. Raises `CannotOpen`."""
        token = bytes(token)
        header = token[:HEADER]
        if header[:1] != _VERSION or len(token) < HEADER + _NONCE + _TAG:
            raise CannotOpen("this is no token of ours, or it was cut short")
        key = self._keys.get(header)
        if key is None:
            raise CannotOpen(
                f"sealed with key {header[1:].hex()}, which is not among the keys given: "
                "add the older key after the newest one"
            )
        try:
            end = HEADER + _NONCE
            return key.decrypt(token[HEADER:end], token[end:], header + context.encode())
        except InvalidTag:
            raise CannotOpen(f"it was changed, or it was not sealed as «{context}»") from None

    def open(self, token: bytes, context: str) -> str:
        """The text that was sealed for this use. Raises `CannotOpen`."""
        return self.open_bytes(token, context).decode()

    def needs_turning(self, token: bytes) -> bool:
        """Whether an older key sealed it."""
        return bytes(token[:HEADER]) != self.header

    def turn(self, token: bytes, context: str) -> bytes:
        """The same content, sealed with the newest key. Raises `CannotOpen`."""
        return self.seal(self.open_bytes(token, context), context)


class Hasher:
    """Keyed hashes (HMAC-SHA-256), to find a person by an encrypted address. Its key never turns."""

    def __init__(self, key: str) -> None:
        self._key = read_key(key)

    def of(self, kind: str, value: str) -> bytes:
        """32 bytes, the same for the same kind and value."""
        return hmac.digest(self._key, f"{kind}\0{value}".encode(), hashlib.sha256)
