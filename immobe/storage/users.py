"""Operators: who they are, and the password hash that lets them in."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, func, insert, select, text, update

from immobe.storage.access_models import ApiKeyRow, UserRow
from immobe.storage.faults import connected

_SIGNED_OUT = {"session_version": UserRow.session_version + 1}
# Any number, as long as nobody else of this database uses it: "first" on a telephone keypad.
_FIRST_USER_LOCK = 34778


@dataclass(frozen=True, slots=True)
class User:
    """An operator. Sessions of another `session_version` are over."""

    id: int
    name: str
    password_hash: str
    session_version: int


_USER = (UserRow.id, UserRow.name, UserRow.password_hash, UserRow.session_version)


def any_user(engine: Engine) -> bool:
    """Whether there is an operator at all. Raises ServiceError."""
    with connected(engine) as connection:
        return connection.execute(select(select(UserRow.id).exists())).scalar_one()


def user_named(engine: Engine, name: str) -> User | None:
    """The operator of this name, written exactly so. Raises ServiceError."""
    with connected(engine) as connection:
        row = connection.execute(select(*_USER).where(UserRow.name == name)).one_or_none()
        return None if row is None else User(*row)


def user_by_id(engine: Engine, user_id: int) -> User | None:
    """The operator of this number. Raises ServiceError."""
    with connected(engine) as connection:
        row = connection.execute(select(*_USER).where(UserRow.id == user_id)).one_or_none()
        return None if row is None else User(*row)


def first_user(engine: Engine, name: str, password_hash: str, setup_sha256: bytes) -> User | None:
    """Makes the first operator and uses up the set-up token, both or neither.

    None when the token is not valid, or when there is an operator already. Raises ServiceError.
    """
    with connected(engine, writes=True) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _FIRST_USER_LOCK})
        if connection.execute(select(select(UserRow.id).exists())).scalar_one():
            return None
        used = (
            update(ApiKeyRow)
            .where(
                ApiKeyRow.sha256 == setup_sha256,
                ApiKeyRow.scope == "setup",
                ApiKeyRow.revoked_at.is_(None),
                ApiKeyRow.expires_at > func.now(),
            )
            .values(revoked_at=func.now(), used_at=func.now())
        )
        if connection.execute(used).rowcount != 1:
            return None
        made = insert(UserRow).values(name=name, password_hash=password_hash, signed_in_at=func.now())
        return User(*connection.execute(made.returning(*_USER)).one())


def note_sign_in(engine: Engine, user_id: int, password_hash: str | None = None) -> None:
    """Notes the time, and a hash of the same password by newer parameters. Raises ServiceError."""
    values = {"signed_in_at": func.now()} | ({} if password_hash is None else {"password_hash": password_hash})
    with connected(engine, writes=True) as connection:
        connection.execute(update(UserRow).where(UserRow.id == user_id).values(values))


def sign_out(engine: Engine, user_id: int) -> None:
    """Ends all sessions of an operator. Raises ServiceError."""
    with connected(engine, writes=True) as connection:
        connection.execute(update(UserRow).where(UserRow.id == user_id).values(_SIGNED_OUT))


def change_password(engine: Engine, user_id: int, password_hash: str) -> User | None:
    """Changes the password and ends all sessions; the operator as they are now. Raises ServiceError."""
    statement = update(UserRow).where(UserRow.id == user_id).values({**_SIGNED_OUT, "password_hash": password_hash})
    with connected(engine, writes=True) as connection:
        row = connection.execute(statement.returning(*_USER)).one_or_none()
        return None if row is None else User(*row)
