"""Keys for programs, kept as hashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Engine, and_, func, insert, or_, select, update

from immobe.storage.access_models import ApiKeyRow
from immobe.storage.faults import connected

KeyScope = Literal["read", "operate", "setup"]
_USED_TO_THE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key beside its hash; see `ApiKeyRow`."""

    id: int
    name: str
    scope: str
    hint: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


_KEY = (
    ApiKeyRow.id, ApiKeyRow.name, ApiKeyRow.scope, ApiKeyRow.hint, ApiKeyRow.created_at, ApiKeyRow.expires_at,
    ApiKeyRow.used_at,
)  # fmt: skip


def valid() -> ColumnElement[bool]:
    """That a key is neither revoked nor expired."""
    unexpired = or_(ApiKeyRow.expires_at.is_(None), ApiKeyRow.expires_at > func.now())
    return and_(ApiKeyRow.revoked_at.is_(None), unexpired)


def add_key(
    engine: Engine,
    name: str,
    scope: KeyScope,
    hint: str,
    sha256: bytes,
    *,
    user_id: int | None,
    days: int | None = None,
) -> ApiKey:
    """Keeps a new key, for so many days or until it is revoked. Raises ServiceError."""
    values = {"name": name, "scope": scope, "hint": hint, "sha256": sha256, "created_by": user_id}
    expires = None if days is None else func.now() + timedelta(days=days)
    with connected(engine, writes=True) as connection:
        statement = insert(ApiKeyRow).values(values | {"expires_at": expires}).returning(*_KEY)
        return ApiKey(*connection.execute(statement).one())


def replace_setup_token(engine: Engine, hint: str, sha256: bytes, *, days: int) -> None:
    """Keeps the hash of a new set-up token; earlier ones are no longer valid. Raises ServiceError."""
    earlier = update(ApiKeyRow).where(ApiKeyRow.scope == "setup", ApiKeyRow.revoked_at.is_(None))
    values = {"name": "set-up", "scope": "setup", "hint": hint, "sha256": sha256}
    with connected(engine, writes=True) as connection:
        connection.execute(earlier.values(revoked_at=func.now()))
        connection.execute(insert(ApiKeyRow).values(values | {"expires_at": func.now() + timedelta(days=days)}))


def key_of(engine: Engine, sha256: bytes) -> ApiKey | None:
    """The valid key of this hash, for programs; its use is noted. Raises ServiceError."""
    # At most one write a minute: the row of a busy key would be rewritten at every request.
    due = or_(ApiKeyRow.used_at.is_(None), ApiKeyRow.used_at < func.now() - _USED_TO_THE)
    query = select(*_KEY, due).where(ApiKeyRow.sha256 == sha256, ApiKeyRow.scope != "setup", valid())
    with connected(engine) as connection:
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        key = ApiKey(*row[:-1])
        if row[-1]:
            connection.execute(update(ApiKeyRow).where(ApiKeyRow.id == key.id).values(used_at=func.now()))
            connection.commit()
        return key


def maker_of(engine: Engine, key_id: int) -> int | None:
    """The operator who made a key; None for one that was made by nobody in person. Raises ServiceError."""
    with connected(engine) as connection:
        return connection.scalar(select(ApiKeyRow.created_by).where(ApiKeyRow.id == key_id))


def valid_keys(engine: Engine) -> list[ApiKey]:
    """Keys that programs can use, oldest first. Raises ServiceError."""
    query = select(*_KEY).where(ApiKeyRow.scope != "setup", valid()).order_by(ApiKeyRow.id)
    with connected(engine) as connection:
        return [ApiKey(*row) for row in connection.execute(query)]


def revoke_key(engine: Engine, key_id: int) -> bool:
    """Ends a key for good; False when there is no such valid key. Raises ServiceError."""
    statement = update(ApiKeyRow).where(ApiKeyRow.id == key_id, ApiKeyRow.scope != "setup", valid())
    with connected(engine, writes=True) as connection:
        return connection.execute(statement.values(revoked_at=func.now())).rowcount == 1
