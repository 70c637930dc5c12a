"""The `cluster` of a project: its ranges and every unit, sold ones too."""

from __future__ import annotations

from typing import Any

from immobe.replica.advert import Advert
from immobe.replica.immoweb import words
from immobe.replica.immoweb.addresses import listing_id, sold_unit_id
from immobe.replica.market import Market


def cluster(market: Market, advert: Advert) -> dict[str, Any]:
    ranges = cluster_ranges(advert)
    rooms = [unit.core.bedroom_count or 0 for unit in advert.units]
    group = {
        "type": words.TYPE_CODES[advert.core.kind.property_type],
        "maxPrice": ranges["maxPrice"],
        "minPrice": ranges["minPrice"],
        "minRoom": min(rooms),
        "maxRoom": max(rooms),
        "minSurface": ranges["minSurface"],
        "maxSurface": ranges["maxSurface"],
        "soldCount": sum(1 for unit in advert.units if not unit.is_available),
        "items": [
            {
                "id": sold_unit_id(market, advert.index, unit.number)
                if unit.index is None
                else listing_id(market, unit.index),
                "subtype": words.subtype_code(unit.core.kind.subtype),
                "saleStatus": "AVAILABLE" if unit.is_available else "SOLD",
                "floor": unit.floor,
                "price": unit.price,
                "bedroomCount": unit.core.bedroom_count,
                "realEstateProjectPhase": None,
                "surface": unit.core.area_m2,
            }
            for unit in advert.units
        ],
        "minPriceVAT": None,
        "maxPriceVAT": None,
    }
    tail = {"minPriceVAT": None, "maxPriceVAT": None}
    return ranges | {"projectInfo": project_info(market, advert), "units": [group]} | tail


def cluster_ranges(advert: Advert) -> dict[str, Any]:
    """The ranges over a project's available units, as the page and the search card both tell them."""
    free = [unit for unit in advert.units if unit.is_available]
    areas = sorted(unit.core.area_m2 for unit in free)
    rooms = sorted(unit.core.bedroom_count or 0 for unit in free)
    return {
        "minPrice": advert.price.lowest,
        "maxPrice": advert.price.highest,
        "minSurface": areas[0],
        "maxSurface": areas[-1],
        "bedroomRange": _range_text(rooms),
        "surfaceRange": _range_text(areas),
    }


def _range_text(values: list[int]) -> str:
    return str(values[0]) if values[0] == values[-1] else f"{values[0]} - {values[-1]}"


def project_info(market: Market, advert: Advert) -> dict[str, Any]:
    return {
        "constructor": None,
        "groupId": listing_id(market, advert.index),
        "phase": None,
        "projectName": f"Réplique {advert.core.place.locality}" if advert.index % 2 else "",
        "deliveryDate": None,
        "soldPercentage": advert.sold_percent,
        "unitsDisplayMode": "DETAILED",
    }
