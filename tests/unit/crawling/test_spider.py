"""What a spider makes of each kind of page, and that every spider is one of ours."""

import inspect
import json
from dataclasses import replace
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse, Response
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from immobe.crawling.spider import SEARCH_PRIORITY, PlatformSpider
from immobe.errors import ScopeError
from immobe.items import DetectedPage, QuarantinedRecord, RawListing, RemovedListing
from immobe.platforms import PLATFORMS, SearchPage
from immobe.platforms.immoweb import Immoweb
from spiders.immoweb import ImmowebSpider

LISTING = "https://www.immoweb.be/en/classified/house/for-sale/gent/9000/20820613"
OBJECT = {"id": 20820613, "property": {"type": "HOUSE"}, "customers": [{"type": "PRIVATE", "name": "Particulier Test"}]}


@pytest.fixture
def spider() -> ImmowebSpider:
    return ImmowebSpider()


def response(body: bytes | str, url: str = LISTING, status: int = 200, **meta: Any) -> Response:
    request = Request(url, meta={"correlation_id": "c1", **meta})
    raw = body.encode() if isinstance(body, str) else body
    return HtmlResponse(url, status=status, body=raw, encoding="utf-8", request=request)


def listing_page(value: object) -> str:
    return f"<html><script>window.classified = {json.dumps(value)};</script></html>"


def spiders() -> list[type[PlatformSpider]]:
    loader = SpiderLoader(Settings({"SPIDER_MODULES": ["spiders"]}))
    return [loader.load(name) for name in loader.list()]


@pytest.mark.parametrize("cls", spiders(), ids=lambda c: c.name)
def test_every_spider_is_a_declaration_named_like_its_platform(cls: type[PlatformSpider]) -> None:
    assert issubclass(cls, PlatformSpider)
    assert cls.name == cls.platform.name == cls.__module__.rpartition(".")[2]
    assert cls.platform is PLATFORMS[cls.name]
    assert not cls.__dict__.get("custom_settings")
    assert cls().seeds(), "a spider has somewhere to start"
    assert all(request.url.startswith("https://") for request in cls().seeds())


def test_every_platform_has_a_spider() -> None:
    assert {cls.name for cls in spiders()} == set(PLATFORMS)


def test_a_listing_page_yields_its_object_without_private_data(spider: ImmowebSpider) -> None:
    [item] = spider.parse_listing(response(listing_page(OBJECT)), "20820613", project_id="5")
    assert isinstance(item, RawListing)
    assert (item.platform_listing_id, item.url, item.project_id) == ("20820613", LISTING, "5")
    assert item.correlation_id == "c1"
    assert item.payload["customers"] == [{"type": "PRIVATE"}]


def test_a_project_leads_to_its_units(spider: ImmowebSpider) -> None:
    project = {**OBJECT, "cluster": {"units": [{"items": [{"id": 20820660, "saleStatus": "AVAILABLE"}]}]}}
    item, rows, request = spider.parse_listing(response(listing_page(project)), "20820613")
    assert isinstance(item, RawListing)
    assert isinstance(rows, DetectedPage), "a unit is a row before it is queued"
    assert (rows.listings[0].platform_listing_id, rows.listings[0].card["project_id"]) == ("20820660", "20820613")
    assert isinstance(request, Request)
    assert request.cb_kwargs == {"listing_id": "20820660", "project_id": "20820613"}


@pytest.mark.parametrize("status", [404, 410])
def test_a_missing_page_is_evidence(spider: ImmowebSpider, status: int) -> None:
    [item] = spider.parse_listing(response("gone", status=status), "20820613")
    assert isinstance(item, RemovedListing)
    assert (item.evidence, item.url) == (f"http_{status}", LISTING)


def test_a_redirect_home_is_evidence(spider: ImmowebSpider) -> None:
    home = response("<html>", "https://www.immoweb.be/nl", redirect_urls=[LISTING])
    [item] = spider.parse_listing(home, "20820613")
    assert isinstance(item, RemovedListing)
    assert (item.evidence, item.url) == ("redirected_home", LISTING)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (listing_page(OBJECT)[:60].encode(), "json_cut_off"),
        (b"<html>hello</html>", "no_classified"),
        (listing_page({**OBJECT, "id": 1}).encode(), "another_listing"),
        ("<html>é</html>".encode("latin-1"), "no_classified"),
        (b"\xff\xfe\x00\x01", "page_cut_off"),
    ],
)
def test_an_unreadable_page_is_kept_with_its_reason(spider: ImmowebSpider, body: bytes, reason: str) -> None:
    [item] = spider.parse_listing(response(body), "20820613")
    assert isinstance(item, QuarantinedRecord)
    assert item.reasons[0].startswith(reason)
    assert (item.platform_listing_id, item.correlation_id) == ("20820613", "c1")
    assert "Particulier" not in str(item.payload)


