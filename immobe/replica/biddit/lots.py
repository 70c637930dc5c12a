"""The object of a lot, in the shape of Biddit's services, with people in it who must not be kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from immobe.items import EpcLabel, FloodZone, PriceKind, PropertyType, Region, SaleMethod
from immobe.replica.advert import Advert
from immobe.replica.immoweb.markup import zulu
from immobe.replica.immoweb.words import TYPE_CODES, subtype_code

_ENERGY_KEYS = {Region.BRUSSELS: "RBC", Region.WALLONIA: "RW", Region.FLANDERS: "RF"}
_SIGNS = {EpcLabel.A_PLUS: "CLASS_A_PLUS", EpcLabel.A_PLUS_PLUS: "CLASS_A_PLUS_PLUS"}
_FLOOD_ZONES = {
    FloodZone.NONE: "NON_FLOOD_ZONE",
    FloodZone.POSSIBLE: "POSSIBLE_FLOOD_ZONE",
    FloodZone.RECOGNIZED: "EFFECTIVE_FLOOD_ZONE",
    FloodZone.CIRCUMSCRIBED: "CIRCUMSCRIBED_FLOOD_ZONE",
    FloodZone.CIRCUMSCRIBED_WATERSIDE: "CIRCUMSCRIBED_WATERSIDE_ZONE",
}
GARAGE_INCOME, PLOT_M2 = 60, 250
_PLACEHOLDER = 1.0


def ends_at(advert: Advert) -> datetime:
    """When bidding ends: three weeks and a bit after publication, on the full hour."""
    return (advert.created_at + timedelta(days=23)).replace(minute=0, second=0, microsecond=0)


def has_garage(advert: Advert) -> bool:
    """A garage is sold with one home in three."""
    return advert.core.kind.is_home and advert.index % 3 == 0


def has_plot(advert: Advert) -> bool:
    """A piece of land is sold with one house in four."""
    return advert.core.kind.property_type is PropertyType.HOUSE and advert.index % 4 == 0


def lot(advert: Advert, reference: str) -> dict[str, Any]:
    is_auction = advert.core.sale_method is SaleMethod.PUBLIC_AUCTION
    return {
        "lotId": f"l_{reference}",
        "referenceCode": reference,
        "organisationId": str(advert.seller.number),
        "organisationReference": advert.seller.name,
        "handlingMethod": _method(advert),
        "firstPublicationDateTime": zulu(advert.created_at),
        "biddingStartDateTime": zulu(advert.created_at + timedelta(days=15)) if is_auction else None,
        "biddingEndDateTime": zulu(ends_at(advert)) if is_auction else None,
        "estimatedPrice": _PLACEHOLDER,
        **_amounts(advert),
        "publicSaleStatus": "CURRENT" if is_auction else None,
        "withdrawn": False,
        "contacts": [{"name": "Medewerker Replica", "phone": "+32 2 000 00 00", "email": "contact@example.invalid"}],
        "properties": _properties(advert),
    }


def _method(advert: Advert) -> str:
    if advert.core.sale_method is SaleMethod.PUBLIC_AUCTION:
        return "ONLINE_PUBLIC_SALE"
    if advert.core.sale_method is SaleMethod.LIFE_ANNUITY:
        return "VIAGER"
    return "ONLINE_PRIVATE_SALE" if advert.price.kind is PriceKind.FROM else "MUTUAL_AGREEMENT"


def _amounts(advert: Advert) -> dict[str, Any]:
    price, method = advert.price, _method(advert)
    if method == "VIAGER":
        return {"amountBouquet": price.annuity_lump_sum, "startingPrice": None, "sellingPrice": None}
    main = _PLACEHOLDER if price.main is None else float(price.main)
    if method == "MUTUAL_AGREEMENT":
        return {"startingPrice": None, "currentPrice": None, "sellingPrice": main}
    bid = None if advert.index % 2 else main + 5000
    return {"startingPrice": main, "currentPrice": bid, "sellingPrice": None}


def _properties(advert: Advert) -> list[dict[str, Any]]:
    found = [_home(advert)]
    if has_plot(advert):
        found.insert(0, _beside(advert, "LAND", {"terrainSurface": float(PLOT_M2)}, 0))
    if has_garage(advert):
        found.insert(0, _beside(advert, "GARAGE", {}, GARAGE_INCOME))
    return found


def _home(advert: Advert) -> dict[str, Any]:
    core, building, energy = advert.core, advert.building, advert.energy
    key = f"energeticClass{_ENERGY_KEYS[core.place.region]}"
    label = None if energy.label is None else _SIGNS.get(energy.label, f"CLASS_{energy.label}")
    return {
        "propertyId": "p_1",
        "propertyType": TYPE_CODES[core.kind.property_type],
        "propertySubtype": subtype_code(core.kind.subtype),
        "title": dict.fromkeys(advert.languages[:1], advert.title),
        "description": dict(advert.descriptions),
        "address": _address(advert),
        "geoLocation": {"lat": advert.address.latitude or 0, "lng": advert.address.longitude or 0},
        "rooms": {
            "numberOfBedrooms": core.bedroom_count,
            "numberOfBathRooms": building.bathroom_count,
            "livingSurfaceArea": building.living_area_m2,
        },
        "features": {
            "terrainSurface": building.land_area_m2,
            "hasTerrace": building.has_terrace,
            "hasGarden": building.has_garden,
        },
        "construction": {
            "constructionYear": building.construction_year,
            "numberOfFacades": building.facade_count,
        },
        "utilities": {key: label, "pebScore": energy.kwh_m2_year},
        "floodZone": {"floodZoneType": _FLOOD_ZONES[building.flood_zone] if building.flood_zone else None},
        "landIncome": {"landIncome": float(building.cadastral_income_eur)},
        "pictures": [{"orderIndex": 1, "large": f"https://pictures.example/{advert.index}.jpg"}],
    }


def _beside(advert: Advert, code: str, features: dict[str, Any], income: int) -> dict[str, Any]:
    return {
        "propertyId": f"p_{code.lower()}",
        "propertyType": code,
        "propertySubtype": code if code == "GARAGE" else None,
        "title": {},
        "description": {},
        "address": _address(advert),
        "features": features,
        "landIncome": {"landIncome": float(income)},
    }


def _address(advert: Advert) -> dict[str, Any]:
    place, address = advert.core.place, advert.address
    language = "nl" if place.region is Region.FLANDERS else "fr"
    return {
        "street": {language: address.street},
        "estateNumber": address.house_number,
        "estateBoxNumber": address.box if address.house_number else None,
        "postalCode": place.postal_code,
        "municipality": {language: place.locality},
    }
