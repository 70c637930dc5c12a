"""The facts of Immovlan's JSON-LD, flat: several blocks until June 2026, one `RealEstateListing` in the v3 layout."""

from __future__ import annotations

from typing import Any

from immobe.mapping.paths import first
from immobe.platforms import html

# The type is written with a blank behind it.
_AGENTS = ("RealEstateAgent", "RealEstateAgent ")


def facts(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """What the blocks of a classic page say of the home; the seller's own address is left out."""
    home = html.of_type(objects, "Apartment", "House")
    address = html.of_type([o for o in objects if o.get("@type") == "PostalAddress"], "PostalAddress")
    point = html.of_type(objects, "GeoCoordinates")
    return _said(
        {
            "posted": html.of_type(objects, "RealEstateListing").get("datePosted"),
            "price": html.of_type(objects, "SellAction", "RentAction").get("price"),
            **_home(home, address, point),
            "agent": html.of_type(objects, *_AGENTS).get("name"),
        }
    )


def v3_facts(listing: dict[str, Any]) -> dict[str, Any]:
    """What the one block of a v3 page says."""
    home = _object(listing, "mainEntity")
    offer = _object(listing, "offers")
    seller = _object(offer, "offeredBy")
    is_person = seller.get("@type") == "Person"
    return _said(
        {
            "posted": listing.get("datePosted"),
            "modified": listing.get("dateModified"),
            "price": offer.get("price"),
            **_home(home, _object(home, "address"), _object(home, "geo")),
            "bedrooms": home.get("numberOfBedrooms"),
            "subtype": _property(home, "propertySubType"),
            "agent": seller.get("name"),
            "agent_is_person": is_person or None,
        }
    )


def _home(home: dict[str, Any], address: dict[str, Any], point: dict[str, Any]) -> dict[str, Any]:
    """`numberOfRooms` counts bedrooms, as the label beside it."""
    return {
        "kind": home.get("@type"),
        "area": first(home, "floorSize.value"),
        "bedrooms": home.get("numberOfRooms"),
        "bathrooms": home.get("numberOfBathroomsTotal"),
        "year": home.get("yearBuilt"),
        "street": address.get("streetAddress"),
        "postal_code": address.get("postalCode"),
        "locality": address.get("addressLocality"),
        "country": address.get("addressCountry"),
        "latitude": point.get("latitude"),
        "longitude": point.get("longitude"),
    }


def _property(home: dict[str, Any], name: str) -> Any:
    extra = home.get("additionalProperty")
    named = [p for p in extra if isinstance(p, dict) and p.get("propertyID") == name] if isinstance(extra, list) else []
    return named[0].get("value") if named else None


def _object(value: dict[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _said(found: dict[str, Any]) -> dict[str, Any]:
    """Without what is null; entities, which the portal writes into its JSON, are resolved."""
    return {key: html.unescaped(v) if isinstance(v, str) else v for key, v in found.items() if v not in (None, "")}
