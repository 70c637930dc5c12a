"""What of a lot is kept: the known keys. Bids, bidders, contact persons and documents never are.

Biddit sells for notaries alone: their office is a professional seller and stays.
"""

from __future__ import annotations

from typing import Any

_LOT = (
    "lotId", "reference", "referenceCode", "organisationId", "organisationReference", "handlingMethod",
    "publicSaleStatus", "withdrawn", "withdrawnTimestamp", "soldTimestamp", "firstPublicationDateTime",
    "lastModificationDateTime", "biddingStartDateTime", "biddingEndDateTime", "initialStartingPrice", "startingPrice",
    "currentPrice", "sellingPrice", "estimatedPrice", "amountBouquet",
)  # fmt: skip
_PROPERTY = (
    "propertyId", "reference", "propertyType", "propertySubtype", "title", "description", "geoLocation",
    "livingSurfaceArea", "terrainSurface", "businessSurface", "garageSurface", "numberOfBedrooms", "numberOfBathrooms",
    "numberOfFacades", "constructionYear", "energeticClassRBC", "energeticClassRW", "energeticClassRF",
    "energeticClassRbc", "energeticClassRw", "energeticClassRf", "pebScore",
)  # fmt: skip
_PARTS = {
    "address": ("street", "estateNumber", "estateBoxNumber", "postalCode", "municipality", "country"),
    "rooms": ("numberOfBedrooms", "numberOfBathRooms", "numberOfBathrooms", "livingSurfaceArea", "businessSurface"),
    "features": (
        "terrainSurface", "garageSurface", "gardenSurface", "terraceSurface", "hasTerrace", "hasGarden", "hasGarage",
        "hasElevator", "hasSwimmingPool", "hasCellar",
    ),
    "construction": ("constructionYear", "numberOfHousingUnits", "numberOfFacades", "numberOfFloors"),
    "utilities": (
        "energeticClassRBC", "energeticClassRW", "energeticClassRF", "energeticClassRbc", "energeticClassRw",
        "energeticClassRf", "pebScore", "pebReference",
    ),
    "floodZone": ("floodZoneType", "pScore", "gScore"),
    "landIncome": ("landIncome",),
    "destination": ("isInvestmentProperty",),
}  # fmt: skip
_PICTURE = ("orderIndex", "small", "medium", "large", "bucketUrlMedium", "bucketUrlLarge")


def kept(lot: dict[str, Any]) -> dict[str, Any]:
    """A copy of the lot with the known keys alone."""
    properties = lot.get("properties")
    found = _chosen(lot, _LOT)
    if isinstance(properties, list):
        found["properties"] = [_property(value) for value in properties if isinstance(value, dict)]
    return found


def _property(value: dict[str, Any]) -> dict[str, Any]:
    found = _chosen(value, _PROPERTY)
    for name, keys in _PARTS.items():
        part = value.get(name)
        if isinstance(part, dict):
            found[name] = _chosen(part, keys)
    pictures = value.get("pictures")
    if isinstance(pictures, list):
        found["pictures"] = [_chosen(picture, _PICTURE) for picture in pictures if isinstance(picture, dict)]
    return found


def _chosen(value: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: value[key] for key in keys if value.get(key) is not None}
