"""All that one listing's page shows of it: its row, and the adverts of the same dwelling. Raises ServiceError."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Double, Engine, cast, func, select

from immobe.items import LocationPrecision, Stage
from immobe.storage.faults import connected
from immobe.storage.history import began, days_on_market
from immobe.storage.history_models import EventRow
from immobe.storage.models import ListingRow
from immobe.storage.search_conditions import PRICE_PER_M2_EUR

_POINTS, _FEW_POINTS = 500, 5


@dataclass(frozen=True, slots=True)
class Advert:
    """One advert of a dwelling, in a list of them; the fields are columns of `listings`."""

    id: int
    platform: str
    platform_listing_id: str
    url: str
    stage: str
    status: str | None
    transaction_type: str | None
    price_eur: Decimal | None
    price_kind: str | None
    price_min_eur: Decimal | None
    annuity_lump_sum_eur: Decimal | None
    annuity_monthly_eur: Decimal | None
    living_area_m2: Decimal | None
    bedroom_count: int | None
    epc_label: str | None
    seller_name: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    gone_at: datetime | None
    gone_evidence: str | None

    @property
    def name(self) -> str:
        """As properties call it: `immoweb:20820613`."""
        return f"{self.platform}:{self.platform_listing_id}"

    @property
    def ended_at(self) -> datetime | None:
        """When it went; None while it is there."""
        return self.gone_at if self.stage == "gone" else None


def whole_row(engine: Engine, platform: str, platform_listing_id: str) -> dict[str, Any] | None:
    """Every column of a listing, `began_at`, `days_on_market` and `price_per_m2_eur`; None when it is not known."""
    computed = (
        began().label("began_at"),
        days_on_market().label("days_on_market"),
        PRICE_PER_M2_EUR.label("price_per_m2_eur"),
    )
    query = select(ListingRow.__table__, *computed).where(
        ListingRow.platform == platform, ListingRow.platform_listing_id == platform_listing_id
    )
    with connected(engine) as connection:
        row = connection.execute(query).mappings().one_or_none()
        return None if row is None else dict(row)


def adverts_numbered(engine: Engine, ids: Sequence[int]) -> list[Advert]:
    """These listings, oldest first."""
    columns = [getattr(ListingRow, name) for name in Advert.__dataclass_fields__]
    query = select(*columns).where(ListingRow.id.in_(ids)).order_by(ListingRow.first_seen_at, ListingRow.id)
    with connected(engine) as connection:
        return [Advert(*row) for row in connection.execute(query)]


def box_of_points(engine: Engine, municipality_nis: str) -> tuple[float, float, float, float] | None:
    """South, west, north, east of where a municipality's adverts lie, as their exact points tell; None with too few.

    Of the newest, without the outermost twentieth on each side: some are misplaced.
    """
    points = (
        select(ListingRow.latitude, ListingRow.longitude)
        .where(
            ListingRow.municipality_nis == municipality_nis,
            ListingRow.stage == Stage.SCRAPED,
            ListingRow.location_precision == LocationPrecision.EXACT,
        )
        .order_by(ListingRow.first_seen_at.desc())
        .limit(_POINTS)
        .subquery()
    )
    shares = (0.05, 0.95)
    spread = (func.percentile_cont(list(shares)).within_group(cast(axis, Double)) for axis in points.c)
    with connected(engine) as connection:
        count, latitudes, longitudes = connection.execute(select(func.count(), *spread)).one()
    return (latitudes[0], longitudes[0], latitudes[1], longitudes[1]) if count >= _FEW_POINTS else None


def offers_of(engine: Engine, ids: Sequence[int]) -> dict[int, list[tuple[datetime, float | None]]]:
    """{listing: what it asked from when on, in euro}, oldest first; None while it told no price, or was gone."""
    event = EventRow
    query = (
        select(event.listing_id, event.field, event.new, event.seen_at)
        .where(event.listing_id.in_(ids), event.field.in_(("price_eur", "listing")))
        .order_by(event.seen_at, event.id)
    )
    found: dict[int, list[tuple[datetime, float | None]]] = {number: [] for number in ids}
    prices: dict[int, float | None] = dict.fromkeys(ids)
    gone: set[int] = set()
    with connected(engine) as connection:
        for number, field, new, seen_at in connection.execute(query):
            if field == "price_eur":
                prices[number] = new
            elif new == "gone":
                gone.add(number)
            else:
                gone.discard(number)
            steps = found[number]
            if steps and steps[-1][0] == seen_at:
                steps.pop()
            steps.append((seen_at, None if number in gone else prices[number]))
    return found
