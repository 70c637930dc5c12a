"""Belgian rules: what a record may say. A bad field becomes null with its reason; an unusable record is refused whole.

Bounds are wide: they catch what cannot be true, not what is unusual. Sources: EPC scales, platforms' captures of 2023
to 2026 and the regions' own scales (read 2026-11); postal codes, Statbel 2025.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from immobe.geo import distance_to_place_km, in_belgium, locate
from immobe.items import (
    NOT_PARSED,
    EpcLabel,
    Listing,
    LocationPrecision,
    MappedListing,
    PriceKind,
    Region,
    TransactionType,
)

Violation = tuple[str, str]  # field, rule
Rule = Callable[[Listing], Iterator[Violation]]

_MAX_KM_FROM_POSTAL_CODE = 10.0
_LONGEST_LOOK_AHEAD = timedelta(days=3650)
_EARLIEST_ADVERT = datetime(1995, 1, 1, tzinfo=UTC)

# Without these nobody can use the record: refuse it whole.
ESSENTIAL = ("transaction_type", "property_type", "postal_code")

# {field: (lowest, highest)}, in the field's own unit.
_RANGES: dict[str, tuple[float, float]] = {
    "facade_count": (1, 8),
    "floor_count": (1, 60),
    "floor": (-6, 60),
    "bedroom_count": (0, 300),
    "bathroom_count": (0, 300),
    "shower_room_count": (0, 300),
    "toilet_count": (0, 500),
    "room_count": (0, 1000),
    "parking_count": (0, 2000),
    "living_area_m2": (5, 100_000),
    "land_area_m2": (1, 20_000_000),
    "garden_area_m2": (1, 5_000_000),
    "terrace_area_m2": (1, 20_000),
    "cadastral_income_eur": (1, 2_000_000),
    "annuity_lump_sum_eur": (1, 50_000_000),
    "annuity_monthly_eur": (1, 100_000),
    "monthly_charges_eur": (0, 20_000),
    # Above, the yearly total of the whole dwelling has leaked in.
    "epc_kwh_m2_year": (1, 2000),
    # E100 was the first requirement, of 2006, and new build has only gone below since; above, kWh have leaked in.
    "e_level": (0, 100),
    "co2_kg_m2_year": (0, 500),
}
_SALE_PRICE_EUR = (500, 200_000_000)
_RENT_EUR = (10, 200_000)

# Labels that exist on each region's scale. Flanders: A+ to F (a G is an error); Brussels: A to G.
_SCALES: dict[Region, frozenset[EpcLabel]] = {
    Region.FLANDERS: frozenset(EpcLabel) - {EpcLabel.A_PLUS_PLUS, EpcLabel.G},
    Region.WALLONIA: frozenset(EpcLabel),
    Region.BRUSSELS: frozenset(EpcLabel) - {EpcLabel.A_PLUS_PLUS, EpcLabel.A_PLUS},
}


def ranges(listing: Listing) -> Iterator[Violation]:
    """Numbers that no Belgian dwelling, plot or building has."""
    for name, (lowest, highest) in _RANGES.items():
        value = getattr(listing, name)
        if value is not None and not lowest <= value <= highest:
            yield name, "out_of_range"


def prices(listing: Listing) -> Iterator[Violation]:
    """A price must be possible for its kind: a rent for a month, or a price of the whole."""
    rent = listing.transaction_type is TransactionType.RENT or listing.price_kind is PriceKind.MONTHLY_RENT
    lowest, highest = _RENT_EUR if rent else _SALE_PRICE_EUR
    for name in ("price_eur", "price_min_eur", "price_max_eur", "previous_price_eur"):
        value: Decimal | None = getattr(listing, name)
        if value is not None and not lowest <= value <= highest:
            yield name, "out_of_range"
    if listing.price_min_eur and listing.price_max_eur and listing.price_min_eur > listing.price_max_eur:
        yield "price_min_eur", "minimum_above_maximum"
        yield "price_max_eur", "minimum_above_maximum"


def years_and_days(listing: Listing) -> Iterator[Violation]:
    """Buildings stand from the year 1000 to five years ahead; adverts are not from before the web or from tomorrow."""
    seen = listing.fetched_at
    if listing.construction_year is not None and not 1000 <= listing.construction_year <= seen.year + 5:
        yield "construction_year", "out_of_range"
    for name in ("published_at", "modified_at"):
        moment: datetime | None = getattr(listing, name)
        if moment is not None and not _EARLIEST_ADVERT <= moment <= seen + timedelta(days=1):
            yield name, "out_of_range"
    if listing.auction_ends_at is not None and abs(listing.auction_ends_at - seen) > _LONGEST_LOOK_AHEAD:
        yield "auction_ends_at", "out_of_range"
    if listing.available_from is not None and not _possible_day(listing.available_from, seen):
        yield "available_from", "out_of_range"


def _possible_day(day: date, seen: datetime) -> bool:
    return _EARLIEST_ADVERT.date() <= day and day.toordinal() - seen.date().toordinal() <= _LONGEST_LOOK_AHEAD.days


def place(listing: Listing) -> Iterator[Violation]:
    """The postal code exists; the coordinates lie in Belgium and near it."""
    known = listing.postal_code is not None and locate(listing.postal_code) is not None
    if listing.postal_code is not None and not known:
        yield "postal_code", "unknown_postal_code"
    if listing.latitude is None and listing.longitude is None:
        return
    rule = _misplaced(listing, known)
    if rule:
        yield "latitude", rule
        yield "longitude", rule


def _misplaced(listing: Listing, known: bool) -> str | None:
    if listing.latitude is None or listing.longitude is None:
        return "half_a_coordinate"
    latitude, longitude = float(listing.latitude), float(listing.longitude)
    if known and listing.postal_code is not None:
        distance = distance_to_place_km(latitude, longitude, listing.postal_code)
        if distance is None or distance <= _MAX_KM_FROM_POSTAL_CODE:
            return None
        return "far_from_postal_code" if in_belgium(latitude, longitude) else "outside_belgium"
    return None if in_belgium(latitude, longitude) else "outside_belgium"


def epc(listing: Listing) -> Iterator[Violation]:
    """The label exists on the region's own scale."""
    if listing.epc_label and listing.region and listing.epc_label not in _SCALES[listing.region]:
        yield "epc_label", f"not_on_scale_of_{listing.region}"


