"""The page of a listing and of its dwelling: what is told, what is not and why, prices, verdicts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from redis import Redis
from sqlalchemy import Engine, text

from immobe.storage import audit
from immobe.storage.engine import make_engine
from tests.e2e.neighbourhood import HOSTILE, PRICES
from tests.e2e.neighbourhood import agent as agent
from tests.e2e.neighbourhood import agent_session as agent_session
from tests.e2e.neighbourhood import neighbourhood as neighbourhood
from tests.e2e.neighbourhood import stroller as stroller
from tests.e2e.visiting import LOOKS, Look, Visitor
from tests.integration.watchtower_service import NAME, Service

CORNER = "/ui/listings/immoweb/9000001"


@pytest.fixture
def database(neighbourhood: Service) -> Any:
    engine = make_engine(neighbourhood.config, neighbourhood.database_url)
    yield engine
    engine.dispose()


def asked(engine: Engine, sql: str, **values: Any) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(sql), values).scalar()


def card(page: Page, heading: str, level: int = 2) -> Locator:
    """The innermost section with this heading."""
    title = page.get_by_role("heading", name=heading, exact=True, level=level)
    return page.locator(f"section:has(> h{level})").filter(has=title)


def digits(told: str | None) -> int:
    return int(re.sub(r"\D", "", told or ""))


@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("listing", CORNER),
        ("listing-sold", "/ui/listings/immoweb/9000002"),
        ("listing-rejected", "/ui/listings/immoweb/9000004"),
        ("listing-unknown", "/ui/listings/immoweb/nobody"),
        ("property", "/ui/properties/{corner}"),
    ],
)
def test_pages_are_fit_to_be_seen(agent: Visitor, database: Engine, name: str, path: str, look: Look) -> None:
    agent.expected_statuses = {404}
    agent.look(look)
    agent.visit(path.format(corner=corner_of(database)))
    agent.check(name, look)


def corner_of(engine: Engine) -> int:
    """The property of the house at the corner."""
    sql = "SELECT property_id FROM property_listings JOIN listings ON id = listing_id WHERE platform_listing_id = :own"
    return int(asked(engine, sql, own="9000001"))


def test_texts_of_portals_are_only_text(stroller: Visitor) -> None:
    stroller.look(Look("light", 1280, "nl"))
    page = stroller.visit(CORNER)
    assert page.title() != "taken"
    assert page.locator("main script, main img").count() == 0
    expect(page.locator(".lead-title")).to_have_text(HOSTILE)
    expect(page.locator(".advert-text").first).to_contain_text(HOSTILE)
    expect(card(page, "Verkoper")).to_contain_text(HOSTILE)
    expect(page.locator("q.raw").filter(has_text="script")).to_have_text(HOSTILE)


def test_the_text_is_first_in_the_language_of_who_reads(stroller: Visitor) -> None:
    stroller.look(Look("light", 1280, "fr"))
    page = stroller.visit(CORNER)
    expect(page.locator(".advert-text").first).to_have_attribute("lang", "fr")
    other = page.locator(".other-text")
    expect(other.locator(".advert-text")).to_be_hidden()
    other.locator("summary").click()
    expect(other.locator(".advert-text")).to_have_attribute("lang", "nl")
    assert other.locator("p").count() == 2


def test_three_kinds_of_absence_are_told_apart(stroller: Visitor) -> None:
    page = stroller.visit(CORNER)
    building = card(page, "Building", 3)
    expect(building.locator('[data-absence="not_in_advert"]')).to_contain_text("Lift")
    expect(building.locator('[data-absence="refused"]')).to_have_text(
        re.compile("refused: outside what is possible.*44 gevels")
    )
    unread = card(page, "Energy and flood risk", 3).locator('[data-absence="not_read"]')
    expect(unread).to_contain_text("not read")
    expect(unread.locator("q.raw")).to_have_text(HOSTILE)


def test_the_price_is_told_with_what_became_of_it(stroller: Visitor, database: Engine) -> None:
    page = stroller.visit(CORNER)
    expect(page.locator(".lead-amount")).to_contain_text("285.000")
    expect(page.locator(".lead-price .move")).to_have_count(2)
    drawn = card(page, "Price over time")
    dots = drawn.locator("svg circle")
    expect(dots).to_have_count(3)
    drawn.locator("summary").click()
    told = [digits(cell) for cell in drawn.locator("td").all_text_contents()]
    stored = asked(
        database,
        "SELECT array_agg(new ORDER BY seen_at) FROM listing_events JOIN listings ON listings.id = listing_id "
        "WHERE platform_listing_id = '9000001' AND field = 'price_eur'",
    )
    assert told == stored == list(PRICES)
    heights = [float(dots.nth(place).get_attribute("cy") or "") for place in range(3)]
    assert heights == sorted(heights)
    assert (heights[1] - heights[0]) / (heights[2] - heights[0]) == pytest.approx(9 / 15, abs=0.02)


def test_status_is_told_by_evidence_alone(stroller: Visitor) -> None:
    page = stroller.visit("/ui/listings/immoweb/9000002")
    standing = page.locator(".lead-standing")
    expect(standing).to_contain_text("said by the advert")
    expect(standing).to_contain_text("Immoweb answered that it is gone (410)")
    page = stroller.visit("/ui/listings/immoweb/9000000")
    expect(standing).to_contain_text("no longer knows its address (404)")
    expect(standing).to_contain_text("Nothing says what became of it.")
    expect(standing).not_to_contain_text("sold")


def test_the_position_among_comparables_is_that_of_the_database(stroller: Visitor, database: Engine) -> None:
    page = stroller.visit(CORNER)
    position = card(page, "Price per m² among comparable homes")
    cheaper = asked(
        database,
        "SELECT count(*) FROM listings WHERE street = 'Coupure' AND price_eur / living_area_m2 < 285000 / 150.0",
    )
    assert cheaper == 0
    expect(position).to_contain_text("0% of 14 comparable homes")
    position.locator("summary").click()
    assert sum(digits(cell) for cell in position.locator("td").all_text_contents()) == 14
    page = stroller.visit("/ui/listings/immoweb/9000002")
    expect(card(page, "Price per m² among comparable homes")).to_contain_text("Not enough comparables")


def test_energy_has_the_scale_of_its_region_and_the_rule(stroller: Visitor) -> None:
    page = stroller.visit(CORNER)
    energy = card(page, "Energy")
    assert energy.locator(".scale li").all_text_contents() == ["A+", "A", "B", "C", "D", "E", "F"]
    expect(energy.locator('[aria-current="true"]')).to_have_text("E")
    expect(energy.locator(".note")).to_contain_text("1 January 2023")
    page = stroller.visit("/ui/listings/immoweb/9100003")
    expect(card(page, "Energy").locator(".note")).to_have_count(0)


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("9000003", "waits to be fetched"),
        ("9000004", "no such postal code exists"),
        ("9000005", "http_500"),
    ],
)
def test_a_listing_that_was_never_read_says_why(stroller: Visitor, number: str, why: str) -> None:
    page = stroller.visit(f"/ui/listings/immoweb/{number}")
    expect(card(page, "Why there is nothing to see")).to_contain_text(why)


def test_an_unknown_listing_can_be_searched_for(stroller: Visitor) -> None:
    stroller.expected_statuses = {404}
    page = stroller.visit("/ui/listings/immoweb/ABC-1")
    page.keyboard.press("/")
    expect(page.locator("main input[name=q]")).to_be_focused()
    page.locator("main button").click()
    page.wait_for_url("**/ui/listings?q=ABC-1")


def test_the_home_has_all_its_adverts_and_says_why_they_are_one(stroller: Visitor, database: Engine) -> None:
    page = stroller.visit(CORNER)
    adverts = card(page, "3 adverts of this home")
    expect(adverts.locator("tbody tr")).to_have_count(3)
    expect(adverts).to_contain_text("relisted under a new number")
    expect(adverts).to_contain_text("+€ 4.000" if "+€" in (adverts.text_content() or "") else "4.000")
    page.get_by_role("link", name="The home: its prices").click()
    assert page.url.endswith(f"/ui/properties/{corner_of(database)}")
    drawn = card(page, "Price over all adverts")
    drawn.locator("summary").click()
    told = sorted(
        digits(row.locator("td").nth(1).text_content())
        for row in drawn.locator("tbody tr").all()
        if "no price" not in (row.text_content() or "")
    )
    assert told == sorted([310_000, 289_000, *PRICES])
    evidence = card(page, "Why these adverts are one home")
    score = asked(database, "SELECT max(score) FROM property_links")
    expect(evidence.locator("article").first).to_contain_text(f"{score:g}".replace(".", ","))
    expect(evidence.locator("article").first).to_contain_text("EPC certificate: equal +9")


def test_keys_walk_through_the_adverts(stroller: Visitor) -> None:
    page = stroller.visit(CORNER)
    page.locator("main").focus()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ui/listings/zimmo/ZHOME1")


def test_the_source_is_another_site(stroller: Visitor) -> None:
    page = stroller.visit(CORNER)
    source = page.get_by_role("link", name="Open it on Immoweb")
    expect(source).to_have_attribute("href", "https://www.immoweb.be/9000001")
    assert "noopener" in (source.get_attribute("rel") or "")


def test_only_operators_have_buttons_that_change_something(stroller: Visitor) -> None:
    page = stroller.visit(CORNER)
    assert page.locator("main form").count() == 0


def test_reading_it_again_is_followed_beside_the_button(
    agent: Visitor, neighbourhood: Service, database: Engine
) -> None:
    page = agent.visit("/ui/listings/immoweb/9100003")
    page.get_by_role("button", name="Read it again now").click()
    expect(page.locator(".came")).to_contain_text("It waits for a crawl to take it.")
    with Redis.from_url(neighbourhood.config.redis_url or "") as redis:
        redis.delete("immoweb:start_urls")
    expect(page.locator(".came")).to_contain_text("A crawl has it")
    with database.begin() as connection:
        connection.execute(text("UPDATE listings SET unchanged_at = now() WHERE platform_listing_id = '9100003'"))
    expect(page.locator(".came")).to_contain_text("nothing has changed")
    expect(page.locator(".came progress")).to_have_count(0)
    assert page.url.endswith("/ui/listings/immoweb/9100003")


def test_verdicts_part_and_join_adverts_and_are_noted(agent: Visitor, database: Engine) -> None:
    page = agent.visit(CORNER)
    row = page.locator("tr", has_text="ZHOME1")
    row.get_by_text("Another home", exact=True).click()
    row.get_by_label("Why").fill("seen from the street")
    row.get_by_role("button", name="This advert is of another home").click()
    page.wait_for_url("**/ui/listings/immoweb/9000001#adverts")
    expect(card(page, "2 adverts of this home")).to_be_visible()
    [entry] = audit.entries(database, action="other-home")
    assert entry.actor == f"user:{NAME}"
    assert entry.details["note"] == "seen from the street"

    page.get_by_text("The same home as …").click()
    page.get_by_label("Address of the other advert").fill("zimmo:ZHOME1")
    page.get_by_role("button", name="They are the same home").click()
    expect(card(page, "3 adverts of this home")).to_be_visible()
    [entry] = audit.entries(database, action="same-home")
    assert entry.details["other"] == "zimmo:ZHOME1"
    said = asked(database, "SELECT array_agg(is_same ORDER BY id) FROM property_verdicts")
    assert said[0] is False
    assert said[-1] is True


def test_a_verdict_needs_the_token_of_the_form(agent: Visitor, database: Engine) -> None:
    before = asked(database, "SELECT count(*) FROM property_verdicts")
    answer = agent.context.request.post(f"{CORNER}/not-same", form={"other": "zimmo:ZHOME1"})
    assert answer.status == 403
    assert asked(database, "SELECT count(*) FROM property_verdicts") == before


def test_a_merged_property_leads_to_the_one_it_is(stroller: Visitor, database: Engine) -> None:
    merged = asked(database, "SELECT max(id) FROM properties WHERE merged_into IS NOT NULL")
    if merged is None:
        with database.begin() as connection:
            merged = connection.execute(
                text("INSERT INTO properties (merged_into) VALUES (:into) RETURNING id"), {"into": corner_of(database)}
            ).scalar_one()
    stroller.visit(f"/ui/properties/{merged}")
    assert stroller.page.url.endswith(f"/ui/properties/{corner_of(database)}")
    stroller.expected_statuses = {404}
    page = stroller.visit("/ui/properties/999999999")
    expect(page.locator("h1")).to_have_text("No such home")
