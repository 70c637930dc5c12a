"""The map beside the list: one set of listings, which the map's box, a drawn area and the filters narrow."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from immobe.config import load_config
from immobe.storage.engine import make_engine
from immobe.storage.models import ListingRow
from immobe.watchtower.formats import euro
from immobe.watchtower.languages import LOCALES
from tests.e2e.visiting import LOOKS, Look, Visitor
from tests.integration.watchtower_service import Service

BRUSSELS = "4.2,50.7,4.6,51.0"
# The address, the form and the drawing tell of one box, and the map is where it says.
SETTLED = """() => {
    const box = new URLSearchParams(location.search).get("bbox");
    const told = [document.getElementById("map").dataset.box, document.getElementById("f-bbox").value];
    return box !== null && told.every((each) => each === box);
}"""
BELGIUM = "2.5,49.45,6.45,51.55"


@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize(
    ("name", "path"), [("map", "/ui/map"), ("map-close", f"/ui/map?transaction_type=sale&bbox={BRUSSELS}&view=list")]
)
def test_pages_are_fit_to_be_seen(visitor: Visitor, name: str, path: str, look: Look) -> None:
    visitor.look(look)
    ready(visitor.visit(path))
    visitor.check(name, look)


def ready(page: Page) -> Page:
    expect(page.locator("#map")).to_have_attribute("data-ready", "true")
    return page


@pytest.mark.parametrize("language", LOCALES)
def test_prices_are_written_as_everywhere_else(visitor: Visitor, language: str) -> None:
    visitor.look(Look("light", 1280, language))
    page = ready(visitor.visit(f"/ui/map?transaction_type=sale&bbox={BRUSSELS}"))
    expect(page.locator(".at-price").first).to_be_visible()
    shown = json.loads(page.locator("#shown").get_attribute("data-shown") or "")
    prices = {spaced(euro(point[4], locale=LOCALES[language])) for point in shown["points"] if point[4]}
    drawn = {spaced(text).split(" ×")[0] for text in page.locator(".at-price").all_inner_texts()}
    assert drawn - {"?"}
    assert drawn - {"?"} <= prices


def spaced(text: str) -> str:
    return " ".join(text.split())


def test_french_speaks_of_peb(visitor: Visitor) -> None:
    visitor.look(Look("light", 1280, "fr"))
    page = visitor.visit("/ui/listings?view=table&epc_label=A")
    expect(page.locator("#pill-epc summary")).to_contain_text("PEB")
    expect(page.locator(".chips.active")).to_contain_text("PEB A")
    assert "EPC" not in page.locator("main").inner_text()


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def api_total(service: Service, **query: str) -> int:
    answer = service.client().get(f"/api/v1/listings?{urlencode(query)}&total=true&limit=1")
    return int(answer.json()["total"])


def on_map(page: Page) -> int:
    """What the drawn points and clusters hold together."""
    shown = json.loads(page.locator("#shown").get_attribute("data-shown") or "")
    clustered = [int(cluster[2]) for cluster in shown["clusters"]]
    return len(shown["points"]) + sum(clustered)


@pytest.mark.parametrize(
    "query",
    [{}, {"property_type": "house"}, {"transaction_type": "rent", "bbox": BRUSSELS}],
    ids=["all", "houses", "box"],
)
def test_map_list_and_api_count_the_same(visitor: Visitor, watchtower: Service, query: dict[str, str]) -> None:
    page = ready(visitor.visit(f"/ui/map?{urlencode(query)}"))
    total = api_total(watchtower, **{"bbox": BELGIUM, **query})
    assert total > 0
    expect(page.locator("#results")).to_have_attribute("data-count", str(total))
    expect(page.locator("#map")).to_have_attribute("data-count", str(total))
    assert on_map(page) == total


def test_moving_the_map_filters_the_list_in_the_same_stop_of_the_journey(visitor: Visitor, watchtower: Service) -> None:
    page = ready(visitor.visit("/ui/map?property_type=house"))
    length = page.evaluate("history.length")
    everything = page.locator("#results").get_attribute("data-count")
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_url(lambda url: "bbox=" in url)
    page.get_by_role("button", name="Zoom in").click()
    expect(page.locator("#results")).not_to_have_attribute("data-count", str(everything))
    page.wait_for_function(SETTLED)
    total = api_total(watchtower, property_type="house", bbox=asked(page)["bbox"][0])
    expect(page.locator("#results")).to_have_attribute("data-count", str(total))
    assert page.evaluate("history.length") == length
    assert on_map(page) == total
    page.reload()
    expect(ready(page).locator("#results")).to_have_attribute("data-count", str(total))
    page.get_by_role("link", name="Take away: part of the map").click()
    expect(page.locator("#results")).to_have_attribute("data-count", str(everything))
    assert "bbox" not in asked(page)


def test_a_filter_of_the_form_changes_map_and_list(visitor: Visitor, watchtower: Service) -> None:
    page = ready(visitor.visit("/ui/map"))
    page.locator("label.chip", has_text="to let").click()
    total = api_total(watchtower, transaction_type="rent", bbox=BELGIUM)
    expect(page.locator("#map")).to_have_attribute("data-count", str(total))
    expect(page.locator("#results")).to_have_attribute("data-count", str(total))
    page.go_back()
    expect(page.locator("input[name=transaction_type]:checked")).to_have_count(0)


def test_a_card_and_its_point_mark_each_other(visitor: Visitor, watchtower: Service) -> None:
    found = watchtower.client().get(f"/api/v1/listings?bbox={BELGIUM}&limit=1").json()["items"][0]
    north, east = float(found["latitude"]), float(found["longitude"])
    page = ready(visitor.visit(f"/ui/map?bbox={east - 0.02},{north - 0.02},{east + 0.02},{north + 0.02}"))
    card = page.locator(f"[data-listing='{found['platform']}/{found['platform_listing_id']}']")
    card.hover()
    expect(page.locator("#map .halo")).to_have_count(1)
    expect(page.locator("#map .at.is-marked")).to_have_count(1)
    page.mouse.move(2, 2)
    expect(page.locator("#map .halo")).to_have_count(0)
    card.locator("a[data-main]").focus()
    expect(page.locator("#map .at.is-marked")).to_have_count(1)
    page.locator("#map .at").first.hover()
    expect(page.locator("#results .listing.is-marked").first).to_be_visible()


def test_an_area_is_drawn_by_mouse(visitor: Visitor, watchtower: Service) -> None:
    page = ready(visitor.visit("/ui/map"))
    page.get_by_role("button", name="Draw an area").click()
    box = page.locator("#map").bounding_box()
    assert box is not None
    for across, down in ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7)):
        page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])
    expect(page.locator("#draw-help")).to_contain_text("4")
    page.get_by_role("button", name="Use it").click()
    page.wait_for_url(lambda url: "polygon=" in url)
    total = api_total(watchtower, polygon=asked(page)["polygon"][0], bbox=BELGIUM)
    assert 0 < total < api_total(watchtower, bbox=BELGIUM)
    expect(page.locator("#results")).to_have_attribute("data-count", str(total))
    expect(page.locator("#map path.ring")).to_have_count(1)
    page.get_by_role("link", name="Take away: drawn area").click()
    page.wait_for_url(lambda url: "polygon=" not in url)
    expect(page.locator("#map path.ring")).to_have_count(0)


def test_an_area_is_drawn_by_keys(visitor: Visitor, watchtower: Service) -> None:
    page = ready(visitor.visit("/ui/map"))
    page.get_by_role("button", name="Draw an area").press("Enter")
    expect(page.locator("#map")).to_be_focused()
    for number, key in enumerate(("ArrowUp", "ArrowRight", "ArrowDown"), 1):
        before = page.locator(".leaflet-map-pane").get_attribute("style")
        page.keyboard.press(key)
        page.wait_for_function(
            "before => document.querySelector('.leaflet-map-pane').getAttribute('style') !== before", arg=before
        )
        expect(page.locator(".leaflet-pan-anim")).to_have_count(0)
        page.keyboard.press("Enter")
        expect(page.locator("#draw-help")).to_contain_text(str(number))
    page.get_by_role("button", name="Use it").press("Enter")
    page.wait_for_url(lambda url: "polygon=" in url)
    assert len(asked(page)["polygon"][0].split(";")) == 3
    total = api_total(watchtower, polygon=asked(page)["polygon"][0], bbox=BELGIUM)
    expect(page.locator("#results")).to_have_attribute("data-count", str(total))


def test_a_narrow_window_shows_one_of_both(visitor: Visitor) -> None:
    visitor.look(Look("light", 360, "en"))
    page = ready(visitor.visit("/ui/map"))
    expect(page.locator("#map")).to_be_visible()
    expect(page.locator("#results .cards")).to_be_hidden()
    page.locator("a[data-view=list]").click()
    expect(page.locator("#results .cards")).to_be_visible()
    expect(page.locator("#map")).to_be_hidden()
    assert asked(page)["view"] == ["list"]


def test_places_that_are_not_exact_are_areas(visitor: Visitor, watchtower: Service) -> None:
    page = ready(visitor.visit(f"/ui/map?bbox={BRUSSELS}"))
    shown = json.loads(page.locator("#shown").get_attribute("data-shown") or "")
    spots = {(point[0], point[1]) for point in shown["points"] if point[5] != "exact"}
    assert spots
    expect(page.locator("#map path.area")).to_have_count(len(spots))


def test_what_portals_wrote_is_only_text(visitor: Visitor, watchtower: Service) -> None:
    hostile = "<img src=x onerror=alert(1)>\"'"
    page = ready(visitor.visit("/ui/map?property_type=land"))
    key = page.locator("[data-listing]").first.get_attribute("data-listing") or ""
    platform, number = key.split("/", 1)
    engine = make_engine(load_config(None), watchtower.database_url)
    chosen = (ListingRow.platform == platform) & (ListingRow.platform_listing_id == number)
    with engine.begin() as connection:
        before = connection.execute(ListingRow.__table__.select().where(chosen)).mappings().one()
        connection.execute(
            update(ListingRow).where(chosen).values(locality=hostile, street=hostile, seller_name=hostile)
        )
    try:
        for path in (
            "/ui/map?property_type=land",
            "/ui/listings?property_type=land&view=table",
            "/ui/listings?property_type=land",
        ):
            page = visitor.visit(path)
            expect(page.locator(f"[data-listing='{key}']")).to_contain_text(hostile)
            assert page.locator("img").count() == 0
    finally:
        with engine.begin() as connection:
            kept = {name: before[name] for name in ("locality", "street", "seller_name")}
            connection.execute(update(ListingRow).where(chosen).values(**kept))
        engine.dispose()
    hostile_query = urlencode({"q": "<script>alert(1)</script>", "<b>": "1"})
    page = visitor.visit(f"/ui/listings?{hostile_query}")
    expect(page.locator(".note.warn")).to_contain_text("<b>")
