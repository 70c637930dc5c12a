"""The API's answers, for its OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, create_model

from immobe.items import Amount, Listing, Stage

_EXAMPLE: dict[str, JsonValue] = {
    "platform": "immoweb",
    "platform_listing_id": "20820613",
    "url": "https://www.immoweb.be/en/classified/house/for-sale/namur/5000/20820613",
    "transaction_type": "sale",
    "property_type": "house",
    "price_eur": 295000,
    "bedroom_count": 3,
    "living_area_m2": 148,
    "postal_code": "5000",
    "epc_label": "C",
    "stage": "scraped",
    "first_seen_at": "2026-11-20T08:15:30Z",
    "days_on_market": 4,
}


class _Selected(BaseModel):
    """A listing: the canonical record, and what we know beside it. Only the fields that were asked for are there."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, json_schema_extra={"examples": [_EXAMPLE]})

    stage: Stage = Field(default=Stage.SCRAPED)
    """How far we are with the advert; what the market does is `status`."""
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    scraped_at: datetime | None = None
    gone_at: datetime | None = None
    """When it was last found gone; `stage` says whether it is now."""
    gone_evidence: str | None = None
    price_per_m2_eur: Amount | None = None
    """Whole euro a m² of living area."""
    days_on_market: int | None = None


def _optional() -> dict[str, Any]:
    """The canonical fields, none of them required: a client chooses, and a listing that was never scraped has none."""
    return {
        name: (field.annotation | None, Field(None, description=field.description))  # type: ignore[operator]
        for name, field in Listing.model_fields.items()
    }


ListingRecord: type[BaseModel] = create_model("ListingRecord", __base__=_Selected, **_optional())


class Event(BaseModel):
    """One field of a listing took another value."""

    id: int
    platform: str
    platform_listing_id: str
    field: str = Field(examples=["price_eur"])
    """A field of the record, or `listing`: `listed` or `gone`."""
    old: Any = Field(examples=[310000])
    new: Any = Field(examples=[295000])
    seen_at: datetime
    cause: str = Field(examples=["market"])
    """`first`: how its history begins; `market`: the advert changed; `correction`: we read it anew."""


class Change(BaseModel):
    """An event of the listing that it is told with."""

    field: str
    old: Any
    new: Any
    seen_at: datetime
    cause: str


class ListingPage(BaseModel):
    """`next_cursor` is null on the last page."""

    items: list[ListingRecord]
    next_cursor: str | None
    total: int | None = Field(None, description="With `total=true`; at least so many when `total_is_exact` is false.")
    total_is_exact: bool | None = None
    """Over all pages, when it was asked for."""


class ListingWithHistory(BaseModel):
    """One listing, whole, and what it went through, oldest first."""

    listing: ListingRecord
    property_id: int | None = Field(examples=[17], description="Of `/api/v1/properties`; null before it is matched.")
    history: list[Change]


class EventPage(BaseModel):
    """Latest first."""

    items: list[Event]
    next_cursor: str | None
