"""Keys for programs and the one-time set-up token: random, shown once, kept as hashes."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import Engine

from immobe.storage import api_keys
from immobe.storage.api_keys import ApiKey, KeyScope
from immobe.storage.users import any_user

PREFIX, SETUP_PREFIX = "immobe_", "setup_"
_HINT = 12
_SETUP_DAYS = 1


def hash_of(key: str) -> bytes:
    """SHA-256: a key has 256 random bits, so that a slow hash would add nothing."""
    return hashlib.sha256(key.encode()).digest()


def new_key(engine: Engine, name: str, scope: KeyScope, *, user_id: int | None, days: int | None) -> tuple[ApiKey, str]:
    """(what is kept, the key itself, which nobody can show again). Raises ServiceError."""
    key = PREFIX + secrets.token_urlsafe(32)
    kept = api_keys.add_key(engine, name, scope, key[:_HINT], hash_of(key), user_id=user_id, days=days)
    return kept, key


def setup_token(engine: Engine) -> str | None:
    """A new one-time token for an installation without operators, for a day; None when there is one.

    Earlier tokens are no longer valid. Raises ServiceError.
    """
    if any_user(engine):
        return None
    token = SETUP_PREFIX + secrets.token_urlsafe(24)
    api_keys.replace_setup_token(engine, token[:_HINT], hash_of(token), days=_SETUP_DAYS)
    return token
