"""Indexes of the lists, the map, the comparison of prices, and of what waits to be fetched."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision: str | None = "0010"

# {name: (what, which rows)}
_INDEXES = {
    "newest": ("(first_seen_at, id)", "stage = 'scraped'"),
    "by_price": ("(price_eur, id)", "stage = 'scraped'"),
    "kind_newest": (
        "(transaction_type, property_type, coalesce(province, region), first_seen_at, id)",
        "stage = 'scraped'",
    ),
    "kind_by_price": (
        "(transaction_type, property_type, coalesce(province, region), price_eur, id)",
        "stage = 'scraped'",
    ),
    "postal_newest": ("(postal_code, transaction_type, property_type, first_seen_at, id)", "stage = 'scraped'"),
    "point": (
        "USING gist (point(longitude::double precision, latitude::double precision)) INCLUDE (id, latitude, longitude,"
        " transaction_type, property_type, price_eur, price_min_eur, price_max_eur, bedroom_count)",
        "stage = 'scraped'",
    ),
    "waiting": ("(platform, id)", "stage = 'discovered'"),
    "comparable": (
        "(transaction_type, property_type, bedroom_count, municipality_nis) INCLUDE (id, scraped_at, last_seen_at,"
        " listing_kind, sale_method, price_kind, price_eur, living_area_m2, province, region)",
        "scraped_at IS NOT NULL AND property_type IN ('house', 'apartment')",
    ),
}

# How many listings each province has; what PostgreSQL knows of partial indexes does not tell it.
_AREAS = "CREATE STATISTICS IF NOT EXISTS st_listings_areas ON (coalesce(province, region)) FROM listings"


def upgrade() -> None:
    """Nothing is written meanwhile; on a large table, let scripts/optimize_database.py build them before."""
    for name, (what, which) in _INDEXES.items():
        op.execute(f"CREATE INDEX IF NOT EXISTS ix_listings_{name} ON listings {what} WHERE {which}")
    op.execute(_AREAS)


def downgrade() -> None:
    op.execute("DROP STATISTICS IF EXISTS st_listings_areas")
    for name in _INDEXES:
        op.drop_index(f"ix_listings_{name}", "listings")
