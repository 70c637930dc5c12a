"""What a run met, counted so that the counts of several processes add up, and small enough to keep for every run.

Adverts are counted by kind ("sale apartment"), because an empty field means something else for each: land has no
bedrooms. A project counts once: its units are as alike as the flats of one house, and would count a dozen times.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from immobe.items import NOT_PARSED, Listing, ListingKind, MappedListing, QuarantinedRecord

HISTORY_RUNS = 14
PAGE = "page"
"""The field of a refusal that tells of no field: the page could not be used at all."""
NUMBERS = (
    "price_eur", "price_min_eur", "price_max_eur", "previous_price_eur", "monthly_charges_eur", "annuity_lump_sum_eur",
    "annuity_monthly_eur", "cadastral_income_eur", "living_area_m2", "land_area_m2", "garden_area_m2",
    "terrace_area_m2", "epc_kwh_m2_year", "co2_kg_m2_year",
)  # fmt: skip
CATEGORIES = (
    "sale_method", "status", "price_kind", "property_subtype", "condition", "facade_count", "floor", "bedroom_count",
    "bathroom_count", "epc_label", "heating_type", "flood_zone", "province", "region", "location_precision",
    "seller_type", "subject_to_vat",
)  # fmt: skip
# Where a record comes from and when: no facts of the advert that could be missing.
_NO_FACTS = frozenset({
    "platform", "platform_listing_id", "url", "project_id", "listing_kind", "missing", "raw", "mapper_version",
    "fetched_at",
})  # fmt: skip
FIELDS = tuple(name for name in Listing.model_fields if name not in _NO_FACTS)
BINS = 20
"""Of a number's histogram, for each factor e: one is 5 % wide."""
_HIGHEST_CATEGORY = 10
_COUNTS = ("search_pages", "cards", "items", "unusable")


@dataclass(slots=True)
class KindTally:
    """The adverts of one kind."""

    count: int = 0
    filled: Counter[str] = field(default_factory=Counter)
    """{field: adverts that have it}."""
    values: dict[str, Counter[str]] = field(default_factory=dict)
    """{field: {category or bin: adverts}}; see `bin_of`."""

    def add(self, listing: Listing) -> None:
        self.count += 1
        for name in FIELDS:
            value = getattr(listing, name)
            if is_filled(value):
                self.filled[name] += 1
                label = label_of(name, value)
                if label is not None:
                    self.values.setdefault(name, Counter())[label] += 1

    def merge(self, other: KindTally) -> None:
        self.count += other.count
        self.filled.update(other.filled)
        for name, labels in other.values.items():
            self.values.setdefault(name, Counter()).update(labels)


@dataclass(slots=True)
class Tally:
    """One run, or one process's part of it."""

    search_pages: int = 0
    cards: int = 0
    items: int = 0
    """Records that could be used, units of projects included."""
    unusable: int = 0
    """Pages that could not: listings' that were refused or unreadable, and any that was blocked."""
    kinds: dict[str, KindTally] = field(default_factory=dict)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    """{(field or `page`, reason): pages}."""

    @property
    def read(self) -> int:
        """Pages of which a refusal could tell."""
        return self.items + self.unusable

    def search_page(self, cards: int) -> None:
        self.search_pages += 1
        self.cards += cards

    def mapped(self, record: MappedListing) -> None:
        """A validated record."""
        listing = record.listing
        self.items += 1
        for name, reason in listing.missing.items():
            if reason == NOT_PARSED or reason.startswith("rejected:"):
                self.refused[_doubtful(name, reason)] += 1
        if listing.listing_kind != ListingKind.UNIT:
            self.kinds.setdefault(kind_of(listing), KindTally()).add(listing)

    def quarantined(self, record: QuarantinedRecord) -> None:
        """A listing's page that could not be used. Each of its reasons counts, be it `field: why` or `code: text`."""
        self.unusable += 1
        for reason in record.reasons:
            name, _, why = reason.partition(": ")
            self.refused[(name, why) if name in Listing.model_fields else (PAGE, name)] += 1

    def blocked(self, reason: str, pages: int = 1) -> None:
        """Pages in whose place the portal sent something else."""
        self.unusable += pages
        self.refused[PAGE, f"blocked:{reason}"] += pages

    def merge(self, other: Tally) -> None:
        """Adds the counts of another process."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.refused.update(other.refused)
        for kind, tally in other.kinds.items():
            self.kinds.setdefault(kind, KindTally()).merge(tally)

    def to_json(self) -> dict[str, Any]:
        """As it is stored; `from_json` reads it."""
        counts = {name: getattr(self, name) for name in _COUNTS}
        kinds = {k: {"count": t.count, "filled": t.filled, "values": t.values} for k, t in self.kinds.items()}
        return {**counts, "refused": [[*key, n] for key, n in self.refused.items()], "kinds": kinds}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Reads what `to_json` wrote."""
        tally = cls(**{name: stored[name] for name in _COUNTS})
        tally.refused.update({(name, reason): n for name, reason, n in stored["refused"]})
        for kind, part in stored["kinds"].items():
            values = {name: Counter(labels) for name, labels in part["values"].items()}
            tally.kinds[kind] = KindTally(part["count"], Counter(part["filled"]), values)
        return tally


def kind_of(listing: Listing) -> str:
    """What an advert is compared with.

    >>> from datetime import UTC, datetime
    >>> kind_of(Listing.model_construct(platform="x", transaction_type="rent", property_type="house"))
    'rent house'
    """
    words = [listing.transaction_type or "?", listing.property_type or "?"]
    return " ".join([*words, "project"] if listing.listing_kind == ListingKind.PROJECT else words)


def is_filled(value: object) -> bool:
    """Whether a field says something; False and 0 do."""
    return value is not None and value not in ({}, [])


def label_of(name: str, value: Any) -> str | None:
    """Under which a value is counted: its category, or its bin. None for fields whose values are all different.

    >>> label_of("epc_label", "B"), label_of("bedroom_count", 42), label_of("price_eur", 250000), label_of("url", "x")
    ('B', '10+', '248', None)
    """
    if name in NUMBERS:
        return str(bin_of(float(value))) if value > 0 else None
    if name not in CATEGORIES:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value >= _HIGHEST_CATEGORY:
        return f"{_HIGHEST_CATEGORY}+"
    return str(value)


def bin_of(number: float) -> int:
    """The bin of a number above 0.

    >>> bin_of(1.0), bin_of(100.0)
    (0, 92)
    """
    return math.floor(math.log(number) * BINS)


def number_in(bin_: float) -> float:
    """The number in the middle of a bin.

    >>> round(number_in(bin_of(100.0)), 1)
    102.0
    """
    return math.exp((bin_ + 0.5) / BINS)


def _doubtful(name: str, reason: str) -> tuple[str, str]:
    """A point far from its postal code tells of the code as well as of the point: it counts once, as the code's."""
    if reason == "rejected:far_from_postal_code":
        return ("postal_code", "far_from_point") if name == "latitude" else ("longitude", reason)
    return name, reason
