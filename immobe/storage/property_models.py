"""One dwelling behind many adverts. Matching writes these tables alone; no listing is ever changed or deleted by it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from immobe.storage.models import Base, ListingRow, one_of


class PropertyRow(Base):
    """A dwelling, or a project that several portals show."""

    __tablename__ = "properties"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("properties.id"))
    """Where its adverts are now, when it turned out to be another one; it has none of its own then."""


class PropertyListingRow(Base):
    """Which property a listing is an advert of, and as what it was matched."""

    __tablename__ = "property_listings"

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"), primary_key=True)
    property_id: Mapped[int] = mapped_column(ForeignKey("properties.id"))
    since: Mapped[datetime] = mapped_column(server_default=func.now())
    """When it became an advert of this property."""
    facts_md5: Mapped[str | None]
    """Of the facts that it was matched with: when they are others now, it is matched again."""

    __table_args__ = (Index(None, "property_id"),)


class PropertyLinkRow(Base):
    """What matching found of two listings: they are one dwelling. Both numbers are of `listings`, the lower first."""

    __tablename__ = "property_links"

    listing_a: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"), primary_key=True)
    listing_b: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"), primary_key=True)
    score: Mapped[float]
    """Bits of evidence, see `immobe.market.weights`."""
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """{kind: [level of agreement, bits]}; the score is their sum."""
    kind: Mapped[str]
    """`cross_posted`: on two platforms; `doubled`: twice on one at once; `relisted`: there again under a new id
    within 90 days after it went; `returned`: later than that."""
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("listing_a < listing_b", name="order"),
        one_of("kind", ("cross_posted", "doubled", "relisted", "returned")),
        Index(None, "listing_b"),
    )


class PropertyVerdictRow(Base):
    """What a person said of two listings; append-only, and the last one counts, whatever matching finds."""

    __tablename__ = "property_verdicts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    listing_a: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"))
    listing_b: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"))
    is_same: Mapped[bool]
    note: Mapped[str | None]
    """Why, in the person's words."""
    said_by: Mapped[str | None]
    """As `AuditRow.actor`, or `cli:<account>`; null for what was said before authors were kept."""
    said_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("listing_a < listing_b", name="order"),
        Index(None, "listing_a", "listing_b", "id"),
        Index(None, "listing_b"),
    )


_stored = ListingRow.__table__.c
# How matching finds the listings that may be the same home without reading the table.
Index("ix_listings_matched", _stored.postal_code, _stored.property_type, _stored.transaction_type,
      postgresql_where=text("scraped_at IS NOT NULL"))  # fmt: skip
Index("ix_listings_epc_reference", _stored.epc_reference, postgresql_where=text("epc_reference IS NOT NULL"))
Index("ix_listings_external_reference", _stored.external_reference,
      postgresql_where=text("external_reference IS NOT NULL"))  # fmt: skip
