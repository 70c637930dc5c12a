"""Scrapy's lines name an item, and never show it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.exceptions import DropItem
from scrapy.http import Response
from twisted.python.failure import Failure

from immobe.extensions.log_format import PrivateLogFormatter
from immobe.items import RawListing

ITEM = RawListing("immoweb", "20820613", "https://x.be/1", {"seller": "Jan"}, datetime(2026, 11, 1, tzinfo=UTC), "c1")
FORMATTER, SPIDER = PrivateLogFormatter(), Spider("immoweb")
REQUEST = Request("https://x.be/1", meta={"correlation_id": "c1"})


@pytest.mark.parametrize(
    "line",
    [
        FORMATTER.dropped(ITEM, DropItem("no price"), None, SPIDER),
        FORMATTER.item_error(ITEM, ValueError("no price"), None, SPIDER),
    ],
)
def test_an_item_is_named_by_its_id(line: dict[str, Any]) -> None:
    text = line["msg"] % line["args"]
    assert text.endswith(("RawListing: DropItem: no price", "RawListing: ValueError: no price"))
    assert (line["args"]["platform_listing_id"], line["args"]["correlation_id"]) == ("20820613", "c1")
    assert "Jan" not in str(line)


@pytest.mark.parametrize(
    "line",
    [
        FORMATTER.crawled(REQUEST, Response("https://x.be/1"), SPIDER),
        FORMATTER.spider_error(Failure(ValueError()), REQUEST, Response("https://x.be/1"), SPIDER),
        FORMATTER.download_error(Failure(ValueError()), REQUEST, SPIDER),
    ],
)
def test_a_line_about_a_request_carries_its_correlation_id(line: dict[str, Any]) -> None:
    assert (line["msg"] % line["args"]).endswith("<GET https://x.be/1>")
    assert line["args"]["correlation_id"] == "c1"


def test_a_stored_item_has_no_line_here() -> None:
    assert FORMATTER.scraped(ITEM, None, SPIDER) is None
