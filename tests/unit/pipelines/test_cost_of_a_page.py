"""What a listing page costs: calls of functions, which no busy machine changes. Its bounds guard the gains.

Whoever makes a page dearer on purpose raises the bound, and says why in docs/performance.md.
"""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from immobe.items import MappedListing, RawListing
from immobe.mapping.mapper import map_listing
from immobe.mapping.validation import validate
from immobe.platforms import get_platform
from immobe.platforms.base import script_with
from immobe.replica.market import Market, MarketDay
from immobe.replica.portals import PORTALS
from immobe.storage.deliveries import prepare

PLATFORM = get_platform("immoweb")
PAGES = 40


@pytest.fixture(scope="module")
def pages() -> list[tuple[str, bytes]]:
    """(URL, body) of listing pages of the replica's Immoweb."""
    portal = PORTALS["immoweb"](MarketDay(Market(1, 200), 0), None)
    urls = [record["url"] for record in portal.truth()][:PAGES]
    return [(url, portal.reply(urlsplit(url).path, "").body) for url in urls]


def read(page: tuple[str, bytes]) -> RawListing:
    url, body = page
    script = script_with(body, PLATFORM.object_marker or b"")
    payload = PLATFORM.without_private_data(PLATFORM.read_listing(script or body.decode(), url))
    return RawListing("immoweb", str(payload["id"]), PLATFORM.canonical_url(url), payload, datetime.now(UTC), "x")


def mapped(raw: RawListing) -> MappedListing:
    return validate(map_listing(PLATFORM.mapping, raw))[0]


def calls(work: Callable[[Any], Any], inputs: list[Any]) -> float:
    """Function calls for each input, once caches are warm."""
    for each in inputs:
        work(each)
    profile = cProfile.Profile()
    profile.enable()
    for each in inputs:
        work(each)
    profile.disable()
    return pstats.Stats(profile).total_calls / len(inputs)  # type: ignore[attr-defined]


def test_a_page_is_read_without_looking_at_all_of_it(pages: list[tuple[str, bytes]]) -> None:
    for _, body in pages:
        script = script_with(body, PLATFORM.object_marker or b"")
        assert script is not None
        assert len(script) < len(body) / 5
    assert calls(read, pages) < 300


def test_a_record_is_mapped_and_validated(pages: list[tuple[str, bytes]]) -> None:
    assert calls(mapped, [read(page) for page in pages]) < 3000


def test_a_record_becomes_a_row(pages: list[tuple[str, bytes]]) -> None:
    records = [mapped(read(page)) for page in pages]
    assert calls(lambda record: prepare(0, record), records) < 90
