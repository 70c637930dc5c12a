"""Applies a platform's mapping to its object: declared fields first, then what must be derived from several.

A `Draft` collects values by the record's names and, for each null that matters, the reason. The mapper never raises:
a value that cannot be read becomes null with `not_parsed`, and the text found is kept in `raw`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from immobe.items import NOT_IN_ADVERT, NOT_PARSED, Listing, ListingKind, MappedListing, RawListing
from immobe.mapping import paths
from immobe.mapping.convert import Convert, Unconvertible, clean

# The nulls that a reader must be able to trust: each gets a reason in `missing`.
FIELDS_THAT_MATTER = (
    "transaction_type", "property_type", "property_subtype", "price_eur", "postal_code", "locality", "municipality_nis",
    "street", "latitude", "longitude", "living_area_m2", "land_area_m2", "bedroom_count", "construction_year",
    "epc_label", "epc_kwh_m2_year",
)  # fmt: skip
_RAW_LENGTH = 200


@dataclass(slots=True)
class Draft:
    """A record in the making."""

    payload: Mapping[str, Any]
    url: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=dict)

    def find(self, *at: str) -> Any:
        """The first non-null value of these paths in the platform's object."""
        return paths.first(self.payload, *at)

    def read(self, name: str, convert: Convert, *at: str) -> Any:
        """Sets `name` from the first of these paths that says something, converted; returns the value or None."""
        for text in at:
            found = paths.path(text)(self.payload)
            if found is not None and self.put(name, convert, found) is not None:
                self.missing.pop(name, None)
                return self.values[name]
        return None

    def url_language(self, languages: tuple[str, ...]) -> str | None:
        """The language that the page's URL names, as in `/fr/annonce/…`."""
        named = [part for part in self.url.split("/")[3:4] if part in languages]
        return named[0] if named else None

    def put(self, name: str, convert: Convert, found: object) -> Any:
        """Sets `name` to `found`, converted; notes `not_parsed` when that fails."""
        try:
            value = convert(found)
        except Unconvertible:
            self.missing[name] = NOT_PARSED
            self.raw[name] = as_found(found)
            return None
        if value is not None:
            self.values[name] = value
        normalised = isinstance(value, StrEnum) or isinstance(found, str)
        if value is None or (normalised and isinstance(value, str | int | Decimal) and str(value) != as_found(found)):
            self.raw[name] = as_found(found)
        return value


def as_found(value: object) -> str:
    """The value as the page had it, as a short text.

    >>> as_found(True), as_found("AS_NEW")
    ('true', 'AS_NEW')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and value.bit_length() > 1000:
        return "(a number of absurd length)"
    if isinstance(value, list | dict):
        return f"(a {type(value).__name__} of {len(value)})"
    return clean(str(value)[: 2 * _RAW_LENGTH])[:_RAW_LENGTH]


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a mapping: the record's field, how to convert it, and where it is kept (first non-null wins)."""

    name: str
    convert: Convert
    at: tuple[str, ...]


def field_at(name: str, convert: Convert, *at: str) -> Field:
    """A mapping line; a misspelt field or path fails at import, not on a page."""
    if name not in Listing.model_fields:
        raise ValueError(f"no such field of a listing: {name}")
    for text in at:
        paths.path(text)
    return Field(name, convert, at)


@dataclass(frozen=True, slots=True)
class PlatformMapping:
    """How one platform's objects become records."""

    version: str
    fields: tuple[Field, ...]
    # What needs more than one value: price, seller, place.
    derive: tuple[Callable[[Draft], None], ...]
    # Branches that every sound object has; without one the page is suspicious and its nulls say nothing.
    branches: tuple[str, ...]


def map_listing(mapping: PlatformMapping, source: RawListing) -> MappedListing:
    """The canonical record of a platform's object, not yet validated. Never raises on any object."""
    draft = Draft(source.payload, source.url)
    for line in mapping.fields:
        draft.read(line.name, line.convert, *line.at)
    for derive in mapping.derive:
        derive(draft)
    if source.project_id and "project_id" not in draft.values:
        draft.values |= {"project_id": source.project_id, "listing_kind": ListingKind.UNIT}
    suspicious = not all(isinstance(draft.find(branch), dict) for branch in mapping.branches)
    reason = NOT_PARSED if suspicious else NOT_IN_ADVERT
    for name in FIELDS_THAT_MATTER:
        if draft.values.get(name) is None:
            draft.missing.setdefault(name, reason)
    listing = Listing.model_construct(
        **draft.values,
        platform=source.platform,
        platform_listing_id=source.platform_listing_id,
        url=source.url,
        missing=draft.missing,
        raw={name: text for name, text in draft.raw.items() if text},
        mapper_version=mapping.version,
        fetched_at=source.fetched_at,
    )
    return MappedListing(listing, source, suspicious)


# What a search card may say, by the record's names.
_CARD_FIELDS = frozenset({
    "language", "listing_kind", "project_id", "transaction_type", "sale_method", "status", "price_eur", "price_kind",
    "price_min_eur", "price_max_eur", "previous_price_eur", "annuity_lump_sum_eur", "annuity_monthly_eur",
    "property_type", "property_subtype", "bedroom_count", "room_count", "living_area_m2", "land_area_m2", "epc_label",
    "street", "house_number", "box", "floor", "postal_code", "locality", "municipality_nis", "province", "region",
    "latitude", "longitude", "location_precision",
})  # fmt: skip
_CARD_ALWAYS = ("transaction_type", "property_type", "price_eur", "postal_code")


def card_facts(
    card: Mapping[str, Any], fields: tuple[Field, ...], derive: tuple[Callable[[Draft], None], ...], url: str = ""
) -> dict[str, Any]:
    """What a search card states, by the record's field names, and null for what every card should; never raises."""
    draft = Draft(card, url)
    for line in fields:
        if line.name in _CARD_FIELDS:
            draft.read(line.name, line.convert, *line.at)
    for rule in derive:
        rule(draft)
    stated = {name: value for name, value in draft.values.items() if name in _CARD_FIELDS and value is not None}
    return {**dict.fromkeys(_CARD_ALWAYS), **stated}
