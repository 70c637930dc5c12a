"""Belgian rules: each bad field is nulled with its reason, an unusable record is refused whole."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from immobe.items import (
    EpcLabel,
    Listing,
    LocationPrecision,
    MappedListing,
    PriceKind,
    PropertyType,
    RawListing,
    Region,
    TransactionType,
)
from immobe.mapping.validation import validate

SEEN = datetime(2026, 11, 24, 12, tzinfo=UTC)
GHENT: dict[str, Any] = {
    "transaction_type": TransactionType.SALE,
    "property_type": PropertyType.HOUSE,
    "postal_code": "9000",
    "locality": "Gent",
    "region": Region.FLANDERS,
    "price_eur": Decimal(350_000),
    "price_kind": PriceKind.ASKING,
    "latitude": Decimal("51.05"),
    "longitude": Decimal("3.72"),
    "location_precision": LocationPrecision.EXACT,
}


def checked(**values: Any) -> tuple[MappedListing, tuple[str, ...]]:
    listing = Listing.model_construct(
        platform="immoweb",
        platform_listing_id="1",
        url="https://www.immoweb.be/en/classified/1",
        mapper_version="t",
        fetched_at=SEEN,
        **{**GHENT, **values},
    )
    return validate(MappedListing(listing, RawListing("immoweb", "1", listing.url, {}, SEEN, "c")))


def test_a_sound_record_passes_unchanged() -> None:
    mapped, reasons = checked()
    assert reasons == ()
    assert mapped.listing.missing == {}
    assert {name: getattr(mapped.listing, name) for name in GHENT} == GHENT


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("epc_kwh_m2_year", 103_772, "out_of_range"),
        ("living_area_m2", Decimal(2), "out_of_range"),
        ("land_area_m2", Decimal(10) ** 12, "out_of_range"),
        ("construction_year", 999, "out_of_range"),
        ("construction_year", 2032, "out_of_range"),
        ("facade_count", 40, "out_of_range"),
        ("floor", 400, "out_of_range"),
        ("bedroom_count", 9_999, "out_of_range"),
        ("co2_kg_m2_year", Decimal(27_461), "out_of_range"),
        ("price_eur", Decimal(3), "out_of_range"),
        ("price_eur", Decimal(10) ** 11, "out_of_range"),
        ("previous_price_eur", Decimal(1), "out_of_range"),
        ("epc_label", EpcLabel.G, "not_on_scale_of_flanders"),
        ("epc_label", EpcLabel.A_PLUS_PLUS, "not_on_scale_of_flanders"),
        ("published_at", datetime(2031, 1, 1, tzinfo=UTC), "out_of_range"),
        ("published_at", datetime(1970, 1, 1, tzinfo=UTC), "out_of_range"),
        ("available_from", date(2099, 1, 1), "out_of_range"),
        ("bathroom_count", "two", "wrong_type"),
        ("has_lift", "yes", "wrong_type"),
    ],
)
def test_a_bad_field_is_nulled_with_its_reason_and_its_text(field: str, value: Any, rule: str) -> None:
    mapped, reasons = checked(**{field: value})
    assert reasons == ()
    assert getattr(mapped.listing, field) is None
    assert mapped.listing.missing[field] == f"rejected:{rule}"
    assert mapped.listing.raw[field] == str(value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epc_kwh_m2_year", 2000),
        ("construction_year", 1000),
        ("construction_year", 2031),
        ("epc_label", EpcLabel.F),
        ("epc_label", EpcLabel.A_PLUS),
        ("floor", 0),
        ("bedroom_count", 0),
    ],
)
def test_what_is_unusual_but_possible_stays(field: str, value: Any) -> None:
    assert getattr(checked(**{field: value})[0].listing, field) == value


@pytest.mark.parametrize(
    ("region", "label", "stays"),
    [
        (Region.WALLONIA, EpcLabel.A_PLUS_PLUS, True),
        (Region.WALLONIA, EpcLabel.G, True),
        (Region.BRUSSELS, EpcLabel.G, True),
        (Region.BRUSSELS, EpcLabel.A_PLUS, False),
        (Region.FLANDERS, EpcLabel.G, False),
    ],
)
def test_a_label_counts_on_the_scale_of_its_own_region(region: Region, label: EpcLabel, stays: bool) -> None:
    listing = checked(region=region, epc_label=label)[0].listing
    assert (listing.epc_label == label) is stays


@pytest.mark.parametrize(
    ("latitude", "longitude", "rule"),
    [
        ("48.85", "2.35", "outside_belgium"),  # Paris
        ("3.72", "51.05", "outside_belgium"),  # swapped
        ("50.63", "5.57", "far_from_postal_code"),  # Liège
        ("0", "0", "outside_belgium"),
    ],
)
def test_misplaced_coordinates_go_and_the_place_stays(latitude: str, longitude: str, rule: str) -> None:
    mapped, reasons = checked(latitude=Decimal(latitude), longitude=Decimal(longitude))
    listing = mapped.listing
    assert reasons == ()
    assert (listing.latitude, listing.longitude, listing.postal_code) == (None, None, "9000")
    assert listing.missing["latitude"] == listing.missing["longitude"] == f"rejected:{rule}"
    assert listing.location_precision is LocationPrecision.MUNICIPALITY


def test_half_a_coordinate_is_none() -> None:
    listing = checked(longitude=None)[0].listing
    assert (listing.latitude, listing.missing["latitude"]) == (None, "rejected:half_a_coordinate")


def test_a_rent_is_judged_as_a_rent() -> None:
    rent = {"transaction_type": TransactionType.RENT, "price_kind": PriceKind.MONTHLY_RENT}
    assert checked(**rent, price_eur=Decimal(85))[0].listing.price_eur == 85
    assert checked(**rent, price_eur=Decimal(450_000))[0].listing.missing["price_eur"] == "rejected:out_of_range"


def test_a_project_cannot_start_above_its_dearest_unit() -> None:
    listing = checked(price_min_eur=Decimal(400_000), price_max_eur=Decimal(300_000))[0].listing
    assert (listing.price_min_eur, listing.price_max_eur) == (None, None)
    assert listing.missing["price_min_eur"] == "rejected:minimum_above_maximum"


@pytest.mark.parametrize("field", ["transaction_type", "property_type", "postal_code"])
def test_without_what_and_where_the_record_is_refused_whole(field: str) -> None:
    assert checked(**{field: None})[1] == (f"{field}: not_parsed",)


def test_a_postal_code_that_does_not_exist_refuses_the_record() -> None:
    mapped, reasons = checked(postal_code="9999")
    assert reasons == ("postal_code: rejected:unknown_postal_code",)
    assert mapped.listing.raw["postal_code"] == "9999"
