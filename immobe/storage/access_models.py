"""Tables about who may operate Watchtower, and what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from immobe.storage.models import Base, one_of

KEY_SCOPES = ("read", "operate", "setup")
OUTCOMES = ("done", "refused", "failed")


class UserRow(Base):
    """An operator who signs in with a password."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    """Argon2id, with its parameters."""
    session_version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    """Sessions of another version are over: it grows at every sign-out and change of password."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    signed_in_at: Mapped[datetime | None]


class ApiKeyRow(Base):
    """A key for programs. The key itself is shown once and not kept: it is random, so that its hash tells nothing."""

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[str]
    scope: Mapped[str]
    """`read`; `operate`, which includes it; `setup`: the one-time token of an installation without operators."""
    hint: Mapped[str]
    """The key's first characters, by which people know it again."""
    sha256: Mapped[bytes] = mapped_column(unique=True)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    """When it was last used, to the minute."""
    revoked_at: Mapped[datetime | None]

    __table_args__ = (one_of("scope", KEY_SCOPES),)


class AuditRow(Base):
    """One thing that an operator did, or was refused."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor: Mapped[str]
    """`user:<name>`, `key:<id> <name>`, or `nobody`."""
    action: Mapped[str]
    """As in `clear-listings`."""
    outcome: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    address: Mapped[str | None]
    """The client's."""
    correlation_id: Mapped[str | None]

    __table_args__ = (one_of("outcome", OUTCOMES), Index(None, "at"), Index(None, "action", "at"))
