"""What travels between spider, pipelines and writer: cards, raw objects, records, evidence of removal, refusals."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from immobe.items.listing import Listing
from immobe.items.terms import PropertyType, TransactionType


@dataclass(frozen=True, slots=True)
class DetectedListing:
    """A card of a search page: the advert exists, at this URL. `card` holds what the card says, by Listing's names."""

    platform: str
    platform_listing_id: str
    url: str
    seen_at: datetime
    correlation_id: str
    card: dict[str, Any] = field(default_factory=dict)
    unchanged: bool = False
    """No card, but the portal's word (304) that the listing's page is as it was."""


@dataclass(frozen=True, slots=True)
class SearchSeen:
    """How many results a portal counts for one search."""

    platform: str
    key: str
    """Of the `SearchScope`."""
    transaction_type: TransactionType
    property_type: PropertyType | None
    """None when the portal's word stands for several."""
    province: str | None
    """The province (or `brussels`) that holds all that was searched; None when it goes beyond one."""
    total: int | None
    is_divided: bool
    """The portal shows fewer than there are: searches of the parts were made instead."""
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class DetectedPage:
    """All cards of one search page: one item, so that they are committed together."""

    listings: tuple[DetectedListing, ...]
    search: SearchSeen | None = None
    """On the first page of a search of ours: what the page tells about the whole."""


@dataclass(frozen=True, slots=True)
class RawListing:
    """The platform's own object of one advert, without personal data of private sellers."""

    platform: str
    platform_listing_id: str
    url: str
    payload: dict[str, Any]
    fetched_at: datetime
    correlation_id: str
    project_id: str | None = None


@dataclass(frozen=True, slots=True)
class MappedListing:
    """A canonical record beside the object it was made from, on its way to the database.

    `suspicious` marks a page that lacks what every advert has: its nulls say nothing about the advert.
    """

    listing: Listing
    source: RawListing
    suspicious: bool = False


@dataclass(frozen=True, slots=True)
class RemovedListing:
    """Evidence that an advert is no longer there: `http_404`, `http_410` or `redirected_home`."""

    platform: str
    platform_listing_id: str
    url: str
    evidence: str
    seen_at: datetime
    correlation_id: str


@dataclass(frozen=True, slots=True)
class QuarantinedRecord:
    """What could not be used, kept with its reasons. `payload` is the object, or the first part of the page."""

    platform: str
    url: str
    reasons: tuple[str, ...]
    payload: dict[str, Any] | str
    seen_at: datetime
    correlation_id: str
    platform_listing_id: str | None = None


Item = DetectedPage | RawListing | MappedListing | RemovedListing | QuarantinedRecord
