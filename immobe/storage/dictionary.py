"""What each field of a listing is: its type, unit, meaning and allowed values, read from the record and the table.

Exports, the API's document and `GET /api/v1/dictionary` all tell the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import BigInteger, Boolean, Date, DateTime, Integer, Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from immobe.items import Listing, Stage
from immobe.storage.models import ListingRow
from immobe.storage.search import COMPUTED, FIELDS
from immobe.storage.vocabularies import allowed_values

FieldType = Literal["text", "integer", "decimal", "boolean", "date", "timestamp", "list of texts", "object of texts"]

_TYPES: dict[type[Any], FieldType] = {
    BigInteger: "integer",
    Integer: "integer",
    Numeric: "decimal",
    Boolean: "boolean",
    DateTime: "timestamp",
    Date: "date",
    ARRAY: "list of texts",
    JSONB: "object of texts",
    Text: "text",
}
_COMPUTED_TYPES: dict[str, FieldType] = {"price_per_m2_eur": "decimal", "days_on_market": "integer"}
_UNITS = {
    "monthly_charges_eur": "EUR/month",
    "annuity_monthly_eur": "EUR/month",
    "cadastral_income_eur": "EUR/year",
    "price_per_m2_eur": "EUR/m²",
    "epc_kwh_m2_year": "kWh/m²/year",
    "co2_kg_m2_year": "kg/m²/year",
    "latitude": "degree",
    "longitude": "degree",
    "days_on_market": "day",
}
_ENDINGS = {"_eur": "EUR", "_m2": "m²"}
_BESIDE_THE_RECORD = {
    "stage": "How far we are with the advert; what the market does is `status`.",
    "first_seen_at": "When a card or page of it was first met.",
    "last_seen_at": "When a card or page of it was last met.",
    "scraped_at": "When the page was fetched that the record comes from.",
    "gone_at": "When it was last found gone; `stage` says whether it is now.",
    "gone_evidence": "How it was found gone, as in `http_404`.",
    "price_per_m2_eur": "Whole euro a m² of living area.",
    "days_on_market": "Whole days that it is, or was, on the market.",
}
_ALWAYS = {"platform", "platform_listing_id", "url", "listing_kind", "stage", "first_seen_at", "last_seen_at",
           "title", "description", "image_urls", "missing", "raw"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One field. Times are in UTC; an object has a text per key, as in {"fr": "…"}."""

    field: str
    type: FieldType
    unit: str | None
    meaning: str
    values: tuple[str, ...] | None
    """All that are allowed; None where any are."""
    always: bool
    """Every listing has it; else null is unknown, and `missing` may say why."""


def _entry(name: str, values: dict[str, tuple[str, ...]]) -> Entry:
    unit = _UNITS.get(name) or next((unit for ending, unit in _ENDINGS.items() if name.endswith(ending)), None)
    record = Listing.model_fields.get(name)
    meaning = _BESIDE_THE_RECORD[name] if record is None else " ".join((record.description or "").split())
    return Entry(name, _type(name), unit, meaning, values.get(name), name in _ALWAYS)


def _type(name: str) -> FieldType:
    if name in COMPUTED:
        return _COMPUTED_TYPES[name]
    column = ListingRow.__table__.c[name].type
    return next(told for kind, told in _TYPES.items() if isinstance(column, kind))


def _entries() -> dict[str, Entry]:
    values = {**allowed_values(Listing), "stage": tuple(map(str, Stage))}
    return {name: _entry(name, values) for name in FIELDS}


DICTIONARY = _entries()
"""{field: what it is}, in the order of an export."""
