"""A search result: the smaller object that stands on a card."""

from __future__ import annotations

from typing import Any

from immobe.items import ListingKind
from immobe.replica.advert import Advert
from immobe.replica.immoweb import words
from immobe.replica.immoweb.addresses import listing_id
from immobe.replica.immoweb.classified import display_flags
from immobe.replica.immoweb.location import location
from immobe.replica.immoweb.media import media
from immobe.replica.immoweb.money import price_object
from immobe.replica.immoweb.project import cluster_ranges, project_info
from immobe.replica.immoweb.transaction import transaction
from immobe.replica.market import Market

_NO_CLUSTER = {
    "minPrice": None,
    "maxPrice": None,
    "minRoom": None,
    "maxRoom": None,
    "minSurface": None,
    "maxSurface": None,
    "projectInfo": None,
    "bedroomRange": "",
    "surfaceRange": "",
}
PICTURES_ON_A_CARD = 4


def card(market: Market, advert: Advert, language: str) -> dict[str, Any]:
    """One item of `:results`."""
    professional = not advert.seller.is_private
    logo = f"https://media.immowebstatic.be/customers/{advert.seller.number}/logo/1.jpg"
    return {
        "id": listing_id(market, advert.index),
        "cluster": _cluster(market, advert) if advert.units else _NO_CLUSTER,
        "customerLogoUrl": logo if professional else None,
        "customerName": advert.seller.name if professional else None,
        "flags": display_flags(advert),
        "media": {"pictures": media(advert, PICTURES_ON_A_CARD)["pictures"]},
        "property": _property(advert, language),
        "publication": {"publisherId": None, "visualisationOption": "XL", "size": "xl"},
        "transaction": _transaction(market, advert),
        "priceType": None,
        "price": price_object(advert, language),
        "isBookmarked": False,
        "has360Tour": None,
        "hasVirtualTour": None,
        "advertisementId": None,
    }


def _cluster(market: Market, advert: Advert) -> dict[str, Any]:
    return _NO_CLUSTER | cluster_ranges(advert) | {"projectInfo": project_info(market, advert)}


def _property(advert: Advert, language: str) -> dict[str, Any]:
    core, is_project = advert.core, advert.core.listing_kind is ListingKind.PROJECT
    code = words.TYPE_CODES[core.kind.property_type]
    return {
        "type": f"{code}_GROUP" if is_project else code,
        "subtype": f"{code}_GROUP" if is_project else words.subtype_code(core.kind.subtype),
        "title": advert.title,
        "bedroomCount": core.bedroom_count,
        "location": location(advert, None, language),
        "netHabitableSurface": None if is_project else advert.building.living_area_m2,
        "landSurface": None if is_project else advert.building.land_area_m2,
        "roomCount": None if is_project else advert.building.room_count,
    }


def _transaction(market: Market, advert: Advert) -> dict[str, Any]:
    whole = transaction(market, advert, market.draws("card", advert.index))
    certificates, sale = whole["certificates"] or {}, whole["sale"]
    kept = ("lifeAnnuity", "hasStartingPrice", "oldPrice", "price", "pricePerSqm", "publicSale", "isSubjectToVat")
    return {
        "certificateLogoUrl": certificates.get("epcUrl"),
        "certificate": certificates.get("epcScore"),
        "type": whole["type"],
        "rental": whole["rental"],
        "sale": None if sale is None else {name: sale[name] for name in kept} | {"toBuild": None},
    }
