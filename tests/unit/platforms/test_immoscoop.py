"""Immoscoop: addresses, whether results lie where a search asked, pages in both forms and four languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from immobe.crawling.scopes import parse_scope
from immobe.errors import NotAListing, PageError, UnreadablePage
from immobe.geo import postal_codes_of_province
from immobe.parsing import parse_page, parse_payload
from immobe.platforms import SearchScope, get_platform
from immobe.platforms.immoscoop import places
from immobe.platforms.immoscoop.mapping import card_facts
from tests.captures.damage import bounded, check, damaged

IMMOSCOOP = get_platform("immoscoop")
ROOT = "https://www.immoscoop.be"
CASES = Path(__file__).parents[2] / "platforms" / "immoscoop"


def page(body: str, url: str = f"{ROOT}/te-koop/9000-gent/1200001", lang: str = "nl") -> str:
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><link rel="canonical" href="{url}"></head><body>{body}</body></html>'
    )


def card(path: str, place: str = "") -> str:
    return (
        f'<a href="{path}"><h3 data-selector="property-card:title">Huis - Te koop</h3>'
        f'<span data-selector="property-card:address">{place}</span></a>'
    )


@pytest.mark.parametrize(
    ("path", "listing_id"),
    [
        ("/te-koop/9000-gent/1146868", "1146868"),
        ("/nl/te-koop/9000-gent/1146868", "1146868"),
        ("/fr/a-louer/1050-ixelles/5", "5"),
        ("/en/for-sale/essen/1151059", "1151059"),
        ("/en/project/for-sale/9900-eeklo/15672", "15672"),
        ("/zoeken/te-koop/9000-gent", None),
        ("/te-koop/9000-gent", None),
        ("/te-koop/9000-gent/1146868/fotos", None),
        ("/makelaars/9000-gent/12", None),
    ],
)
def test_listing_addresses(path: str, listing_id: str | None) -> None:
    assert IMMOSCOOP.listing_id(ROOT + path) == listing_id


def test_searches_name_at_most_twelve_municipalities_of_one_province() -> None:
    searches = list(parse_scope("transaction=sale type=house").searches(IMMOSCOOP))
    held = [code for search in searches for code in search.postal_codes]
    provinces = [search.within_province for search in searches]
    assert None not in provinces
    assert set(postal_codes_of_province("namur")) | set(postal_codes_of_province("brussels")) <= set(held)
    assert [IMMOSCOOP.searchable(search) for search in searches] == [(search,) for search in searches]
    for search in searches:
        segment = IMMOSCOOP.search_url(search).split("/")[5]
        assert 1 <= len({name.partition("-")[2] if name[0].isdigit() else name for name in segment.split(",")}) <= 14
    assert IMMOSCOOP.search_url(SearchScope("rent", "appartement", ("9000",), 500, 900)) == (
        f"{ROOT}/zoeken/te-huur/9000-gent/appartement?minPrice=500&maxPrice=900&page=1"
    )
    assert not list(parse_scope("type=land").searches(IMMOSCOOP)), "no word for land is known"


@pytest.mark.parametrize(
    ("path", "codes", "towns"),
    [
        ("/zoeken/te-koop/9000-gent,9040-gent/woonhuis?page=2", {"9000", "9040"}, set()),
        ("/zoeken/te-huur/brugge/appartement", set(), {"brugge"}),
        ("/zoeken/te-koop/2018-antwerpen/all/woonhuis", {"2018"}, set()),
        ("/zoeken/te-koop/woonhuis", set(), set()),
        ("/en/search/for-sale/2000-antwerp,essen/house,apartment", {"2000"}, {"essen"}),
        ("/en/search/query?offerType=for-sale&postalCodes=2000,2018", {"2000", "2018"}, set()),
        ("/zoeken/te-koop/heist-op-den-berg", set(), {"heistopdenberg"}),
    ],
)
def test_what_a_search_asked_for(path: str, codes: set[str], towns: set[str]) -> None:
    assert places.asked(ROOT + path) == places.Asked(frozenset(codes), frozenset(towns))


@pytest.mark.parametrize(
    ("search", "code", "towns", "inside"),
    [
        ("9000-gent", "9000", (), True),
        ("9000-gent", "9040", ("Gent",), False),
        ("gent", "9040", ("Sint-Amandsberg",), True),
        ("gent", "2000", ("Antwerpen",), False),
        ("gent", None, ("Gent",), True),
        ("gent", None, ("Essen",), None),
        ("elsene", "1050", (), True),
        ("elsene", "1050", ("Ixelles",), True),
        ("elsene", "1000", (), False),
    ],
)
def test_whether_a_result_lies_there(
    search: str, code: str | None, towns: tuple[str, ...], inside: bool | None
) -> None:
    assert places.asked(f"{ROOT}/zoeken/te-koop/{search}/woonhuis").holds(code, *towns) is inside


def test_results_of_the_whole_country_stop_the_walk_and_one_stray_does_not() -> None:
    gent, stray = card("/te-koop/9000-gent/1", "9000 Gent"), card("/te-koop/2000-antwerpen/2", "2000 Antwerpen")
    more = '<nav data-component="pagination" data-page-count="9"></nav>'
    url = f"{ROOT}/zoeken/te-koop/gent/woonhuis?page=1"
    found = IMMOSCOOP.read_search(page(gent + stray + more), url)
    assert (found.outside, found.stopped) == ({"2"}, None)
    assert found.next_page == f"{ROOT}/zoeken/te-koop/gent/woonhuis?page=2"
    found = IMMOSCOOP.read_search(page(gent + stray + stray.replace("/2", "/3", 1).replace("n/2", "n/3") + more), url)
    assert found.outside == {"2", "3"}
    assert found.next_page is None
    assert found.stopped is not None
    assert "2 of 3 results" in found.stopped


def test_cards_beside_their_link_and_twice() -> None:
    framed = (
        '<div data-selector="property-card:card:vertical"><a href="/te-koop/9000-gent/7?from=list"></a>'
        '<span data-selector="property-card:price">€ 300.000</span></div>'
    )
    found = IMMOSCOOP.read_search(page(framed + framed), f"{ROOT}/zoeken/te-koop/gent")
    assert [(c["platform_listing_id"], c["price_eur"], c["url"]) for c in found.cards] == [
        ("7", 300000, f"{ROOT}/te-koop/9000-gent/7")
    ]


def test_the_next_page_must_be_told() -> None:
    url = f"{ROOT}/zoeken/te-koop/gent?page=2"
    one = card("/te-koop/9000-gent/1")
    assert IMMOSCOOP.read_search(page(one), url).next_page is None
    assert IMMOSCOOP.read_search(page(one + '<a href="?page=2">2</a>'), url).next_page is None
    third = f"{ROOT}/zoeken/te-koop/gent?page=3"
    assert IMMOSCOOP.read_search(page(f'{one}<a href="/zoeken/te-koop/gent?page=3">3</a>'), url).next_page == third


def test_a_page_without_cards_names_what_it_lacks() -> None:
    with pytest.raises(NotAListing, match="property-card"):
        IMMOSCOOP.read_search(page("<h1>Onderhoud</h1>"), f"{ROOT}/zoeken/te-koop/gent")
    assert not IMMOSCOOP.read_search(page("<p>Geen panden gevonden</p>"), f"{ROOT}/zoeken/te-koop/gent").cards


@pytest.mark.parametrize(
    ("line", "path", "expected"),
    [
        ("Sleepstraat 1379000 Gent", "/te-koop/9000-gent/1", ("Sleepstraat", "137", None, "9000", "Gent")),
        ("Sleepstraat9000 Gent", "/te-koop/9000-gent/1", ("Sleepstraat", None, None, "9000", "Gent")),
        ("Laan 1 bus 29000 Gent", "/te-koop/9000-gent/1", ("Laan", "1", "2", "9000", "Gent")),
        ("9000 Gent", "/te-koop/9000-gent/1", (None, None, None, "9000", "Gent")),
        ("Markt 12910 Essen", "/en/for-sale/essen/1", ("Markt", "1", None, "2910", "Essen")),
        ("Rue Haute 21050 Elsene", "/fr/a-vendre/ixelles/1", ("Rue Haute", "2", None, "1050", "Elsene")),
        ("Gent", "/te-koop/9000-gent/1", (None, None, None, "9000", "Gent")),
        ("Markt 12910 Essen", "/te-koop/9000-gent/1", (None, None, None, "9000", None)),
        ("Markt 12910 Essen", "/te-koop/kalmthout/1", (None, None, None, None, None)),
        ("Markt 1 9999 Nergens", "/te-koop/nergens/1", (None, None, None, None, None)),
    ],
)
def test_addresses_that_run_together(line: str, path: str, expected: tuple[str | None, ...]) -> None:
    facts = card_facts({"url": ROOT + path, "address": [line]})
    assert tuple(facts.get(n) for n in ("street", "house_number", "box", "postal_code", "locality")) == expected


@pytest.mark.parametrize(
    ("title", "kind", "subtype"),
    [
        ("Woonhuis te koop", "house", "house"),
        ("Nieuwbouw appartement te koop", "apartment", "apartment"),
        ("Huis met tuin te koop", "house", "house"),
        ("Duplex - Te koopGent", "apartment", "duplex"),
        ("Ground floor apartment for rent", "apartment", "apartment"),
        ("Terrain à bâtir à vendre", "land", "building_land"),
        ("Staanplaats te huur", "garage", None),
        ("Project te koop", None, None),
        ("Te koop", None, None),
    ],
)
def test_the_type_stands_before_the_transaction(title: str, kind: str | None, subtype: str | None) -> None:
    facts = card_facts({"url": f"{ROOT}/te-koop/9000-gent/1", "title": title})
    assert (facts.get("property_type"), facts.get("property_subtype")) == (kind, subtype)


LABELS = {
    "nl": ("Huis te koop", "te-koop", "Bewoonbare oppervlakte", "Perceeloppervlakte", "Aantal slaapkamers", "Bouwjaar",
           "Tuin", "Ja", "Verwarming", "Aardgas"),
    "en": ("House for sale", "for-sale", "Living area", "Plot size", "Number of bedrooms", "Construction year",
           "Garden", "Yes", "Heating type", "Gas"),
    "fr": ("Maison à vendre", "a-vendre", "Surface habitable", "Surface du terrain", "Nombre de chambres",
           "Année de construction", "Jardin", "Oui", "Chauffage", "Gaz"),
    "de": ("Haus zu verkaufen", "zu-verkaufen", "Wohnfläche", "Grundstücksfläche", "Anzahl Schlafzimmer", "Baujahr",
           "Garten", "Ja", "Heizung", "Erdgas"),
}  # fmt: skip


def in_language(lang: str) -> dict[str, Any]:
    title, word, living, land, beds, year, garden, yes, heating, gas = LABELS[lang]
    pairs = (
        (living, "150 m²"),
        (land, "420 m²"),
        (beds, "3"),
        (year, "1975"),
        ("EPC", "B"),
        (garden, yes),
        (heating, gas),
    )
    rows = "".join(f"<li><span>{label}</span><b>{value}</b></li>" for label, value in pairs)
    body = f'<h1>{title}</h1><a href="#location">Teststraat 29000 Gent</a><p class="property-price">€ 300.000</p>{rows}'
    url = f"{ROOT}{'' if lang == 'nl' else f'/{lang}'}/{word}/9000-gent/1200001"
    result = parse_page("immoscoop", page(body, url, lang), url=url)
    assert result.valid, result.reasons
    assert result.listing is not None
    return result.listing.model_dump(exclude={"url", "language", "title", "raw", "fetched_at"})


@pytest.mark.parametrize("lang", ["en", "fr", "de"])
def test_a_home_is_the_same_in_every_language(lang: str) -> None:
    assert in_language(lang) == in_language("nl")
    assert in_language("nl")["living_area_m2"] == 150
    assert in_language("nl")["heating_type"] == "gas"


@pytest.mark.parametrize(
    ("body", "lacks"),
    [
        ('<a href="#location">Gent</a>', "an H1"),
        ("<h1>Huis te koop</h1>", "the address"),
        ('<h1>Huis te koop</h1><a href="#location">Gent</a><dl><dt>Bouwjaar</dt><dd>1990</dd></dl>', "a price"),
        ('<h1>Huis te koop</h1><a href="#location">Gent</a><p class="property-price">€ 1</p>', "labels"),
        ('<script id="__NEXT_DATA__">{"props": {"pageProps": {"property": {"id": 1}}}}</script>', "`price.label`"),
    ],
)
def test_a_page_that_differs_names_what_it_lacks(body: str, lacks: str) -> None:
    with pytest.raises(NotAListing) as caught:
        IMMOSCOOP.read_listing(page(body))
    assert caught.value.reason == "element_missing"
    assert lacks in str(caught.value)


def test_a_broken_state_is_no_other_form() -> None:
    with pytest.raises(UnreadablePage, match="__NEXT_DATA__"):
        IMMOSCOOP.read_listing(page('<script id="__NEXT_DATA__">{"props": </script><h1>Huis</h1>'))


def test_a_point_with_three_decimals_is_no_thousands() -> None:
    facts = card_facts({"url": f"{ROOT}/te-koop/9000-gent/1", "place": {"latitude": "51.054", "longitude": "3,725"}})
    assert (str(facts["latitude"]), str(facts["longitude"])) == ("51.054", "3.725")


def test_a_payload_maps_again_without_its_page() -> None:
    text = (CASES / "house_with_labels" / "page.html").read_text(encoding="utf-8")
    payload = json.loads(json.dumps(IMMOSCOOP.without_private_data(IMMOSCOOP.read_listing(text))))
    again, first = parse_payload("immoscoop", payload).listing, parse_page("immoscoop", text).listing
    assert again is not None
    assert first is not None
    assert again.model_dump(exclude={"fetched_at"}) == first.model_dump(exclude={"fetched_at"})
    assert IMMOSCOOP.read_listing(json.dumps(payload)) == payload


def payloads() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*/page.html")):
        try:
            found.append(IMMOSCOOP.read_listing(path.read_text(encoding="utf-8")))
        except PageError:
            continue
    return found


@bounded
@given(damaged(payloads()))
def test_damaged_objects_give_a_record_or_reasons(payload: Any) -> None:
    check(parse_payload("immoscoop", payload))


@bounded
@given(damaged([{"props": {"pageProps": {"property": {
    "title": "Huis te koop", "price": {"label": "€ 1.000"}, "propertyType": {"label": "Huis"},
    "address": {"postalCode": "9000", "city": {"label": "Gent"}, "geo": {"lat": 51.0, "long": 3.7}},
    "features": [{"id": "BedroomNumber", "value": "2"}], "images": ["https://x.example/1.jpg"],
    "propertyDetailGroups": [{"group": "g", "propertyDetails": [{"title": "Bouwjaar", "description": "1990"}]}],
}}}}]))  # fmt: skip
def test_damaged_states_give_a_record_or_reasons(state: Any) -> None:
    text = json.dumps(state, default=str).replace("</", "<\\/")
    check(parse_page("immoscoop", page(f'<script id="__NEXT_DATA__" type="application/json">{text}</script>')))
