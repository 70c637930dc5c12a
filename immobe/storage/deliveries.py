"""An item, made ready for the database: its row of `listings` as JSON, its payload, its quarantine record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from immobe.items import (
    NOT_PARSED,
    DetectedListing,
    Listing,
    ListingKind,
    MappedListing,
    QuarantinedRecord,
    RemovedListing,
    SearchSeen,
    Stage,
)
from immobe.storage.payloads import compress, digest, encode

Writable = DetectedListing | MappedListing | RemovedListing | QuarantinedRecord | SearchSeen
Row = dict[str, Any]

# Every column that may not be null, for rows that know little.
_EMPTY: Row = {
    "listing_kind": ListingKind.SINGLE,
    "title": {},
    "description": {},
    "image_urls": [],
    "missing": {},
    "raw": {},
    "doubted": {},
}
_NOT_FROM_A_CARD = {"platform", "platform_listing_id", "url", "missing", "raw", "mapper_version", "fetched_at"}
_OF_A_CARD = frozenset(Listing.model_fields) - _NOT_FROM_A_CARD
_NEVER_DOUBTED = {"missing", "raw"}
SUSPICIOUS = "suspicious_page"
_TELL_PRECISION = ("latitude", "street", "house_number")
_NUL = b"\\u0000"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one item writes. `position` is its place in the caller's sequence."""

    position: int
    item: Writable
    key: tuple[str, str] | None = None
    row_json: bytes | None = None
    payload: Row | None = None
    quarantine: Row | None = None
    search: Row | None = None


def prepare(position: int, item: Writable) -> Delivery:
    """Reads an item. Raises ValueError or TypeError when it cannot be expressed in JSON."""
    match item:
        case MappedListing():
            return _with_row(position, item, _mapped(item), payload=_payload(item))
        case DetectedListing():
            return _with_row(position, item, _detected(item))
        case RemovedListing():
            return _with_row(position, item, _removed(item))
        case SearchSeen():
            return Delivery(position, item, search=asdict(item))
        case QuarantinedRecord():
            record = quarantine_row(item)
            if item.platform_listing_id and item.url:
                return _with_row(position, item, _rejected(item), quarantine=record)
            return Delivery(position, item, quarantine=record)


def clean(value: str) -> str:
    """Without what PostgreSQL's text cannot hold: NUL characters and halves of surrogate pairs.

    >>> clean("Ga\\x00nd \\ud83c")
    'Gand ?'
    """
    return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def quarantine_row(item: QuarantinedRecord) -> Row:
    """A row of `quarantine`. Its fingerprint leaves out when it was seen, so that the same trouble is one row."""
    kind, plain = encode(item.payload)
    listing_id = None if item.platform_listing_id is None else clean(item.platform_listing_id)
    who = [clean(item.platform), listing_id, clean(item.url), [clean(reason) for reason in item.reasons]]
    return {
        "platform": who[0],
        "platform_listing_id": who[1],
        "url": who[2],
        "reasons": who[3],
        "payload": compress(plain),
        "payload_kind": kind,
        "fingerprint": hashlib.sha256(json.dumps(who).encode() + plain).digest(),
        "correlation_id": clean(item.correlation_id),
        "seen_at": item.seen_at,
    }


def _with_row(position: int, item: Writable, row: Row, **more: Row) -> Delivery:
    try:
        row_json = to_json(row, fallback=str)
    except ValueError:  # half of a surrogate pair
        row_json = _NUL
    if _NUL in row_json:
        row = _cleaned(row)
        row_json = to_json(row, fallback=str)
    return Delivery(position, item, (row["platform"], row["platform_listing_id"]), row_json, **more)


def _mapped(item: MappedListing) -> Row:
    row = item.listing.model_dump(mode="json")
    return row | {
        "stage": Stage.SCRAPED,
        "first_seen_at": row["fetched_at"],
        "last_seen_at": row["fetched_at"],
        "scraped_at": row["fetched_at"],
        "doubted": doubted_fields(row, item.suspicious),
        "correlation_id": item.source.correlation_id,
    }


def doubted_fields(row: Row, suspicious: bool) -> dict[str, str]:
    """{field: why} for what must not replace a stored value: nulls, and what the record says for want of more.

    On a suspicious page that is every null and empty text, and the kind that a listing has unless it is stated.
    """
    missing: Mapping[str, str] = row["missing"]
    if suspicious:
        empty = (name for name, value in row.items() if value in (None, {}, []) and name not in _NEVER_DOUBTED)
        doubted = {name: missing.get(name, SUSPICIOUS) for name in empty}
        if row["listing_kind"] == ListingKind.SINGLE:
            doubted["listing_kind"] = SUSPICIOUS
    else:
        doubted = {
            name: reason
            for name, reason in missing.items()
            if (reason == NOT_PARSED or reason.startswith("rejected:")) and row.get(name) in (None, {}, [])
        }
    precise = next((doubted[name] for name in _TELL_PRECISION if name in doubted), None)
    return doubted if precise is None else doubted | {"location_precision": precise}


def _payload(item: MappedListing) -> Row:
    _, plain = encode(item.source.payload)
    return {
        "payload": compress(plain),
        "sha256": digest(plain),
        "mapper_version": clean(item.listing.mapper_version),
        "fetched_at": item.listing.fetched_at,
    }


def _detected(item: DetectedListing) -> Row:
    card = {name: value for name, value in item.card.items() if name in _OF_A_CARD and value is not None}
    row = _EMPTY | card | _seen(item, item.url, item.seen_at, Stage.DISCOVERED)
    return row | {"unchanged_at": item.seen_at} if item.unchanged else row


def _removed(item: RemovedListing) -> Row:
    evidence = {"gone_at": item.seen_at, "gone_evidence": item.evidence}
    return _EMPTY | _seen(item, item.url, item.seen_at, Stage.GONE) | evidence


def _rejected(item: QuarantinedRecord) -> Row:
    return _EMPTY | _seen(item, item.url, item.seen_at, Stage.REJECTED) | {"rejected_at": item.seen_at}


def _seen(item: DetectedListing | RemovedListing | QuarantinedRecord, url: str, seen_at: datetime, stage: Stage) -> Row:
    return {
        "platform": item.platform,
        "platform_listing_id": item.platform_listing_id,
        "url": url,
        "stage": stage,
        "first_seen_at": seen_at,
        "last_seen_at": seen_at,
        "correlation_id": item.correlation_id,
    }


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(name)): _cleaned(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(inner) for inner in value]
    return value
