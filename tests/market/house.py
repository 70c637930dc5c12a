"""A house as a portal tells it: what tests of matching change, hide and show elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime

from immobe.market.homes import Home

MET = datetime(2026, 3, 1, tzinfo=UTC)
HOUSE = Home(
    1,
    "immoweb",
    transaction_type="sale",
    property_type="house",
    price_eur=325_000,
    price_kind="asking",
    bedroom_count=3,
    living_area_m2=164,
    land_area_m2=612,
    construction_year=1974,
    epc_kwh_m2_year=287,
    street="Lindelaan",
    house_number="12",
    postal_code="9000",
    first_seen_at=MET,
)
