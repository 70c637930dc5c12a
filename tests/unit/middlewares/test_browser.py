"""What becomes of a page that the browser could not make."""

from __future__ import annotations

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from immobe.errors import PageNotMade
from middlewares.browser import BrowserMiddleware
from middlewares.lease import GivenBack


@pytest.fixture
def middleware() -> BrowserMiddleware:
    return BrowserMiddleware.from_crawler(get_crawler(settings_dict={"RETRY_BACKOFF": 8.0}))


@pytest.mark.parametrize("counts", [True, False])
def test_it_goes_back_to_the_queue(middleware: BrowserMiddleware, counts: bool) -> None:
    request = Request("https://x.be/1", meta={"lease": {"attempts": 2}})
    with pytest.raises(GivenBack):
        middleware.process_exception(request, PageNotMade("browser_x", "text", delay_seconds=7.0, counts=counts))
    lease = request.meta["lease"]
    assert lease == {"attempts": 2, "verdict": "retry", "delay_seconds": 7.0, "reason": "browser_x", "counts": counts}


def test_without_a_pause_of_its_own_it_has_that_of_a_retry(middleware: BrowserMiddleware) -> None:
    request = Request("https://x.be/1", meta={"lease": {"attempts": 1}})
    with pytest.raises(GivenBack):
        middleware.process_exception(request, PageNotMade("browser_x", "text"))
    assert 0 <= request.meta["lease"]["delay_seconds"] <= 8.0


def test_other_exceptions_are_others_business(middleware: BrowserMiddleware) -> None:
    request = Request("https://x.be/1", meta={"lease": {"attempts": 1}})
    middleware.process_exception(request, ValueError())
    assert request.meta["lease"] == {"attempts": 1}


def test_the_budget_learns_the_portals_latency_and_not_chromiums(middleware: BrowserMiddleware) -> None:
    request = Request("https://x.be/1", meta={"download_latency": 4.0, "document_latency": 0.3})
    middleware.process_response(request, Response("https://x.be/1"))
    assert request.meta == {"download_latency": 0.3}