def test_a_search_page_yields_rows_first_then_requests(spider: ImmowebSpider) -> None:
    cards = [{"id": n, "property": {}, "price": {}} for n in (20820613, 20820660)]
    body = json.dumps({"results": cards, "totalItems": 61, "currentPage": 1})
    page, *requests = spider.parse_search(response(body, "https://www.immoweb.be/en/search/house/for-sale?page=1"))
    assert isinstance(page, DetectedPage)
    assert [c.platform_listing_id for c in page.listings] == ["20820613", "20820660"]
    found = [r for r in requests if isinstance(r, Request)]
    assert [(r.priority, r.url.rpartition("/")[2]) for r in found] == [
        (0, "20820613"), (0, "20820660"), (SEARCH_PRIORITY, "for-sale?page=2"),
    ]  # fmt: skip
    assert [r.meta["correlation_id"] for r in found[:2]] == [c.correlation_id for c in page.listings]


def test_a_broken_search_page_is_kept(spider: ImmowebSpider) -> None:
    [item] = spider.parse_search(response("<html>captcha</html>", "https://www.immoweb.be/en/search"))
    assert isinstance(item, QuarantinedRecord)


@pytest.mark.parametrize(("mode", "seeds"), [("all", 16), ("scout", 16), ("harvest", 0)])
def test_only_scouts_have_seeds(mode: str, seeds: int) -> None:
    assert len(ImmowebSpider(mode=mode).seeds()) == seeds


def test_arguments_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ScopeError, match="unknown mode 'fast'"):
        ImmowebSpider(mode="fast")
    with pytest.raises(ScopeError, match="unknown type"):
        ImmowebSpider(scope="type=castle")


class _Elsewhere(Immoweb):
    """A portal that answers a search with results of other places, and whose searches end with 404."""

    ends_with_404 = True

    def read_search(self, page: str, url: str | None) -> SearchPage:
        found = super().read_search(page, url)
        return replace(found, next_page=None, outside=frozenset({"20820660"}), stopped="1 of 2 results lies elsewhere")


class _ElsewhereSpider(ImmowebSpider):
    platform = _Elsewhere()


def test_results_of_other_places_are_rows_without_requests_and_stop_the_walk() -> None:
    cards = [{"id": n, "property": {}, "price": {}} for n in (20820613, 20820660)]
    body = json.dumps({"results": cards, "totalItems": 61, "currentPage": 1})
    url = "https://www.immoweb.be/en/search/house/for-sale?page=1"
    page, request, kept = _ElsewhereSpider().parse_search(response(body, url))
    assert isinstance(page, DetectedPage)
    assert isinstance(request, Request)
    assert isinstance(kept, QuarantinedRecord)
    assert [c.platform_listing_id for c in page.listings] == ["20820613", "20820660"]
    assert request.cb_kwargs["listing_id"] == "20820613"
    assert kept.reasons == ("search_stopped: 1 of 2 results lies elsewhere",)


class _BidditSpider(PlatformSpider):
    name = "biddit"
    platform = PLATFORMS["biddit"]


def test_an_object_that_a_page_lacks_is_asked_for_once_where_the_platform_says() -> None:
    spider, url = _BidditSpider(), "https://www.biddit.be/fr/catalog/detail/300001"
    [request] = spider.parse_listing(response("<html><app-root></app-root></html>", url), "300001")
    assert isinstance(request, Request)
    assert request.url == "https://www.biddit.be/api/eco/biddit-bff/lot/300001"
    assert request.cb_kwargs["listing_id"] == "300001"
    assert "dont_obey_robotstxt" not in request.meta
    [item] = spider.parse_listing(
        response(json.dumps({"reference": "300001", "properties": []}), request.url), "300001"
    )
    assert isinstance(item, RawListing)
    assert item.url == url
    [kept] = spider.parse_listing(response("<html>maintenance</html>", request.url), "300001")
    assert isinstance(kept, QuarantinedRecord)
    [gone] = spider.parse_listing(response("", request.url, status=404), "300001")
    assert isinstance(gone, RemovedListing)
    assert gone.url == url
    [cut] = spider.parse_listing(response("<html><script id='ng-state'>{", url), "300001")
    assert isinstance(cut, QuarantinedRecord)


def test_a_search_may_end_with_404_but_does_not_begin_with_it() -> None:
    missing = response("not found", "https://www.immoweb.be/en/search?page=2", status=404)
    assert list(_ElsewhereSpider().parse_search(missing, number=2)) == []
    [kept] = _ElsewhereSpider().parse_search(missing)
    assert isinstance(kept, QuarantinedRecord)
    [kept] = ImmowebSpider().parse_search(missing, number=2)
    assert isinstance(kept, QuarantinedRecord)


def test_a_page_that_is_as_it_was_is_seen_and_not_read(spider: ImmowebSpider) -> None:
    [seen] = spider.parse_listing(response(b"", status=304, unchanged=True), "20820613")
    assert isinstance(seen, DetectedPage)
    [listing] = seen.listings
    assert (listing.platform_listing_id, listing.url, listing.unchanged, listing.card) == (
        "20820613",
        LISTING,
        True,
        {},
    )


@pytest.mark.parametrize("callback", [PlatformSpider.parse_search, PlatformSpider.parse_listing])
def test_callbacks_are_generators_whose_time_is_bounded(callback: Any) -> None:
    assert inspect.isgeneratorfunction(callback)
