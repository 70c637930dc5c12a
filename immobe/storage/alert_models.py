"""Saved searches and what they tell: channels, the queue of events, what was found, messages and their deliveries."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from immobe.storage.models import Base, one_of

LANGUAGES = ("en", "fr", "nl")
KINDS = ("new", "also", "drop", "back", "status")
"""What a search can tell: a new listing; another advert of a dwelling that it knows; a lower price; back on the market;
another status."""
FREQUENCIES = ("instant", "daily", "weekly")
STATES = ("waiting", "sending", "sent", "dead", "dropped")


class SavedSearchRow(Base):
    """A search that an operator keeps, and how it tells what is new."""

    __tablename__ = "saved_searches"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str]
    terms: Mapped[str]
    """URL parameters, as `immobe.storage.search_terms.SearchTerms` spells them."""
    language: Mapped[str] = mapped_column(server_default="en")
    kinds: Mapped[list[str]]
    price_drop_percent: Mapped[Decimal] = mapped_column(server_default=text("5"))
    """The least fall of a price that is told, in percent of the price before."""
    frequency: Mapped[str] = mapped_column(server_default="instant")
    digest_hour: Mapped[int] = mapped_column(SmallInteger, server_default=text("8"))
    """Of a day in Belgium."""
    digest_weekday: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """Of weekly digests; 0 is Monday."""
    quiet_from: Mapped[time | None]
    """Between this time of a day in Belgium and `quiet_until` nothing is sent; over midnight when it is the later."""
    quiet_until: Mapped[time | None]
    paused_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    since_at: Mapped[datetime] = mapped_column(server_default=func.now())
    """It tells what was recorded since: it was made, its terms were changed, or it was resumed."""
    since_snapshot: Mapped[str] = mapped_column(server_default=text("(pg_current_snapshot())::text"))
    """What could be seen at that moment: an older transaction that was still at work is told, too."""
    digested_at: Mapped[datetime] = mapped_column(server_default=func.now())
    """When its last digest was due."""
    visited_at: Mapped[datetime] = mapped_column(server_default=func.now())
    """When its results were last looked at."""

    __table_args__ = (
        one_of("language", LANGUAGES),
        one_of("frequency", FREQUENCIES),
        CheckConstraint("kinds <@ ARRAY['new', 'also', 'drop', 'back', 'status']", name="kinds"),
        CheckConstraint("price_drop_percent >= 0 AND price_drop_percent <= 100", name="price_drop_percent"),
        CheckConstraint("digest_hour >= 0 AND digest_hour <= 23", name="digest_hour"),
        CheckConstraint("digest_weekday >= 0 AND digest_weekday <= 6", name="digest_weekday"),
        CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet"),
        Index(None, "user_id"),
    )


class AlertChannelRow(Base):
    """Where alerts go: a mail server, a webhook, …, as an Apprise URL."""

    __tablename__ = "alert_channels"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str]
    kind: Mapped[str]
    """The URL's scheme, as in `mailtos`."""
    mask: Mapped[str]
    """What can be shown of the URL."""
    secret: Mapped[bytes]
    """The URL, encrypted; see `immobe.alerts.sealing`."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    tested_at: Mapped[datetime | None]
    test_answer: Mapped[str | None]
    """What the last test was answered; begins with `ok` or `failed`."""

    __table_args__ = (Index(None, "user_id"),)


class SavedSearchChannelRow(Base):
    """Which channels a search tells."""

    __tablename__ = "saved_search_channels"

    search_id: Mapped[int] = mapped_column(ForeignKey("saved_searches.id", ondelete="CASCADE"), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("alert_channels.id", ondelete="CASCADE"), primary_key=True)

    __table_args__ = (Index(None, "channel_id"),)


class AlertEventRow(Base):
    """An event that saved searches have not looked at yet. A trigger on `listing_events` writes it."""

    __tablename__ = "alert_events"

    event_id: Mapped[int] = mapped_column(ForeignKey("listing_events.id", ondelete="CASCADE"), primary_key=True)
    transaction_id: Mapped[int] = mapped_column(
        BigInteger, server_default=text("((pg_current_xact_id())::text)::bigint")
    )
    """That wrote it."""


class AlertMatchRow(Base):
    """What a saved search has to tell of a listing."""

    __tablename__ = "alert_matches"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    search_id: Mapped[int] = mapped_column(ForeignKey("saved_searches.id", ondelete="CASCADE"))
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"))
    event_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    field: Mapped[str]
    """Like `old` and `new`, the event's."""
    old: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    new: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    also_id: Mapped[int | None] = mapped_column(ForeignKey("listings.id", ondelete="SET NULL"))
    """Of the kind `also`: the advert of the same dwelling that was known before."""
    seen_at: Mapped[datetime]
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())
    told_at: Mapped[datetime | None]
    """When it became part of a message; without a channel there was none."""
    message_id: Mapped[int | None] = mapped_column(ForeignKey("alert_messages.id", ondelete="SET NULL"))

    __table_args__ = (
        one_of("kind", KINDS),
        Index(None, "search_id", "listing_id", "event_id", unique=True),
        Index(None, "listing_id"),
        Index(None, "message_id"),
        Index(None, "search_id", "made_at"),
        Index("ix_alert_matches_untold", "search_id", postgresql_where=text("told_at IS NULL")),
    )


class AlertMessageRow(Base):
    """What is told at once, in words, in the search's language."""

    __tablename__ = "alert_messages"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    search_id: Mapped[int] = mapped_column(ForeignKey("saved_searches.id", ondelete="CASCADE"))
    subject: Mapped[str]
    plain: Mapped[str]
    html: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index(None, "search_id", "made_at"),)


class AlertDeliveryRow(Base):
    """A message on its way through one channel: the outbox."""

    __tablename__ = "alert_outbox"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("alert_messages.id", ondelete="CASCADE"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("alert_channels.id", ondelete="CASCADE"))
    key: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"), unique=True)
    """The same in every attempt: by it a receiver knows that it has the message already."""
    state: Mapped[str] = mapped_column(server_default="waiting")
    """`sending`: an attempt has begun, and if nobody is at it, its end is unknown; `dropped`: its search was paused."""
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    answer: Mapped[str | None]
    """What the last attempt was answered."""
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("state", STATES),
        Index(None, "message_id", "channel_id", unique=True),
        Index(None, "channel_id"),
        Index("ix_alert_outbox_open", "due_at", "id", postgresql_where=text("state IN ('waiting', 'sending')")),
    )


class FeedLinkRow(Base):
    """A secret address of feeds: of a saved search, or of a municipality."""

    __tablename__ = "feed_links"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    search_id: Mapped[int | None] = mapped_column(ForeignKey("saved_searches.id", ondelete="CASCADE"))
    municipality_nis: Mapped[str | None]
    language: Mapped[str] = mapped_column(server_default="en")
    hint: Mapped[str]
    """The token's first characters, by which people know it again."""
    sha256: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[datetime | None]
    """When it was last asked for, to the minute."""
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("language", LANGUAGES),
        CheckConstraint("(search_id IS NULL) <> (municipality_nis IS NULL)", name="subject"),
        Index(None, "user_id"),
        Index(None, "search_id"),
    )
