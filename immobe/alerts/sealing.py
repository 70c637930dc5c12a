"""Channels' URLs are kept encrypted: whoever reads the database, or a backup of it, cannot send in our name."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import BadSignature, Signer

from immobe.errors import ConfigError


class Seal:
    """What follows from WATCHTOWER_SECRET_KEY: encryption of channels, and signed links in messages."""

    def __init__(self, secret_key: str) -> None:
        key = HKDF(SHA256(), 32, salt=None, info=b"immobe alert channels").derive(secret_key.encode())
        self._box = Fernet(base64.urlsafe_b64encode(key))
        self._signer = Signer(secret_key, salt="immobe alert", key_derivation="hmac", digest_method=hashlib.sha256)

    def closed(self, url: str) -> bytes:
        """Encrypted and authenticated; another text each time."""
        return self._box.encrypt(url.encode())

    def opened(self, secret: bytes) -> str:
        """The URL again. Raises ConfigError when it was sealed with another key."""
        try:
            return self._box.decrypt(secret).decode()
        except InvalidToken:
            raise ConfigError(
                "WATCHTOWER_SECRET_KEY is not the one that the channel was added with: add the channel anew"
            ) from None

    def link_token(self, search_id: int) -> str:
        """For links in a search's messages: whoever has one may pause or end that search.

        >>> seal = Seal("s" * 32)
        >>> seal.search_of(seal.link_token(7)), seal.search_of("7.forged")
        (7, None)
        """
        return self._signer.sign(str(search_id)).decode()

    def search_of(self, token: str) -> int | None:
        """The search that a token was made for; None for a forged one."""
        try:
            return int(self._signer.unsign(token))
        except (BadSignature, ValueError):
            return None
