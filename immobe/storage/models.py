"""The tables. `listings` has every field of `immobe.items.Listing` as a column of the same name (a test keeps it so).

Enumerations are text with a CHECK derived from the enum: a new member needs a migration, never a rewrite of the table.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Numeric,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from immobe.items import Listing, Stage
from immobe.storage.vocabularies import allowed_values
from immobe.storage.words import names


class Base(DeclarativeBase):
    """Typed declarations to PostgreSQL types, and one naming rule for constraints and indexes."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - read once by SQLAlchemy
        str: Text(),
        Decimal: Numeric(),
        datetime: DateTime(timezone=True),
        dict[str, str]: JSONB(),
        list[str]: ARRAY(Text()),
    }


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


_MAPPED = ["id", "latitude", "longitude", "transaction_type", "property_type", "price_eur", "price_min_eur",
           "price_max_eur", "bedroom_count"]  # fmt: skip
_COMPARED = ["id", "scraped_at", "last_seen_at", "listing_kind", "sale_method", "price_kind", "price_eur",
             "living_area_m2", "province", "region"]  # fmt: skip
_SAMPLED = ["id", "transaction_type", "sale_method", "property_type", "platform", "epc_label", "status", "province",
            "region", "bedroom_count", "price_eur", "price_min_eur", "price_max_eur", "living_area_m2", "latitude",
            "longitude"]  # fmt: skip
_SCRAPED = text("stage = 'scraped'")
_EMPTY_OBJECT = text("'{}'::jsonb")
_EMPTY_ARRAY = text("'{}'::text[]")


SAMPLE_PARTS = 1009
SAMPLE_STEP = 619
"""A prime, and its golden section: listings that follow each other lie in parts that are far from each other."""
_ORDERED_BY = {
    "last_seen": "last_seen_at",
    "living_area": "living_area_m2",
    "land_area": "land_area_m2",
    "price_per_m2": "round(price_eur / nullif(living_area_m2, 0))",
    "energy": "epc_kwh_m2_year",
    "bedrooms": "bedroom_count",
    "postal_code": "postal_code",
    "market_since": "least(coalesce(published_at, first_seen_at), first_seen_at)",
}


def _list_indexes() -> tuple[Index, ...]:
    """For the lists, the map and the comparison of prices; of listings that are on the market, mostly.

    Adverts that are gone become ever more; nobody pages through them.
    """
    kind = ("transaction_type", "property_type")
    province = text("coalesce(province, region)")  # Brussels has none
    columns: dict[str, tuple[Any, ...]] = {
        "newest": ("first_seen_at", "id"),
        "by_price": ("price_eur", "id"),
        **{f"by_{name}": (text(value), "id") for name, value in _ORDERED_BY.items()},
        "kind_newest": (*kind, province, "first_seen_at", "id"),
        "kind_by_price": (*kind, province, "price_eur", "id"),
        "postal_newest": ("postal_code", *kind, "first_seen_at", "id"),
        "municipality_newest": ("municipality_nis", "first_seen_at", "id"),
    }
    point = text("point(longitude::double precision, latitude::double precision)")
    return (
        *(Index(f"ix_listings_{name}", *found, postgresql_where=_SCRAPED) for name, found in columns.items()),
        Index(
            "ix_listings_point",
            point,
            postgresql_using="gist",
            postgresql_include=_MAPPED,  # a city has more listings than can be fetched to be filtered
            postgresql_where=_SCRAPED,
        ),
        Index(
            "ix_listings_sample",
            text(f"mod(id * {SAMPLE_STEP}, {SAMPLE_PARTS})"),
            postgresql_include=_SAMPLED,  # of many listings a part is read, from the index alone
            postgresql_where=_SCRAPED,
        ),
        Index("ix_listings_waiting", "platform", "id", postgresql_where=text("stage = 'discovered'")),
        Index(
            "ix_listings_comparable",
            *(*kind, "bedroom_count", "municipality_nis"),
            postgresql_include=_COMPARED,  # read from the index alone: a town's homes lie all over the table
            postgresql_where=text("scraped_at IS NOT NULL AND property_type IN ('house', 'apartment')"),
        ),
    )