RULES: tuple[Rule, ...] = (ranges, prices, years_and_days, place, epc)


def refusals(listing: Listing) -> tuple[str, ...]:
    """Why the whole record cannot be used; empty when it can."""
    return tuple(
        f"{name}: {listing.missing.get(name, NOT_PARSED)}" for name in ESSENTIAL if getattr(listing, name) is None
    )


def validate(mapped: MappedListing) -> tuple[MappedListing, tuple[str, ...]]:
    """Nulls each bad field with its reason. Returns the record and why it must be refused whole (empty: it is fine)."""
    listing = _without_wrong_types(mapped.listing)
    for name, rule in [violation for check in RULES for violation in check(listing)]:
        listing = _reject(listing, name, rule)
    if listing.latitude is None and mapped.listing.latitude is not None and listing.postal_code:
        listing = listing.model_copy(update={"location_precision": LocationPrecision.MUNICIPALITY})
    suspicious = mapped.suspicious or (listing.price_eur is None and listing.missing.get("price_eur") == NOT_PARSED)
    return MappedListing(listing, mapped.source, suspicious), refusals(listing)


def _reject(listing: Listing, name: str, rule: str) -> Listing:
    return listing.model_copy(
        update={
            name: None,
            "missing": {**listing.missing, name: f"rejected:{rule}"},
            "raw": {name: str(getattr(listing, name)), **listing.raw},
        }
    )


def _without_wrong_types(listing: Listing) -> Listing:
    """The record with every type checked; a field of a wrong type is rejected rather than believed."""
    values: dict[str, Any] = dict(listing)
    for _ in range(len(values)):
        try:
            return Listing.model_validate(values)
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False):
                name = str(problem["loc"][0])
                raw = {name: str(values.pop(name, ""))[:200], **values.get("raw", {})}
                values |= {"missing": {**values.get("missing", {}), name: "rejected:wrong_type"}, "raw": raw}
    return Listing.model_validate(values)
