"""Indexes of the orders of lists, of words, of municipalities, and of a sample of the listings."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision: str | None = "0017"

_ON_MARKET = "stage = 'scraped'"
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
_INDEXES = {
    **{f"by_{name}": f"({what}, id)" for name, what in _ORDERED_BY.items()},
    "municipality_newest": "(municipality_nis, first_seen_at, id)",
    "sample": "(mod(id * 619, 1009)) INCLUDE (id, transaction_type, sale_method, property_type, platform, epc_label,"
    " status, province, region, bedroom_count, price_eur, price_min_eur, price_max_eur, living_area_m2, latitude,"
    " longitude)",
}
# As immobe.storage.words has it.
_NAMES = """
CREATE INDEX IF NOT EXISTS ix_listings_names ON listings USING gin (translate(lower(((((((' ' || coalesce(street, ''))
|| (' ' || coalesce(house_number, ''))) || (' ' || coalesce(postal_code, ''))) || (' ' || coalesce(locality, '')))
|| (' ' || coalesce(external_reference, ''))) || (' ' || coalesce(platform_listing_id, '')))
|| (' ' || coalesce(seller_name, ''))), 'àáâãäåçèéêëìíîïñòóôõöùúûüýÿ-''’/.,;:()&+_#"',
'aaaaaaceeeeiiiinooooouuuuyy               ') gin_trgm_ops)
"""
# Others serve what they served.
_DROPPED = {"postal_code": "postal_code", "price_eur": "price_eur"}


def upgrade() -> None:
    """Nothing is written meanwhile; on a large table, let scripts/optimize_database.py build them before."""
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for name, what in _INDEXES.items():
        op.execute(f"CREATE INDEX IF NOT EXISTS ix_listings_{name} ON listings {what} WHERE {_ON_MARKET}")
    op.get_bind().exec_driver_sql(_NAMES.replace("%", "%%"))
    for name in _DROPPED:
        op.execute(f"DROP INDEX IF EXISTS ix_listings_{name}")


def downgrade() -> None:
    """The extension stays: others may use it."""
    for name, what in _DROPPED.items():
        op.create_index(f"ix_listings_{name}", "listings", [what])
    for name in (*_INDEXES, "names"):
        op.execute(f"DROP INDEX IF EXISTS ix_listings_{name}")