class ListingRow(Base):
    """One advert on one platform. Canonical columns mean what the same field of `Listing` means."""

    __tablename__ = "listings"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    stage: Mapped[str]
    """How far we are with it (`Stage`); follows from the times below, see `immobe.storage.upsert`."""
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    """When a card or page of it was last met."""
    scraped_at: Mapped[datetime | None]
    """When the page was fetched that the canonical columns come from."""
    unchanged_at: Mapped[datetime | None]
    """When the portal last said (304) that the page is as it was."""
    rejected_at: Mapped[datetime | None]
    """When a page of it last went to quarantine."""
    gone_at: Mapped[datetime | None]
    """When it was last found gone. Kept when the advert comes back: `stage` says whether it is gone now."""
    gone_evidence: Mapped[str | None]
    failed_at: Mapped[datetime | None]
    """When its page was last given up: its request became a dead letter."""
    failure: Mapped[str | None]
    """Why, as the dead letter says."""
    doubted: Mapped[dict[str, str]] = mapped_column(server_default=_EMPTY_OBJECT)
    """{field: why} for nulls of the latest page that proved nothing, so that a stored value, if any, was kept."""
    correlation_id: Mapped[str | None]
    """Of the delivery that last decided the row's content."""

    platform: Mapped[str]
    platform_listing_id: Mapped[str]
    url: Mapped[str]
    language: Mapped[str | None]
    listing_kind: Mapped[str] = mapped_column(server_default="single")
    project_id: Mapped[str | None]
    external_reference: Mapped[str | None]

    transaction_type: Mapped[str | None]
    sale_method: Mapped[str | None]
    status: Mapped[str | None]
    price_eur: Mapped[Decimal | None]
    price_kind: Mapped[str | None]
    price_min_eur: Mapped[Decimal | None]
    price_max_eur: Mapped[Decimal | None]
    previous_price_eur: Mapped[Decimal | None]
    monthly_charges_eur: Mapped[Decimal | None]
    annuity_lump_sum_eur: Mapped[Decimal | None]
    annuity_monthly_eur: Mapped[Decimal | None]
    subject_to_vat: Mapped[bool | None]
    cadastral_income_eur: Mapped[int | None]

    property_type: Mapped[str | None]
    property_subtype: Mapped[str | None]
    condition: Mapped[str | None]
    construction_year: Mapped[int | None]
    facade_count: Mapped[int | None]
    floor_count: Mapped[int | None]
    floor: Mapped[int | None]
    bedroom_count: Mapped[int | None]
    bathroom_count: Mapped[int | None]
    shower_room_count: Mapped[int | None]
    toilet_count: Mapped[int | None]
    room_count: Mapped[int | None]
    living_area_m2: Mapped[Decimal | None]
    land_area_m2: Mapped[Decimal | None]
    garden_area_m2: Mapped[Decimal | None]
    terrace_area_m2: Mapped[Decimal | None]

    epc_label: Mapped[str | None]
    epc_kwh_m2_year: Mapped[int | None]
    epc_reference: Mapped[str | None]
    e_level: Mapped[int | None]
    co2_kg_m2_year: Mapped[Decimal | None]
    renovation_obligation: Mapped[bool | None]
    heating_type: Mapped[str | None]
    has_heat_pump: Mapped[bool | None]
    has_solar_panels: Mapped[bool | None]
    has_double_glazing: Mapped[bool | None]
    flood_zone: Mapped[str | None]
    p_score: Mapped[str | None]
    g_score: Mapped[str | None]

    street: Mapped[str | None]
    house_number: Mapped[str | None]
    box: Mapped[str | None]
    postal_code: Mapped[str | None]
    locality: Mapped[str | None]
    municipality_nis: Mapped[str | None]
    province: Mapped[str | None]
    region: Mapped[str | None]
    latitude: Mapped[Decimal | None]
    longitude: Mapped[Decimal | None]
    location_precision: Mapped[str | None]

    has_garden: Mapped[bool | None]
    has_terrace: Mapped[bool | None]
    has_garage: Mapped[bool | None]
    parking_count: Mapped[int | None]
    has_lift: Mapped[bool | None]
    has_swimming_pool: Mapped[bool | None]
    is_furnished: Mapped[bool | None]
    has_cellar: Mapped[bool | None]

    seller_type: Mapped[str | None]
    seller_name: Mapped[str | None]
    seller_id: Mapped[str | None]
    seller_licence: Mapped[str | None]

    title: Mapped[dict[str, str]] = mapped_column(server_default=_EMPTY_OBJECT)
    description: Mapped[dict[str, str]] = mapped_column(server_default=_EMPTY_OBJECT)
    image_urls: Mapped[list[str]] = mapped_column(server_default=_EMPTY_ARRAY)
    virtual_tour_url: Mapped[str | None]

    published_at: Mapped[datetime | None]
    modified_at: Mapped[datetime | None]
    available_from: Mapped[date | None]
    auction_ends_at: Mapped[datetime | None]

    missing: Mapped[dict[str, str]] = mapped_column(server_default=_EMPTY_OBJECT)
    raw: Mapped[dict[str, str]] = mapped_column(server_default=_EMPTY_OBJECT)
    mapper_version: Mapped[str | None]
    fetched_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("platform", "platform_listing_id"),
        one_of("stage", tuple(Stage)),
        *(one_of(name, values) for name, values in allowed_values(Listing).items()),
        Index(None, "stage"),
        Index(None, "platform", "last_seen_at"),
        Index(None, "first_seen_at"),
        Index(None, "platform", "first_seen_at"),
        *_list_indexes(),
        Index("ix_listings_units", "platform", "project_id", postgresql_where=text("project_id IS NOT NULL")),
    )


Index(
    "ix_listings_names",
    names(ListingRow.__table__.c).label("names"),
    postgresql_using="gin",
    postgresql_ops={"names": "gin_trgm_ops"},
)


class PayloadRow(Base):
    """The platform's own object that the listing's canonical columns come from: kept to map it again later."""

    __tablename__ = "listing_payloads"

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"), primary_key=True)
    payload: Mapped[bytes]
    """JSON, zlib-compressed: see `immobe.storage.payloads`."""
    sha256: Mapped[bytes]
    """Of the JSON before compression."""
    mapper_version: Mapped[str]
    fetched_at: Mapped[datetime]


class QuarantineRow(Base):
    """What could not be used, with its reasons. The same thing met again only moves `seen_at`."""

    __tablename__ = "quarantine"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    platform: Mapped[str]
    platform_listing_id: Mapped[str | None]
    url: Mapped[str]
    reasons: Mapped[list[str]]
    payload: Mapped[bytes]
    """The object, or the first part of the page; zlib-compressed."""
    payload_kind: Mapped[str]
    fingerprint: Mapped[bytes] = mapped_column(unique=True)
    """sha256 over platform, id, URL, reasons and payload: makes a second delivery harmless."""
    correlation_id: Mapped[str | None]
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        one_of("payload_kind", ("json", "text")),
        Index(None, "platform", "seen_at"),
        Index(None, "platform", "platform_listing_id"),
    )
