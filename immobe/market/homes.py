"""What matching looks at: the facts of one advert that tell dwellings apart, in forms that can be compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from immobe.items import Condition, ListingKind, PropertyType

_NEW_CONDITIONS = (Condition.NEW, Condition.UNDER_CONSTRUCTION)
_YEARS_NEW = 1
# Words for a kind of street that portals shorten; both official languages.
_SHORT = {
    "str": "straat", "stwg": "steenweg", "stw": "steenweg", "st": "sint", "ste": "sainte", "av": "avenue",
    "ave": "avenue", "bd": "boulevard", "bld": "boulevard", "blvd": "boulevard", "ch": "chaussee", "chee": "chaussee",
    "r": "rue", "pl": "place", "ln": "laan", "dr": "docteur", "sq": "square",
}  # fmt: skip
_STREET_ENDS = re.compile(r"(?<=\w)(str|stwg|ln)\.?(?=\s|$)")
_NUMBER = re.compile(r"(\d+)\s*([a-z]*)(?:\s*[-/+]\s*(\d+))?")
_BOX_WORDS = re.compile(r"^(?:boite|bte|bus|box|app|appt|b)\W*(?=\w)")


@dataclass(frozen=True, slots=True)
class Home:
    """One advert's facts, by the canonical record's names. Amounts are in euro, areas in m²; None is unknown."""

    id: int
    platform: str
    listing_kind: str = ListingKind.SINGLE
    project_id: str | None = None
    external_reference: str | None = None
    transaction_type: str | None = None
    price_eur: float | None = None
    price_kind: str | None = None
    price_min_eur: float | None = None
    price_max_eur: float | None = None
    annuity_lump_sum_eur: float | None = None
    cadastral_income_eur: float | None = None
    property_type: str | None = None
    property_subtype: str | None = None
    condition: str | None = None
    construction_year: int | None = None
    facade_count: int | None = None
    floor_count: int | None = None
    floor: int | None = None
    bedroom_count: int | None = None
    bathroom_count: int | None = None
    shower_room_count: int | None = None
    toilet_count: int | None = None
    room_count: int | None = None
    living_area_m2: float | None = None
    land_area_m2: float | None = None
    garden_area_m2: float | None = None
    terrace_area_m2: float | None = None
    epc_label: str | None = None
    epc_kwh_m2_year: int | None = None
    epc_reference: str | None = None
    e_level: int | None = None
    street: str | None = None
    house_number: str | None = None
    box: str | None = None
    postal_code: str | None = None
    municipality_nis: str | None = None
    region: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    location_precision: str | None = None
    seller_type: str | None = None
    seller_name: str | None = None
    seller_id: str | None = None
    seller_licence: str | None = None
    first_seen_at: datetime | None = None
    gone_at: datetime | None = None
    """When it went; None while it is on the market."""

    @property
    def is_project(self) -> bool:
        return self.listing_kind == ListingKind.PROJECT

    @property
    def is_new_build(self) -> bool:
        """A unit of a project, or a home that is as new: its neighbours may be on the market with it."""
        if self.listing_kind == ListingKind.UNIT or self.condition in _NEW_CONDITIONS or self.e_level is not None:
            return True
        if self.construction_year is None or self.first_seen_at is None:
            return False
        return self.construction_year >= self.first_seen_at.year - _YEARS_NEW

    @property
    def shares_a_building(self) -> bool:
        """Other dwellings may have its address, point, year and seller."""
        return self.property_type == PropertyType.APARTMENT or self.is_new_build


FACTS = tuple(field.name for field in fields(Home))


def home_of(facts: Mapping[str, Any]) -> Home:
    """From a row or a record; other keys are not looked at."""
    return Home(**{name: _number(facts[name]) for name in FACTS if facts.get(name) is not None})


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


@lru_cache(100_000)
def plain(text: str) -> str:
    """Small letters without accents and signs.

    >>> plain("Rue de l'Église"), plain("Sint-Pietersplein")
    ('rue de l eglise', 'sint pietersplein')
    """
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.sub(r"[^\w\s]|_", " ", "".join(c for c in letters if not unicodedata.combining(c))).split())


@lru_cache(100_000)
def plain_street(street: str) -> str:
    """The same, with usual abbreviations written out.

    >>> plain_street("Av. du Parc"), plain_street("Kerkstr."), plain_street("Chée de Namur")
    ('avenue du parc', 'kerkstraat', 'chaussee de namur')
    """
    text = _STREET_ENDS.sub(lambda match: _SHORT[match[1]], plain(street))
    return " ".join(_SHORT.get(word, word) for word in text.split())


@lru_cache(100_000)
def plain_number(house_number: str) -> tuple[int, int, str] | None:
    """(first, last, letter) of a house number; None when it is none.

    >>> plain_number("12 A"), plain_number("12-16"), plain_number("0")
    ((12, 12, 'a'), (12, 16, ''), None)
    """
    found = _NUMBER.match(house_number.strip().casefold())
    if found is None or int(found[1]) == 0:
        return None
    first = int(found[1])
    last = int(found[3]) if found[3] and int(found[3]) > first else first
    return first, last, found[2]


@lru_cache(100_000)
def plain_box(box: str) -> str:
    """
    >>> plain_box("Bte 0302"), plain_box("B1"), plain_box("3.2")
    ('302', '1', '32')
    """
    text = plain(box)
    return _BOX_WORDS.sub("", text).replace(" ", "").lstrip("0") or text


@lru_cache(100_000)
def plain_reference(reference: str) -> str:
    """Letters and figures alone; empty when it is too short to say anything.

    >>> plain_reference("REP-0012 345"), plain_reference("A1")
    ('rep0012345', '')
    """
    text = plain(reference).replace(" ", "")
    return text if len(text) >= 3 else ""
