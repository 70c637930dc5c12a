"""What must end stored of each Immovlan listing, by the canonical record's names (see `immoweb.truth`)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from immobe.items import ListingKind, LocationPrecision
from immobe.replica.advert import Advert
from immobe.replica.homes import common_truth, place_truth
from immobe.replica.immovlan.addresses import listing_url, reference
from immobe.replica.immovlan.words import FLOOD_ZONES, HEATINGS, NEAREST_CONDITION, kind_of
from immobe.replica.immoweb.markup import zulu
from immobe.replica.immoweb.truth import (
    cadastral_income_truth,
    comfort_truth,
    energy_truth,
    rooms_truth,
    seller_truth,
)
from immobe.replica.market import Market

# What the portal has no place for.
_NOT_TOLD = (
    "seller_licence", "room_count", "p_score", "g_score", "e_level", "renovation_obligation", "has_solar_panels",
    "previous_price_eur",
)  # fmt: skip


def truth_of(market: Market, advert: Advert) -> dict[str, Any]:
    is_project = advert.core.listing_kind is ListingKind.PROJECT
    found = (
        common_truth("immovlan", advert)
        | _place(advert)
        | seller_truth(advert)
        | {
            "platform_listing_id": reference(market, advert.index),
            "url": listing_url(market, advert.index, "en"),
            "language": "en",
            "project_id": None if advert.project is None else reference(market, advert.project),
            "status": advert.status,
        }
    )
    found |= _range(advert) if is_project else _price(advert) | _home(advert)
    return found | {name: None for name in _NOT_TOLD if name in found}


def _place(advert: Advert) -> dict[str, Any]:
    found = place_truth(advert, tells_point=True) | {"locality": advert.core.place.locality}
    if advert.address.latitude is not None:
        found.setdefault("location_precision", LocationPrecision.APPROXIMATE)
    return found


def _range(advert: Advert) -> dict[str, Any]:
    """A project tells the day of its last change; of its homes, a range. They may be of several subtypes."""
    changed = advert.modified_at
    return {
        "property_subtype": None,
        "price_eur": None,
        "price_min_eur": advert.price.lowest,
        "price_max_eur": advert.price.highest,
        "external_reference": None,
        "published_at": None,
        "modified_at": zulu(datetime(changed.year, changed.month, changed.day, tzinfo=UTC)),
    }


def _price(advert: Advert) -> dict[str, Any]:
    is_sale, price = advert.core.sale_method is not None, advert.price
    return {
        "external_reference": None if advert.seller.is_private else advert.external_reference,
        "price_eur": price.main,
        "price_kind": price.kind,
        "previous_price_eur": None,
        "monthly_charges_eur": price.monthly_charges,
        "subject_to_vat": advert.core.is_newly_built if is_sale else None,
        "published_at": zulu(advert.created_at),
        "modified_at": None,
    } | cadastral_income_truth(advert)


def _home(advert: Advert) -> dict[str, Any]:
    """As the market knows it, in the portal's words."""
    core, building, heating = advert.core, advert.building, advert.energy.heating
    condition = NEAREST_CONDITION.get(building.condition, building.condition)
    return (
        rooms_truth(advert)
        | comfort_truth(advert)
        | energy_truth(advert)
        | {
            "property_subtype": kind_of(core.kind.property_type, core.kind.subtype).told,
            "condition": condition if building.states_condition else None,
            "flood_zone": building.flood_zone if building.flood_zone in FLOOD_ZONES else None,
            "has_garage": True if building.indoor_parking_count else None,
            "heating_type": heating if heating in HEATINGS else None,
        }
    )
