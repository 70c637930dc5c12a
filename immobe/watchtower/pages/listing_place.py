"""Where a listing lies, drawn with the borders around it: a dot for an exact place, an area for any other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import cos, hypot, radians
from typing import Any

from sqlalchemy import Engine

from immobe.geo.coordinates import KM_PER_DEGREE
from immobe.items import LocationPrecision
from immobe.storage.listing_pages import box_of_points

WIDTH, HEIGHT = 480, 300
_PIXELS_PER_KM = 16.0
_APPROXIMATE_KM = 1.0
_MIDDLE_LATITUDE = 50.6
_NAME = 50


@dataclass(frozen=True, slots=True)
class Locator:
    """Paths of the borders by what they are (`land`, `region`, `province`, `canton`), towns as (x, y, names), and the
    place: the middle of the drawing, its area `radius_x` by `radius_y`, 0 for a point."""

    borders: dict[str, str]
    towns: list[tuple[float, float, dict[str, str]]]
    radius_x: float
    radius_y: float
    latitude: float
    longitude: float
    width: int = WIDTH
    height: int = HEIGHT


def locator_of(engine: Engine, row: Mapping[str, Any]) -> Locator | None:
    """Of a row of `listings`; None when nothing tells where it lies, or where its municipality lies.

    Raises ServiceError.
    """
    place = _place(engine, row)
    if place is None:
        return None
    latitude, longitude, east_km, north_km = place
    zoom = min(_PIXELS_PER_KM, 0.42 * HEIGHT / north_km if north_km else _PIXELS_PER_KM)
    x_of, y_of = zoom * KM_PER_DEGREE * cos(radians(_MIDDLE_LATITUDE)), zoom * KM_PER_DEGREE

    def at(point: tuple[float, float]) -> tuple[float, float]:
        east, north = point[0] - longitude, point[1] - latitude
        return round(WIDTH / 2 + east * x_of, 1), round(HEIGHT / 2 - north * y_of, 1)

    borders = {}
    for level, lines in _borders().items():
        drawn = ([at(point) for point in line] for line in lines)
        borders[level] = "".join(
            "M" + "L".join(f"{x} {y}" for x, y in line) for line in drawn if _is_seen(line)
        )  # fmt: skip
    towns = [(*at((east, north)), {"fr": fr, "nl": nl}) for fr, nl, east, north in _outlines()["towns"]]
    seen = [town for town in towns if 20 < town[0] < WIDTH - 20 and 20 < town[1] < HEIGHT - 12 and not _is_here(town)]
    return Locator(borders, seen, east_km * zoom, north_km * zoom, latitude, longitude)


def _place(engine: Engine, row: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    """Latitude, longitude, and how far the area goes east and north, in km."""
    precision = row["location_precision"]
    told = row["latitude"] is not None and row["longitude"] is not None
    if told and precision != LocationPrecision.MUNICIPALITY:
        around = 0.0 if precision == LocationPrecision.EXACT else _APPROXIMATE_KM
        return float(row["latitude"]), float(row["longitude"]), around, around
    box = None if row["municipality_nis"] is None else box_of_points(engine, row["municipality_nis"])
    if box is None:
        return None
    south, west, north, east = box
    narrower = cos(radians(_MIDDLE_LATITUDE))
    half_km = max(1, (east - west) / 2 * KM_PER_DEGREE * narrower), max(1, (north - south) / 2 * KM_PER_DEGREE)
    return (south + north) / 2, (west + east) / 2, *half_km


def _is_here(town: tuple[float, float, dict[str, str]]) -> bool:
    """Its name would be written over that of the place."""
    return hypot(town[0] - WIDTH / 2, town[1] - HEIGHT / 2) < _NAME


def _is_seen(line: list[tuple[float, float]]) -> bool:
    xs, ys = zip(*line, strict=True)
    return bool(max(xs) > 0 and min(xs) < WIDTH and max(ys) > 0 and min(ys) < HEIGHT)


def _borders() -> dict[str, list[list[tuple[float, float]]]]:
    outlines = _outlines()
    return {"land": outlines["land"], **outlines["lines"]}


@cache
def _outlines() -> dict[str, Any]:
    """Borders of Belgium, see `scripts/build_outlines.py`."""
    found: dict[str, Any] = json.loads((files("immobe.geo") / "data/outlines.json").read_text(encoding="utf-8"))
    return found
