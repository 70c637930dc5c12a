"""What must end stored of each Immoweb listing, by the canonical record's names.

A field that is absent here is not judged; a field that is null here must be null.
"""

from __future__ import annotations

from typing import Any

from immobe.items import ListingKind, LocationPrecision, PriceKind, SaleMethod
from immobe.replica.advert import Advert, advert_on
from immobe.replica.immoweb.addresses import listing_id, listing_url
from immobe.replica.immoweb.markup import zulu
from immobe.replica.immoweb.transaction import auction_ends_at
from immobe.replica.market import Market, MarketDay


def truth_of(day: MarketDay, index: int) -> dict[str, Any]:
    advert = advert_on(day, index)
    market, core = day.market, advert.core
    found = {
        "platform": "immoweb",
        "platform_listing_id": str(listing_id(market, index)),
        "url": listing_url(market, index, "en"),
        "listing_kind": core.listing_kind,
        "project_id": None if advert.project is None else str(listing_id(market, advert.project)),
        "external_reference": advert.external_reference,
        "transaction_type": core.transaction,
        "sale_method": core.sale_method,
        "status": advert.status,
        "property_type": core.kind.property_type,
        "subject_to_vat": None if core.sale_method is None else core.is_newly_built,
        "published_at": zulu(advert.created_at),
        "modified_at": zulu(advert.modified_at),
    }
    return found | _price(market, advert) | _place(advert) | seller_truth(advert) | _home(advert)


def _price(market: Market, advert: Advert) -> dict[str, Any]:
    price = advert.price
    if advert.core.listing_kind is ListingKind.PROJECT:
        return {"price_min_eur": price.lowest, "price_max_eur": price.highest}
    found: dict[str, Any] = {
        "price_eur": price.main,
        "previous_price_eur": price.previous,
        "monthly_charges_eur": price.monthly_charges,
        "annuity_lump_sum_eur": price.annuity_lump_sum,
        "annuity_monthly_eur": price.annuity_monthly,
        "auction_ends_at": zulu(auction_ends_at(market, advert)) if price.kind is PriceKind.STARTING_BID else None,
    }
    return found if advert.core.sale_method is SaleMethod.LIFE_ANNUITY else found | {"price_kind": price.kind}


def _place(advert: Advert) -> dict[str, Any]:
    place, address = advert.core.place, advert.address
    found = {
        "street": address.street,
        "house_number": address.house_number,
        "postal_code": place.postal_code,
        "locality": place.locality,
        "province": place.province,
        "region": place.region,
        "latitude": address.latitude,
        "longitude": address.longitude,
    }
    if address.latitude is not None:
        found["location_precision"] = LocationPrecision.EXACT
    if not place.is_shared:
        found["municipality_nis"] = place.municipality_nis
    return found


def seller_truth(advert: Advert) -> dict[str, Any]:
    seller = advert.seller
    if seller.is_private:
        return {"seller_type": seller.seller_type, "seller_name": None, "seller_id": None, "seller_licence": None}
    return {
        "seller_type": seller.seller_type,
        "seller_name": seller.name,
        "seller_id": str(seller.number),
        "seller_licence": seller.licence,
    }


def _home(advert: Advert) -> dict[str, Any]:
    """Nothing of it for a project: only its units have rooms and areas."""
    if advert.core.listing_kind is ListingKind.PROJECT:
        return {}
    return rooms_truth(advert) | comfort_truth(advert) | energy_truth(advert) | cadastral_income_truth(advert)


def rooms_truth(advert: Advert) -> dict[str, Any]:
    core, building = advert.core, advert.building
    return {
        "property_subtype": core.kind.subtype,
        "condition": building.condition if building.states_condition else None,
        "construction_year": building.construction_year,
        "facade_count": building.facade_count,
        "floor_count": building.floor_count,
        "floor": building.floor,
        "bedroom_count": core.bedroom_count,
        "bathroom_count": building.bathroom_count,
        "shower_room_count": building.shower_room_count,
        "toilet_count": building.toilet_count,
        "room_count": building.room_count,
        "living_area_m2": building.living_area_m2,
        "land_area_m2": building.land_area_m2 or None,
        "garden_area_m2": building.garden_area_m2,
        "terrace_area_m2": building.terrace_area_m2,
    }


def comfort_truth(advert: Advert) -> dict[str, Any]:
    building = advert.building
    spaces = [n for n in (building.indoor_parking_count, building.outdoor_parking_count) if n is not None]
    return {
        "flood_zone": building.flood_zone,
        "p_score": building.p_score,
        "g_score": building.g_score,
        "has_garden": building.has_garden,
        "has_terrace": building.has_terrace,
        "has_lift": building.has_lift,
        "has_swimming_pool": building.has_swimming_pool,
        "has_cellar": building.has_cellar,
        "is_furnished": building.is_furnished,
        "parking_count": sum(spaces) if spaces else None,
    }


def energy_truth(advert: Advert) -> dict[str, Any]:
    energy = advert.energy
    return {
        "epc_label": energy.label,
        "epc_kwh_m2_year": energy.kwh_m2_year,
        "epc_reference": energy.reference,
        "e_level": energy.e_level,
        "co2_kg_m2_year": energy.co2_kg_m2_year,
        "renovation_obligation": energy.renovation_obligation,
        "heating_type": energy.heating,
        "has_heat_pump": energy.has_heat_pump,
        "has_solar_panels": energy.has_solar_panels,
        "has_double_glazing": energy.has_double_glazing,
    }


def cadastral_income_truth(advert: Advert) -> dict[str, Any]:
    """Sales alone tell it; 0 is the portal's word for unknown."""
    is_sale = advert.core.sale_method is not None
    return {"cadastral_income_eur": (advert.building.cadastral_income_eur or None) if is_sale else None}
