"""Passwords of operators, as argon2id hashes."""

from __future__ import annotations

import secrets
import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from immobe.watchtower.languages import N_

SHORTEST, LONGEST = 12, 1000
# The library's defaults: those of RFC 9106 for machines without much memory (64 MiB, three passes).
_hasher = PasswordHasher()
# Each hash takes 64 MiB: however many sign in at once, so many are computed at once.
_few_at_once = threading.BoundedSemaphore(4)


def weakness(password: str, name: str) -> str | None:
    """Why a password is not taken, in words for people; None when it is (length counts: NIST SP 800-63B, 2025).

    >>> weakness("correct horse battery", "jan")
    >>> weakness("secret", "jan")
    'A password has 12 characters or more.'
    """
    if len(password) < SHORTEST:
        return N_("A password has 12 characters or more.")
    if len(password) > LONGEST:
        return f"A password has {LONGEST} characters or fewer."
    if len(set(password)) < 5 or password.strip().lower() == name.lower():
        return N_("That is too easy to guess.")
    return None


def complaint_of(password: str, again: str, name: str) -> str | None:
    """Why a new password, written twice, is not taken; None when it is."""
    return N_("The two passwords differ.") if password != again else weakness(password, name)


def hashed(password: str) -> str:
    """The hash to keep."""
    with _few_at_once:
        return _hasher.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password is the one; without a hash (nobody has that name) False after the same time."""
    with _few_at_once:
        try:
            return _hasher.verify(password_hash or _nobody(), password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(password_hash: str) -> bool:
    """Whether it was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_hex(16))
