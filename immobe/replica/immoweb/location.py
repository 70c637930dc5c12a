"""Where an advert is, as its page and its card both tell it."""

from __future__ import annotations

from typing import Any

from immobe.items import ListingKind
from immobe.replica.advert import Advert
from immobe.replica.chance import Draws
from immobe.replica.immoweb import words
from immobe.replica.immoweb.districts import DISTRICTS

_LOCATION_TYPES = ("URBAN", "URBAN", "RESIDENTIAL", "RESIDENTIAL", "ISOLATED", "COUNTRY", "FITTED_OUT", "LANDSCAPE")


def location(advert: Advert, draws: Draws | None, language: str) -> dict[str, Any]:
    """The card of a search result has the same location, but for its kind."""
    place, address = advert.core.place, advert.address
    is_unit_or_project = advert.core.listing_kind is not ListingKind.SINGLE
    return {
        "country": words.COUNTRY[language],
        "region": words.REGION_WORDS[language][place.region],
        "province": words.PROVINCE_WORDS[language][place.province],
        "district": DISTRICTS[place.district],
        "locality": place.locality,
        "postalCode": place.postal_code,
        "street": address.street,
        "number": address.house_number,
        "box": None if advert.units else address.box,
        "propertyName": draws.maybe(0.2, draws.pick(("0", "", "Résidence Réplique"))) if draws else None,
        "floor": None if advert.units else advert.building.floor,
        "latitude": address.latitude,
        "longitude": address.longitude,
        "distance": None,
        "approximated": None,
        "regionCode": words.REGION_CODES[place.region],
        "type": draws.maybe(0.36, draws.pick(_LOCATION_TYPES)) if draws and not is_unit_or_project else None,
        "hasSeaView": None,
        "pointsOfInterest": _points_of_interest(draws) if draws and draws.chance(0.06) else None,
        "placeName": draws.maybe(0.15, place.locality) if draws else None,
    }


def _points_of_interest(draws: Draws) -> list[dict[str, Any]]:
    return [{"type": kind, "distance": draws.pick((0, 0, 0, -1))} for kind in ("SCHOOL", "SHOPS", "TRANSPORT")]
