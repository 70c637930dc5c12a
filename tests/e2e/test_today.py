"""Today: what is new since the last visit, in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from immobe.embedded import ServiceUrls
from immobe.watchtower.pages.today_visit import COOKIE
from tests.e2e.operating import ask, troubled_service
from tests.e2e.visiting import LOOKS, Look, Visitor
from tests.integration.databases import fresh_database
from tests.integration.watchtower_service import Service, prepare, serving


@pytest.fixture(scope="module")
def market(services: ServiceUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with troubled_service(services, tmp_path_factory.mktemp("today"), 400) as service:
        yield service


@pytest.fixture
def guest(chromium: Chromium, market: Service) -> Iterator[Visitor]:
    with Visitor.at(chromium, market.url) as visitor:
        yield visitor


def came_back_after(visitor: Visitor, hours: float) -> None:
    """As if the last look had been so long ago."""
    last = int((datetime.now(UTC) - timedelta(hours=hours)).timestamp())
    visitor.context.add_cookies([{"name": COOKIE, "value": f"0.{last}", "url": visitor.url}])


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_it_is_fit_to_be_seen(guest: Visitor, look: Look) -> None:
    guest.look(look)
    guest.visit("/ui")
    guest.check("today", look)


def test_the_first_visit_tells_of_a_day_and_later_ones_of_what_came_since(guest: Visitor, market: Service) -> None:
    page = guest.visit("/ui")
    expect(page.locator("main")).to_contain_text("The last 24 hours.")
    expect(page.get_by_role("link", name="last visit")).to_have_count(0)
    came_back_after(guest, 5)
    page = guest.visit("/ui")
    expect(page.locator("main")).to_contain_text("Since your last visit, 5 hours ago.")
    [new] = ask(market, "SELECT count(*) FROM listings WHERE first_seen_at > now() - interval '5 hours' "
                        "AND stage = 'scraped'")  # fmt: skip
    expect(page.locator("#new .badge")).to_have_text(str(new))
    page = guest.visit("/ui")  # the same visit goes on
    expect(page.locator("main")).to_contain_text("Since your last visit, 5 hours ago.")


def test_prices_fell_from_and_to_what_the_history_says(guest: Visitor, market: Service) -> None:
    page = guest.visit("/ui?since=day")
    found = page.locator("section", has=page.locator("#cheaper")).locator(".entry").first
    old, new = (int(re.sub(r"\D", "", found.locator(place).inner_text())) for place in ("s", "b"))
    platform, listing = found.locator("a").get_attribute("href").split("/")[-2:]  # type: ignore[union-attr]
    [told] = ask(market, "SELECT array[old::numeric, new::numeric] FROM listing_events JOIN listings ON "
                         f"listings.id = listing_id WHERE platform = '{platform}' AND platform_listing_id = '{listing}'"
                         " AND field = 'price_eur' AND cause = 'market' ORDER BY listing_events.id DESC LIMIT 1"
                )  # fmt: skip
    assert [old, new] == [int(price) for price in told]
    assert found.locator(".badge").inner_text() == f"{round(100 * (new - old) / old)}%"


def test_links_lead_to_the_whole_search(guest: Visitor) -> None:
    page = guest.visit("/ui?since=week")
    links = [page.locator("section", has=page.locator(f"#{name}")).locator(".more a") for name in ("cheaper", "back")]
    assert [link.get_attribute("href") for link in links] == [
        "/ui/listings?price_dropped=7",
        "/ui/listings?back_on_market=7",
    ]
    new = page.locator("section", has=page.locator("#new")).locator(".more a").get_attribute("href")
    assert new is not None
    assert new.startswith("/ui/listings?first_seen_since=")


def test_portals_stand_in_a_line(guest: Visitor) -> None:
    page = guest.visit("/ui")
    chips = page.locator(".chip.portal")
    expect(chips.first).to_contain_text("Realo blocked, asks again")
    expect(page.locator(".chip.portal.ok").first).to_contain_text("well")


def test_an_empty_database_says_how_to_fill_it(chromium: Chromium, services: ServiceUrls, tmp_path: Path) -> None:
    with fresh_database(services.database_url) as url:
        prepare(url, operator=False)
        service_of = serving(url, services.redis_url, tmp_path, scrapyd_url="http://127.0.0.1:1")
        with service_of as service, Visitor.at(chromium, service.url) as visitor:
            for look in (Look("light", 360, "en"), Look("dark", 1280, "nl")):
                visitor.look(look)
                page = visitor.visit("/ui")
                visitor.check("today-empty", look)
            expect(page.locator("main")).to_contain_text("scripts/demo.sh")
            page.get_by_role("link", name="De eerste operator aanmaken").click()
            expect(page).to_have_url(re.compile("/ui/set-up$"))
