"""The list of listings: filters by mouse, by address and without scripts; views, pages, keys."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from immobe.storage.search_terms import SearchTerms
from tests.e2e.visiting import LOOKS, Look, Visitor
from tests.integration.watchtower_service import Service

PAGES = {
    "listings": "/ui/listings",
    "listings-table": "/ui/listings?view=table&property_type=house&transaction_type=sale&sort=price_eur",
    "listings-none": "/ui/listings?max_price_eur=1&property_type=house",
    "listings-wrong": "/ui/listings?min_price_eur=cheap&colour=blue",
}


@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize("name", PAGES)
def test_pages_are_fit_to_be_seen(visitor: Visitor, name: str, look: Look) -> None:
    visitor.expected_statuses = {422}
    visitor.look(look)
    visitor.visit(PAGES[name])
    visitor.check(name, look)


@pytest.mark.parametrize("look", [LOOKS[0], LOOKS[-1]], ids=str)
def test_open_filters_are_fit_to_be_seen(visitor: Visitor, look: Look) -> None:
    visitor.look(look)
    page = visitor.visit("/ui/listings")
    page.locator("#pill-more summary").first.click()
    visitor.check("listings-filters", look)


def api_total(service: Service, query: str) -> int:
    answer = service.client().get(f"/api/v1/listings?{query}&total=true&limit=1").json()
    total = answer["total"]
    assert isinstance(total, int)
    return total


def shown_count(page: Page) -> int:
    return int(page.locator("#results").get_attribute("data-count") or -1)


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_filters_by_mouse_are_in_the_address_and_the_back_button_undoes_them(
    visitor: Visitor, watchtower: Service
) -> None:
    page = visitor.visit("/ui/listings")
    everything = shown_count(page)
    page.locator("label.chip", has_text="for sale").click()
    page.wait_for_url("**/ui/listings?transaction_type=sale")
    page.locator("#pill-type summary").click()
    page.locator("#pill-type label.chip", has_text="house").click()
    page.wait_for_url(lambda url: "property_type=house" in url)
    expect(page.locator("#set-type")).to_have_text(re.compile("1"))
    assert asked(page) == {"transaction_type": ["sale"], "property_type": ["house"]}
    expect(page.locator("#results")).to_have_attribute(
        "data-count", str(api_total(watchtower, "transaction_type=sale&property_type=house"))
    )
    expect(page.locator("#announce")).to_have_text(page.locator("#found").inner_text())
    assert 0 < shown_count(page) < everything
    page.go_back()
    page.wait_for_url("**/ui/listings?transaction_type=sale")
    expect(page.locator("input[name=property_type]:checked")).to_have_count(0)
    page.wait_for_load_state("load")
    page.go_back()
    expect(page.locator("#results")).to_have_attribute("data-count", str(everything))


def test_what_is_typed_filters_and_keeps_the_focus(visitor: Visitor, watchtower: Service) -> None:
    page = visitor.visit("/ui/listings")
    page.locator("#pill-price summary").click()
    field = page.locator("#f-max_price_eur")
    field.fill("250000")
    field.press("Tab")
    page.wait_for_url("**/ui/listings?max_price_eur=250000")
    expect(page.locator("#results")).to_have_attribute("data-count", str(api_total(watchtower, "max_price_eur=250000")))
    expect(page.locator("#pill-price")).to_have_attribute("open", "")
    assert page.evaluate("document.activeElement.closest('#pill-price') !== null")


def test_a_set_filter_is_taken_away_by_its_chip(visitor: Visitor) -> None:
    page = visitor.visit("/ui/listings?property_type=house&max_price_eur=300000")
    page.get_by_role("link", name="Take away: house").click()
    page.wait_for_url("**/ui/listings?max_price_eur=300000")
    expect(page.locator("input[name=property_type]:checked")).to_have_count(0)
    expect(page.locator("#results")).to_be_focused()
    page.get_by_role("link", name="Take away: Price").click()
    page.wait_for_url("**/ui/listings")


@pytest.mark.parametrize(("language", "typed", "name"), [("fr", "Gan", "Gand"), ("nl", "Luik", "Luik")])
def test_a_place_is_found_by_its_name_in_either_language(
    visitor: Visitor, language: str, typed: str, name: str
) -> None:
    visitor.look(Look("light", 1280, language))
    page = visitor.visit("/ui/listings")
    page.locator("#f-place").press_sequentially(typed)
    expect(page.locator("#places option").first).to_have_attribute("value", name)
    page.locator("#f-place").fill(name)
    page.locator("#f-place").press("Enter")
    page.wait_for_url(lambda url: "municipality_nis=" in url)
    expect(page.locator("#place label.chip")).to_contain_text(name)
    expect(page.locator("#f-place")).to_have_value("")
    page.locator("#place label.chip").click()
    page.wait_for_url("**/ui/listings")


@pytest.mark.parametrize("path", ["/ui/listings", "/ui/map"])
def test_the_beginning_of_one_towns_name_is_enough(visitor: Visitor, path: str) -> None:
    page = visitor.visit(path)
    page.locator("#f-place").fill("oosten")
    page.locator("#f-place").press("Enter")
    page.wait_for_url(lambda url: "municipality_nis=35013" in url)
    expect(page.locator("#place label.chip")).to_contain_text("Oostende")


@pytest.mark.parametrize(
    ("language", "label", "name"), [("fr", "Commune ou code postal", "Gand"), ("nl", "Gemeente of postcode", "Gent")]
)
def test_a_beginning_that_several_towns_have_lets_choose(
    visitor: Visitor, language: str, label: str, name: str
) -> None:
    visitor.expected_statuses = {422}
    visitor.look(Look("light", 1280, language))
    page = visitor.visit("/ui/listings?max_price_eur=300000")
    page.locator("#f-place").fill("Gan")
    page.locator("#f-place").press("Enter")
    note = page.locator("#results [role=alert]")
    expect(note.locator("b")).to_have_text(label)
    expect(page.locator("#wrong-place")).to_be_visible()
    note.get_by_role("link", name=name, exact=True).click()
    page.wait_for_url(lambda url: asked(page).get("municipality_nis") == ["44021"])
    assert asked(page) == {"municipality_nis": ["44021"], "max_price_eur": ["300000"]}


def test_a_town_that_nobody_knows_and_every_wrong_filter_are_told_by_their_labels(watchtower: Service) -> None:
    names = [name for name in SearchTerms.model_fields if name not in {"q", "platform", "province"}]
    wrong = {"place": "nowhere at all", "sort": "beauty", **dict.fromkeys(names, "?!")}
    for path in ("/ui/listings", "/ui/map"):
        answer = watchtower.client().get(path, params=wrong)
        told = dict(re.findall(r"<li><b>([^<]+)</b>: ([^<]+)</li>", answer.text))
        assert answer.status_code == 422
        assert told["Municipality or postal code"].startswith("No municipality is called that.")
        assert {"Order", "Price, at least", "First seen since", "drawn area", "Lift", "Type"} <= set(told)
        assert not {*names, "place", "sort"} & set(told)


def test_cards_and_table_orders_and_pages(visitor: Visitor, watchtower: Service) -> None:
    page = visitor.visit("/ui/listings?transaction_type=sale&sort=price_eur")
    first = page.locator("[data-listing]").first.get_attribute("data-listing")
    cheapest = (
        watchtower.client().get("/api/v1/listings?transaction_type=sale&sort=price_eur&limit=1").json()["items"][0]
    )
    assert first == f"{cheapest['platform']}/{cheapest['platform_listing_id']}"
    page.get_by_role("link", name="Table").click()
    page.wait_for_url(lambda url: "view=table" in url)
    expect(page.locator("th[aria-sort=ascending]")).to_have_text(re.compile("Price"))
    page.get_by_role("link", name="Next page").click()
    page.wait_for_url(lambda url: "cursor=" in url)
    assert page.locator("[data-listing]").first.get_attribute("data-listing") != first
    page.get_by_role("link", name="First page").click()
    page.wait_for_url(lambda url: "cursor=" not in url)
    expect(page.locator("[data-listing]").first).to_have_attribute("data-listing", str(first))
    page.locator("#f-sort").select_option("-price_eur")
    page.wait_for_url(lambda url: "sort=-price_eur" in url)
    assert asked(page)["view"] == ["table"]


def test_all_pages_together_hold_each_listing_once(visitor: Visitor) -> None:
    page = visitor.visit("/ui/listings?property_type=house&sort=-living_area_m2")
    total, seen = shown_count(page), list[Any]()
    while True:
        seen += page.locator("[data-listing]").evaluate_all("cards => cards.map(card => card.dataset.listing)")
        following = page.locator("a[rel=next]")
        if not following.count():
            break
        before = page.locator("[data-listing]").first.get_attribute("data-listing")
        following.click()
        expect(page.locator("[data-listing]").first).not_to_have_attribute("data-listing", str(before))
    assert len(seen) == len(set(seen)) == total


def test_keys_walk_open_save_and_change_to_the_map(visitor: Visitor) -> None:
    page = visitor.visit("/ui/listings?property_type=house")
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator("[data-listing] a[data-main]").nth(1)
    expect(second).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("[data-listing] a[data-main]").first).to_be_focused()
    save = page.locator("[data-key=s]")
    expect(save).to_have_attribute("href", "/ui/saved?property_type=house")
    page.keyboard.press("m")
    page.wait_for_url("**/ui/map?property_type=house")
    page.keyboard.press("m")
    page.wait_for_url(lambda url: "/ui/listings?property_type=house" in url)


def test_nothing_found_suggests_what_to_leave_out(visitor: Visitor, watchtower: Service) -> None:
    page = visitor.visit("/ui/listings?property_type=house&max_price_eur=1")
    suggestion = page.locator(".widen a").first
    expect(suggestion).to_contain_text(str(api_total(watchtower, "property_type=house")))
    suggestion.click()
    page.wait_for_url("**/ui/listings?property_type=house")


def test_a_wrong_filter_marks_its_field_and_an_unknown_one_is_told(visitor: Visitor) -> None:
    visitor.expected_statuses = {422}
    page = visitor.visit("/ui/listings?min_price_eur=cheap&colour=blue")
    field = page.locator("#f-min_price_eur")
    expect(field).to_have_value("cheap")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#wrong-min_price_eur")).to_be_visible()
    expect(page.locator(".note.warn")).to_contain_text("colour")
    page.get_by_role("link", name="Go on without them").click()
    page.wait_for_url("**/ui/listings")
    page.locator("#pill-price summary").click()
    page.locator("#f-min_price_eur").fill("dear")
    page.locator("#f-min_price_eur").press("Enter")
    expect(page.locator("#results [role=alert]")).to_contain_text("This is no number.")


def test_it_works_without_scripts(chromium: Chromium, watchtower: Service) -> None:
    context = chromium.new_context(base_url=watchtower.url, java_script_enabled=False, locale="en-BE")
    page = context.new_page()
    page.goto("/ui/listings")
    page.locator("#f-place").fill("Anvers")
    page.locator("#pill-bedrooms summary").click()
    page.locator("#f-min_bedroom_count").fill("2")
    page.locator("#pill-bedrooms button").click()
    assert asked(page) == {"municipality_nis": ["11002"], "min_bedroom_count": ["2"]}
    expect(page.locator("#results")).to_have_attribute(
        "data-count", str(api_total(watchtower, "municipality_nis=11002&min_bedroom_count=2"))
    )
    page.get_by_role("link", name="Table").click()
    expect(page.locator("table.listings-table tbody tr").first).to_be_visible()
    page.goto("/ui/map?property_type=house")
    expect(page.locator("#results [data-listing]").first).to_be_visible()
    expect(page.locator("noscript p, .map-side p").first).to_contain_text("The map needs scripts")
    context.close()


@pytest.mark.parametrize("language", ["en", "fr", "nl"])
def test_numbers_and_words_are_the_languages(visitor: Visitor, language: str) -> None:
    visitor.look(Look("light", 1280, language))
    page = visitor.visit("/ui/listings?transaction_type=sale&property_type=house&sort=-price_eur")
    card = page.locator(".listing").first
    kind = {"en": "for sale", "fr": "à vendre", "nl": "te koop"}[language]
    expect(card.locator(".listing-kind")).to_contain_text(kind)
    separator = {"en": r"\.", "fr": r"\s", "nl": r"\."}[language]
    expect(card.locator(".listing-price")).to_have_text(re.compile(rf"\d{separator}\d\d\d"))
