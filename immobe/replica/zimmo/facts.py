"""What a listing page of Zimmo states, by the record's names: pages and truth are both made of it."""

from __future__ import annotations

from typing import Any

from immobe.items import ListingKind, PriceKind, SaleMethod
from immobe.replica.advert import Advert
from immobe.replica.homes import place_truth
from immobe.replica.market import Market
from immobe.replica.zimmo.words import SUBTYPES


def fits(market: Market, index: int) -> bool:
    """Kinds that the portal was seen to name; how it shows a life annuity is not known."""
    core = market.core(index)
    return core.kind.subtype in SUBTYPES and core.sale_method is not SaleMethod.LIFE_ANNUITY


def main_facts(advert: Advert) -> dict[str, Any]:
    """The main features; None is not stated. A project has none of its own."""
    if advert.core.listing_kind is ListingKind.PROJECT:
        return {}
    core, building = advert.core, advert.building
    return {
        "living_area_m2": building.living_area_m2,
        "land_area_m2": building.land_area_m2 or None,
        "bedroom_count": core.bedroom_count,
        "bathroom_count": building.bathroom_count,
        "construction_year": building.construction_year,
        "epc_label": advert.energy.label,
        "epc_kwh_m2_year": advert.energy.kwh_m2_year,
        "renovation_obligation": advert.energy.renovation_obligation,
        "cadastral_income_eur": (building.cadastral_income_eur or None) if core.sale_method else None,
        "parking_count": building.indoor_parking_count,
    }


def more_facts(advert: Advert) -> dict[str, Any]:
    """What the tables below tell; None is not stated."""
    if advert.core.listing_kind is ListingKind.PROJECT:
        return {}
    building, energy = advert.building, advert.energy
    return {
        "shower_room_count": building.shower_room_count,
        "toilet_count": building.toilet_count,
        "facade_count": building.facade_count,
        "floor": building.floor,
        "floor_count": building.floor_count,
        "condition": building.condition if building.states_condition else None,
        "heating_type": energy.heating,
        "epc_reference": energy.reference,
        "e_level": energy.e_level,
        "monthly_charges_eur": advert.price.monthly_charges,
        "has_lift": building.has_lift,
        "has_swimming_pool": building.has_swimming_pool,
        "has_cellar": building.has_cellar,
        "is_furnished": building.is_furnished,
        "p_score": building.p_score,
        "g_score": building.g_score,
        "external_reference": advert.external_reference,
    }


def truth(advert: Advert, code: str, url: str, project_code: str | None) -> dict[str, Any]:
    """What must end stored. The page tells neither who sells nor since when."""
    core, building = advert.core, advert.building
    is_project = core.listing_kind is ListingKind.PROJECT
    found: dict[str, Any] = {
        "platform": "zimmo",
        "platform_listing_id": code,
        "url": url,
        "language": "nl",
        "listing_kind": core.listing_kind,
        "project_id": project_code,
        "transaction_type": core.transaction,
        "sale_method": core.sale_method,
        "status": advert.status,
        "property_type": core.kind.property_type,
        "seller_type": None,
        "seller_name": None,
        "published_at": None,
    }
    if not is_project:
        found |= {
            "property_subtype": core.kind.subtype,
            "garden_area_m2": building.garden_area_m2,
            "terrace_area_m2": building.terrace_area_m2,
            "has_garden": building.has_garden,
            "has_terrace": building.has_terrace,
            "has_garage": True if building.indoor_parking_count else None,
        }
    return found | _price(advert) | place_truth(advert, tells_point=True) | main_facts(advert) | more_facts(advert)


def _price(advert: Advert) -> dict[str, Any]:
    price = advert.price
    if advert.core.listing_kind is ListingKind.PROJECT:
        lowest, highest = price.lowest, price.highest
        return {"price_eur": None, "price_kind": PriceKind.FROM, "price_min_eur": lowest, "price_max_eur": highest}
    return {"price_eur": price.main, "price_kind": price.kind, "previous_price_eur": price.previous}
