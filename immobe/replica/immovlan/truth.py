"""What must end stored of each Immovlan listing, by the canonical record's names (see `immoweb.truth`)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from immobe.items import ListingKind, LocationPrecision, SellerType
from immobe.replica.advert import Advert
from immobe.replica.immovlan.addresses import listing_url, reference
from immobe.replica.immovlan.words import FLOOD_ZONES, HEATINGS, NEAREST_CONDITION, kind_of
from immobe.replica.immoweb.markup import zulu
from immobe.replica.market import Market


def truth_of(market: Market, advert: Advert) -> dict[str, Any]:
    core = advert.core
    is_project = core.listing_kind is ListingKind.PROJECT
    found = {
        "platform": "immovlan",
        "platform_listing_id": reference(market, advert.index),
        "url": listing_url(market, advert.index, "en"),
        "language": "en",
        "listing_kind": core.listing_kind,
        "project_id": None if advert.project is None else reference(market, advert.project),
        "transaction_type": core.transaction,
        "sale_method": core.sale_method,
        "status": advert.status,
        "property_type": core.kind.property_type,
    }
    found |= _place(advert) | _seller(advert)
    if is_project:
        day = datetime(advert.modified_at.year, advert.modified_at.month, advert.modified_at.day, tzinfo=UTC)
        prices = {"price_min_eur": advert.price.lowest, "price_max_eur": advert.price.highest, "price_eur": None}
        return found | prices | {"published_at": None, "modified_at": zulu(day), "external_reference": None}
    return found | _sale(advert) | _home(advert) | _comfort(advert) | _energy(advert)


def _sale(advert: Advert) -> dict[str, Any]:
    is_sale, price = advert.core.sale_method is not None, advert.price
    is_private = advert.seller.seller_type is SellerType.PRIVATE
    return {
        "external_reference": None if is_private else advert.external_reference,
        "price_eur": price.main,
        "price_kind": price.kind,
        "previous_price_eur": None,
        "monthly_charges_eur": price.monthly_charges,
        "subject_to_vat": advert.core.is_newly_built if is_sale else None,
        "cadastral_income_eur": (advert.building.cadastral_income_eur or None) if is_sale else None,
        "published_at": zulu(advert.created_at),
        "modified_at": None,
    }


def _place(advert: Advert) -> dict[str, Any]:
    place, address = advert.core.place, advert.address
    found = {
        "street": address.street,
        "house_number": address.house_number,
        "box": address.box if address.house_number else None,
        "postal_code": place.postal_code,
        "locality": place.locality,
        "province": place.province,
        "region": place.region,
        "latitude": address.latitude,
        "longitude": address.longitude,
    }
    if address.latitude is not None:
        exact = address.house_number is not None
        found["location_precision"] = LocationPrecision.EXACT if exact else LocationPrecision.APPROXIMATE
    return found if place.is_shared else found | {"municipality_nis": place.municipality_nis}


def _seller(advert: Advert) -> dict[str, Any]:
    seller = advert.seller
    return {
        "seller_type": seller.seller_type,
        "seller_name": None if seller.is_private else seller.name,
        "seller_id": None if seller.is_private else str(seller.number),
        "seller_licence": None,
    }


def _home(advert: Advert) -> dict[str, Any]:
    core, building = advert.core, advert.building
    condition = NEAREST_CONDITION.get(building.condition, building.condition)
    return {
        "property_subtype": kind_of(core.kind.property_type, core.kind.subtype).told,
        "condition": condition if building.states_condition else None,
        "construction_year": building.construction_year,
        "facade_count": building.facade_count,
        "floor_count": building.floor_count,
        "floor": building.floor,
        "bedroom_count": core.bedroom_count,
        "bathroom_count": building.bathroom_count,
        "shower_room_count": building.shower_room_count,
        "toilet_count": building.toilet_count,
        "room_count": None,
        "living_area_m2": building.living_area_m2,
        "land_area_m2": building.land_area_m2 or None,
        "garden_area_m2": building.garden_area_m2,
        "terrace_area_m2": building.terrace_area_m2,
    }


def _comfort(advert: Advert) -> dict[str, Any]:
    building = advert.building
    spaces = [n for n in (building.indoor_parking_count, building.outdoor_parking_count) if n is not None]
    zone = building.flood_zone
    return {
        "flood_zone": zone if zone in FLOOD_ZONES else None,
        "p_score": None,
        "g_score": None,
        "has_garden": building.has_garden,
        "has_terrace": building.has_terrace,
        "has_garage": True if building.indoor_parking_count else None,
        "has_lift": building.has_lift,
        "has_swimming_pool": building.has_swimming_pool,
        "has_cellar": building.has_cellar,
        "is_furnished": building.is_furnished,
        "parking_count": sum(spaces) if spaces else None,
    }


def _energy(advert: Advert) -> dict[str, Any]:
    energy = advert.energy
    return {
        "epc_label": energy.label,
        "epc_kwh_m2_year": energy.kwh_m2_year,
        "epc_reference": energy.reference,
        "e_level": None,
        "co2_kg_m2_year": energy.co2_kg_m2_year,
        "heating_type": energy.heating if energy.heating in HEATINGS else None,
        "has_heat_pump": energy.has_heat_pump,
        "has_double_glazing": energy.has_double_glazing,
    }
