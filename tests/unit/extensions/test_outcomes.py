"""The rules by which a scrape's outcome is told."""

from datetime import UTC, datetime
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest

from immobe.errors import UnreadablePage
from immobe.extensions.outcomes import Ending, Retry, attempts_of, of_exception, of_item, of_lease
from immobe.items import DetectedPage, QuarantinedRecord, RemovedListing
from immobe.observability.metrics import ScrapeStatus

NOW = datetime(2026, 11, 1, tzinfo=UTC)
GONE = RemovedListing("immoweb", "1", "https://x.be/1", "http_404", NOW, "c1")
BAD = QuarantinedRecord("immoweb", "https://x.be/1", ("json_cut_off: it ends early", "more"), "", NOW, "c1", "1")


@pytest.mark.parametrize(
    ("item", "ending"),
    [
        (GONE, Ending(ScrapeStatus.GONE, "http_404")),
        (BAD, Ending(ScrapeStatus.FAILED, "json_cut_off")),
        (DetectedPage(()), Ending(ScrapeStatus.SUCCESS)),
    ],
)
def test_a_committed_item(item: object, ending: Ending) -> None:
    assert of_item(item) == ending


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        (DownloadTimeoutError("slow"), Ending(ScrapeStatus.TIMEOUT, "download_timeout_error")),
        (TimeoutError(), Ending(ScrapeStatus.TIMEOUT, "timeout_error")),
        (IgnoreRequest("robots"), Ending(ScrapeStatus.FAILED, "ignore_request")),
        (UnreadablePage("no_classified", "none found"), Ending(ScrapeStatus.FAILED, "no_classified")),
    ],
)
def test_an_exception(error: Exception, ending: Ending) -> None:
    assert of_exception(error) == ending


@pytest.mark.parametrize(
    ("lease", "fetched", "decided"),
    [
        ({}, True, None),
        ({"attempts": 2}, True, None),
        ({"verdict": "retry", "reason": "http_503"}, True, Retry("http_503")),
        ({"verdict": "retry", "reason": "quiet_hours", "counts": False}, False, Retry("quiet_hours", False)),
        ({"verdict": "dead", "reason": "deadline"}, False, Ending(ScrapeStatus.TIMEOUT, "deadline")),
        ({"verdict": "dead", "reason": "too_large"}, True, Ending(ScrapeStatus.FAILED, "too_large")),
        ({"verdict": "retry", "reason": "blocked:captcha"}, True, Ending(ScrapeStatus.BLOCKED, "captcha")),
        (
            {"verdict": "retry", "reason": "blocked:captcha", "counts": False},
            True,
            Ending(ScrapeStatus.BLOCKED, "captcha"),
        ),
        ({"verdict": "retry", "reason": "blocked:shut", "counts": False}, False, Retry("blocked", False)),
    ],
)
def test_what_a_middleware_decided(lease: dict[str, Any], fetched: bool, decided: object) -> None:
    assert of_lease(lease, fetched=fetched) == decided


def test_attempts_count_deliveries_and_scrapys_own_retries() -> None:
    assert attempts_of(Request("https://x.be")) == 1
    assert attempts_of(Request("https://x.be", meta={"lease": {"attempts": 3}, "retry_times": 1})) == 4
