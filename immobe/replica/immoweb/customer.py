"""The `customers` of an advert: who sells it."""

from __future__ import annotations

from typing import Any

from immobe.items import SellerType
from immobe.replica.advert import Advert
from immobe.replica.immoweb import words

_LOCATION_KEYS = [
    "country",
    "region",
    "province",
    "district",
    "locality",
    "postalCode",
    "street",
    "number",
    "box",
    "propertyName",
    "floor",
    "latitude",
    "longitude",
    "distance",
    "approximated",
    "regionCode",
    "type",
    "hasSeaView",
    "pointsOfInterest",
    "placeName",
]


def customer(advert: Advert, language: str) -> dict[str, Any]:
    seller = advert.seller
    pays_online = seller.seller_type is SellerType.AGENCY and seller.number % 17 == 0
    professional = not seller.is_private
    return {
        "id": seller.number,
        "type": words.SELLER_CODES[seller.seller_type] + ("_PAYING_WITH_OGONE" if pays_online else ""),
        "email": seller.email if professional or advert.index % 2 else None,
        "logoUrl": f"https://media.immowebstatic.be/customers/{seller.number}/logo/1.jpg" if professional else None,
        "phoneNumber": seller.phone if professional else None,
        "mobileNumber": None if professional else seller.phone,
        "name": seller.name,
        "website": seller.website,
        "location": _customer_location(advert, language) if professional else dict.fromkeys(_LOCATION_KEYS),
        "ipiNo": seller.licence,
        "isOwner": True,
        "contactHoursMobile": "anytime",
        "contactHoursLandline": "anytime" if professional else None,
        "salesRepresentative": _representative(advert) if professional else None,
        "features": {
            "page404": professional,
            "investorFlag": False,
            "relatedClassifieds": professional,
            "leafletsCTA": False,
            "leadQualification": professional,
            "recommendation": professional,
        },
    }


def _representative(advert: Advert) -> dict[str, str] | None:
    """One agency in eight names the person to call."""
    number = advert.seller.number
    if number % 8:
        return None
    return {
        "name": f"Agent Réplique {number}",
        "email": f"agent.{number}@example.invalid",
        "landLine": f"(02) 000.{number % 100:02d}.00",
    }


def _customer_location(advert: Advert, language: str) -> dict[str, Any]:
    place = advert.core.place
    return dict.fromkeys(_LOCATION_KEYS) | {
        "country": words.COUNTRY[language],
        "province": words.PROVINCE_WORDS[language][place.province],
        "locality": place.locality,
        "postalCode": place.postal_code,
        "street": f"Place de la Réplique {advert.seller.number % 90 + 1}",
    }
