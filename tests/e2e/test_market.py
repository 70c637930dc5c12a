"""The market's pages: figures are those of plain SQL, thin groups are marked, the choice is in the address."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine, text

from immobe.storage.engine import make_engine
from tests.e2e.neighbourhood import TOWN
from tests.e2e.neighbourhood import neighbourhood as neighbourhood
from tests.e2e.neighbourhood import stroller as stroller
from tests.e2e.visiting import LOOKS, Look, Visitor
from tests.integration.watchtower_service import Service

GHENT = f"/ui/market/{TOWN}"
# What the figures count, written anew: houses that are offered at an asking price, each once.
_HOMES = """
    SELECT DISTINCT ON (coalesce(property_id, -id)) price_eur, price_eur / living_area_m2 AS m2_eur, epc_label
    FROM listings LEFT JOIN property_listings ON listing_id = id
    WHERE stage = 'scraped' AND coalesce(status, 'available') IN ('available', 'under_option')
        AND transaction_type = 'sale' AND sale_method = 'private_treaty' AND price_kind = 'asking'
        AND property_type = 'house' AND listing_kind <> 'project' AND price_eur IS NOT NULL
        AND municipality_nis = '44021'
    ORDER BY coalesce(property_id, -id), last_seen_at DESC, id
"""


@pytest.fixture
def engine(neighbourhood: Service) -> Any:
    made = make_engine(neighbourhood.config, neighbourhood.database_url)
    yield made
    made.dispose()


def asked(engine: Engine, what: str) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(f"SELECT {what} FROM ({_HOMES}) AS homes")).scalar()


def digits(told: str | None) -> int:
    return int(re.sub(r"\D", "", told or ""))


def figure(page: Page, name: str) -> int:
    return digits(page.locator(".figure").filter(has_text=name).locator("dd").text_content().replace("m²", ""))


def rows(page: Page) -> Locator:
    return page.locator(".market-table tbody tr")


@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("market", "/ui/market"),
        ("market-provinces", "/ui/market?by=province&transaction_type=rent&property_type=apartment"),
    ],
)
def test_the_market_is_fit_to_be_seen(visitor: Visitor, name: str, path: str, look: Look) -> None:
    visitor.look(look)
    visitor.visit(path)
    visitor.check(name, look)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_municipality_is_fit_to_be_seen(stroller: Visitor, look: Look) -> None:
    stroller.look(look)
    stroller.visit(GHENT)
    stroller.check("market-town", look)


def test_figures_are_those_of_the_database(stroller: Visitor, engine: Engine) -> None:
    page = stroller.visit(GHENT)
    assert figure(page, "offered now") == asked(engine, "count(*)") == 15
    middle = "percentile_cont(0.5) WITHIN GROUP (ORDER BY {})"
    assert figure(page, "median asking price") == round(asked(engine, middle.format("price_eur")))
    assert figure(page, "median per m²") == round(asked(engine, middle.format("m2_eur")))
    prices = page.locator("section:has(> h2)").filter(has=page.get_by_role("heading", name="Prices", exact=True))
    prices.locator("summary").click()
    drawn = sum(map(digits, prices.locator("td").all_text_contents()))
    beyond = re.search(r"(\d+) dearer", prices.text_content() or "")
    assert drawn + int(beyond[1] if beyond else 0) == 15
    labels = page.locator(".epc-table tr", has_text=re.compile("^C"))
    expect(labels.locator("td").nth(1)).to_contain_text(str(asked(engine, "count(*) FILTER (WHERE epc_label = 'C')")))


def test_what_is_not_counted_is_said(visitor: Visitor) -> None:
    page = visitor.visit("/ui/market")
    expect(page.locator(".said")).to_contain_text(re.compile(r"Not among them:.*auction \(\d+\)", re.DOTALL))


def test_thin_groups_are_marked_and_come_last(visitor: Visitor) -> None:
    page = visitor.visit("/ui/market?sort=-m2")
    thin = [row.locator(".badge").count() > 0 for row in rows(page).all()]
    assert any(thin)
    assert thin == sorted(thin)
    for row, is_thin in zip(rows(page).all()[:10], thin, strict=False):
        assert (digits(row.locator("td").first.text_content()) < 10) == is_thin


def test_the_table_is_put_in_order_by_its_columns(visitor: Visitor) -> None:
    page = visitor.visit("/ui/market?by=province")
    page.get_by_role("link", name="Median price").click()
    page.wait_for_url("**sort=-price**")
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Median price")
    solid = [row for row in rows(page).all() if not row.locator(".badge").count()]
    prices = [digits(row.locator("td").nth(1).text_content()) for row in solid]
    assert prices == sorted(prices, reverse=True)
    page.go_back()
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Offered")


def test_the_choice_is_in_the_address(visitor: Visitor) -> None:
    page = visitor.visit("/ui/market")
    page.get_by_role("link", name="to let").click()
    page.get_by_role("link", name="apartment", exact=True).click()
    page.locator(".chip", has_text="2").first.click()
    assert "transaction_type=rent" in page.url
    assert "property_type=apartment" in page.url
    assert "bedrooms=2" in page.url
    expect(page.locator(".page-head")).to_contain_text("Apartments to let")
    page.locator("select[name=province]").select_option("antwerp")
    page.locator(".place-filter button").click()
    page.wait_for_url("**province=antwerp**")
    assert "bedrooms=2" in page.url
    expect(page.locator(".page-head")).to_contain_text("Antwerp")


def test_a_row_leads_to_its_municipality_and_that_to_its_listings(stroller: Visitor) -> None:
    page = stroller.visit("/ui/market")
    page.locator("main").focus()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{GHENT}?**")
    expect(page.locator("h1")).to_have_text("Gent")
    target = page.get_by_role("link", name="The listings").get_attribute("href")
    assert target == f"/ui/listings?municipality_nis={TOWN}&transaction_type=sale&property_type=house"


def test_municipalities_have_their_name_in_the_language_of_who_reads(stroller: Visitor) -> None:
    stroller.look(Look("light", 1280, "fr"))
    page = stroller.visit("/ui/market?q=gand")
    expect(rows(page).first.locator("th")).to_have_text("Gand")
    stroller.expected_statuses = {404}
    page = stroller.visit("/ui/market/00000")
    expect(page.locator("main")).to_contain_text("Aucune commune ne porte ce code.")
