"""Compares records with the facts that were read from real pages independently (see README.md), for every platform."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from immobe.items import Listing

# Not compared as they stand: prose, links and times, the record's own words, and what `stated` puts in other terms.
TOLD_OTHERWISE = {"url", "street", "seller_name", "title", "description", "image_urls", "virtual_tour_url"}
TIMES = {"published_at", "modified_at"}
ABOUT_THE_RECORD = {"platform", "platform_listing_id", "missing", "raw", "mapper_version", "fetched_at"}
PLAIN_FIELDS = [f for f in Listing.model_fields if f not in TOLD_OTHERWISE | TIMES | ABOUT_THE_RECORD]


def facts_of(platform: str) -> list[dict[str, Any]]:
    """Every line of the platform's `*.jsonl`."""
    folder = Path(__file__).parent / platform
    return [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]


def captures_of(platform: str) -> Path:
    """Where the platform's captures lie, beside the checkout; perhaps not there."""
    return Path(__file__).parents[2].parent / "shared" / "captures" / platform


def digest(text: str | None) -> str | None:
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else None


def stated(listing: Listing) -> dict[str, Any]:
    """A record in the terms of the facts."""
    values = listing.model_dump(mode="json")
    return {
        **{field: values[field] for field in PLAIN_FIELDS},
        "street_sha256": digest(listing.street),
        "seller_name_sha256": digest(listing.seller_name),
        "description_languages": sorted(listing.description),
        "has_title": any(listing.title.values()),
        "image_count": len(listing.image_urls),
        "has_virtual_tour": listing.virtual_tour_url is not None,
        "published_at": listing.published_at,
        "modified_at": listing.modified_at,
    }


def same(expected: Any, got: Any) -> bool:
    if isinstance(got, datetime):
        return isinstance(expected, str) and datetime.fromisoformat(expected) == got
    if isinstance(expected, float) or isinstance(got, float):
        return expected is not None and got is not None and abs(expected - got) < 1e-6
    return type(expected) is type(got) and expected == got


def differences(fact: dict[str, Any], listing: Listing) -> Iterator[str]:
    got = stated(listing)
    untranslated = fact.get("description_languages_untranslated", ())  # has a test of its own
    got["description_languages"] = [lang for lang in got["description_languages"] if lang not in untranslated]
    for field, value in got.items():
        if field not in fact.get("open", ()) and not same(fact.get(field), value):
            yield f"{field}: expected {fact.get(field)!r}, got {value!r}"
    for field in fact.get("rejected", ()):
        if not listing.missing.get(field, "").startswith("rejected:"):
            yield f"missing[{field}]: expected rejected:…, got {listing.missing.get(field)!r}"
