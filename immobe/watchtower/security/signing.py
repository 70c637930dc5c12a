"""The secret that signs cookies and CSRF tokens, and what is signed with it."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from itsdangerous import BadSignature, Signer, URLSafeTimedSerializer

from immobe.config import Config


class Signatures:
    """Everything that must not be forged. Processes with the same secret accept each other's."""

    def __init__(self, secret: str) -> None:
        options = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        self.sessions = URLSafeTimedSerializer(secret, salt="immobe session", signer_kwargs=options)
        self.shown_once = URLSafeTimedSerializer(secret, salt="immobe shown once", signer_kwargs=options)
        self._csrf = Signer(secret, salt="immobe csrf", key_derivation="hmac", digest_method=hashlib.sha256)

    def csrf_token(self, cookie: str) -> str:
        """What forms of the visitor with this CSRF cookie carry."""
        return self._csrf.get_signature(cookie).decode()

    def is_csrf_token(self, token: str, cookie: str) -> bool:
        """Whether the token belongs to the cookie."""
        try:
            return self._csrf.verify_signature(cookie.encode(), token.encode())
        except BadSignature:
            return False


def secret_key(config: Config) -> str:
    """WATCHTOWER_SECRET_KEY; without it one that is made once and kept in the data folder, its owner's alone."""
    return config.watchtower_secret_key or _kept_secret(config.immobe_data_dir.expanduser() / "watchtower.secret")


def _kept_secret(path: Path) -> str:
    """Processes that start together agree: the first that links its file into place wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_hex(32))
        try:
            path.hardlink_to(part)
        except FileExistsError:
            pass
        finally:
            part.unlink()
    return path.read_text()
