"""Zimmo's addresses, searches and objects, beside what the golden cases and captures show."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from immobe.crawling.scopes import parse_scope
from immobe.errors import NotAListing, PageError, UnreadablePage
from immobe.geo import postal_codes_of_province
from immobe.parsing import parse_payload
from immobe.platforms import PLATFORMS, SearchScope, get_platform, platform_of
from immobe.platforms.zimmo import addresses

ZIMMO = get_platform("zimmo")
SITE = "https://www.zimmo.be"


def searched(url: str) -> dict[str, Any]:
    """The filter in a search's address."""
    encoded = parse_qs(urlsplit(url).query)["search"][0]
    found: dict[str, Any] = json.loads(base64.b64decode(encoded))["filter"]
    return found


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (f"{SITE}/fr/borgerhout-2140/a-vendre/maison/JP4OF/", "JP4OF"),
        (f"{SITE}/nl/gent-9000/te-koop/huis/LRZLA?search=abc#gallery", "LRZLA"),
        (f"{SITE}/nl/gent-9000/te-huur/appartement/lr9xz/", "LR9XZ"),
        (f"{SITE}/nl/beernem-8730/te-koop/nieuwbouwproject/1004T93/", "1004T93"),
        (f"{SITE}/fr/beernem-8730/a-vendre/projet-immobilier/1004T93", "1004T93"),
        ("https://zimmo.be/fr/gent-9000/a-vendre/bien-professionnel/LPE5K/", "LPE5K"),
        (f"{SITE}/nl/gent-9000/te-koop/huis/", None),
        (f"{SITE}/nl/zoeken/?search=e30%3D", None),
        (f"{SITE}/nl/vastgoedkantoor/riemst-3770/proefkantoor-17940", None),
        ("https://www.immoweb.be/nl/gent-9000/te-koop/huis/LRZLA", None),
        ("https://[zimmo", None),
    ],
)
def test_the_code_in_a_url(url: str, code: str | None) -> None:
    assert ZIMMO.listing_id(url) == code


def test_one_url_for_a_listing_without_tracking() -> None:
    clean = f"{SITE}/fr/borgerhout-2140/a-vendre/maison/JP4OF"
    for url in (clean, f"{clean}/", f"{clean}/?search=x&utm_source=y#gallery", clean.replace("www.", "").lower()):
        assert ZIMMO.canonical_url(url) == clean


@pytest.mark.parametrize("host", ["www.logic-immo.be", "logic-immo.be", "www.hebbes.be", "hebbes.be"])
def test_portals_that_became_zimmo_are_known_and_never_fetched(host: str) -> None:
    url = f"https://{host}/fr/gent-9000/a-vendre/maison/JP4OF"
    assert platform_of(url) is ZIMMO
    assert ZIMMO.listing_id(url) is None
    assert not ZIMMO.owns(url)
    assert not ZIMMO.is_home(f"https://{host}/fr")
    assert all(host not in platform.hosts for platform in PLATFORMS.values())


def test_a_search_is_asked_as_the_site_asks_itself() -> None:
    codes = postal_codes_of_province("namur")
    url = ZIMMO.search_url(SearchScope("sale", "HOUSE", codes, 100_000, 300_000))
    assert url.startswith(f"{SITE}/nl/zoeken/?search=")
    assert searched(url) == {
        "status": {"in": ["FOR_SALE"]},
        "category": {"in": ["HOUSE"]},
        "postalCode": {"in": list(codes)},
        "price": {"unknown": False, "range": {"min": 100_000, "max": 300_000}},
    }
    assert len(url) < 4_000
    assert searched(ZIMMO.search_url(SearchScope("rent", "ROOM"))) == {
        "status": {"in": ["TO_RENT"]},
        "category": {"in": ["ROOM"]},
    }


def test_commercial_property_is_searched_once() -> None:
    scope = parse_scope("type=office,retail,industrial transaction=rent")
    assert [search.property_type for search in scope.searches(ZIMMO)] == ["COMMERCIAL"]


def test_pages_are_numbered_in_both_ways() -> None:
    url = ZIMMO.search_url(SearchScope("sale", "HOUSE", ("9000",)))
    second = addresses.page_url(url, 2)
    assert (addresses.page_number(url), addresses.page_number(second)) == (1, 2)
    assert searched(second) == searched(url)
    assert addresses.page_url(f"{SITE}/nl/gent-9000/te-koop/?pagina=4", 5) == f"{SITE}/nl/gent-9000/te-koop/?pagina=5"


def tiles(count: int, links: str = "") -> str:
    made = "".join(
        f'<zimmo-listing><h2><a href="/nl/gent-9000/te-koop/huis/TIL{n:02}"></a></h2></zimmo-listing>'
        for n in range(count)
    )
    return f"<html><body>{made}{links}</body></html>"


def test_a_full_page_has_a_next_one_until_the_last_that_the_portal_shows() -> None:
    url = f"{SITE}/nl/zoeken/?search=e30%3D&p={{}}"
    assert ZIMMO.read_search(tiles(21), url.format(1)).next_page == url.format(2)
    assert ZIMMO.read_search(tiles(20), url.format(2)).next_page is None
    assert ZIMMO.read_search(tiles(21), url.format(100)).next_page is None
    assert ZIMMO.read_search(tiles(20), url.format(1)).total == 20
    assert ZIMMO.read_search(tiles(20), url.format(2)).total is None


def test_a_search_that_fills_all_pages_says_so() -> None:
    url, link = f"{SITE}/nl/zoeken/?search=e30%3D&p=1", '<a href="/nl/zoeken/?search=e30%3D&amp;p={}">last</a>'
    assert ZIMMO.read_search(tiles(21, link.format(100)), url).is_capped
    assert not ZIMMO.read_search(tiles(21, link.format(99)), url).is_capped


@pytest.mark.parametrize(
    ("page", "error", "reason"),
    [
        ("<html><body><h1>Zimmo</h1></body></html>", NotAListing, "element_missing"),
        ("<html><body><zimmo-listing>", UnreadablePage, "page_cut_off"),
        ('<script>app.start({search: {}, properties: [{"code": "LR6DK", "pri', UnreadablePage, "object_broken"),
        ("<zimmo-listing><a href='/nl/contact'></a></zimmo-listing>", NotAListing, "element_missing"),
        ('{"listings": [{"id": 1}]}', UnreadablePage, "results_without_ids"),
        ('{"listings": {"a": 1}}', UnreadablePage, "results_not_a_list"),
    ],
)
def test_a_page_of_results_that_differs_is_refused(page: str, error: type[PageError], reason: str) -> None:
    with pytest.raises(error) as raised:
        ZIMMO.read_search(page, f"{SITE}/nl/zoeken/?search=e30%3D&p=1")
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    ("page", "missing"),
    [
        ("<html><body><p class='zimmo-code'>LR6DK</p></body></html>", "section#main-features"),
        ("<section id='main-features'><p class='zimmo-code'>LR6DK</p><li>3 kamers</li></section>", "labels"),
        ("<section id='main-features'><h2 class='section-title'><span>9000 Gent</span></h2></section>", ".zimmo-code"),
    ],
)
def test_a_listing_page_that_differs_is_refused_by_what_it_lacks(page: str, missing: str) -> None:
    with pytest.raises(NotAListing, match=missing) as raised:
        ZIMMO.read_listing(page, None)
    assert raised.value.reason == "element_missing"


def test_a_search_page_is_no_listing() -> None:
    with pytest.raises(NotAListing) as raised:
        ZIMMO.read_listing(tiles(2), f"{SITE}/nl/gent-9000/te-koop/huis/")
    assert raised.value.reason == "search_page"


PROJECT = f"{SITE}/nl/beernem-8730/te-koop/nieuwbouwproject/1004T93"
UNITS = """<html><body><section id="main-features">
<h2 class="section-title"><span>Proefstraat 1, 8730 Beernem</span></h2>
<p class="zimmo-code">Zimmo-code: 1004T93</p></section>
<section class="section-division"><table class="table-striped"><tr><th>Type</th></tr>
<tr><td/><td/><td>Appartement</td><td>1</td><td>€ 250.000</td><td>2</td><td>90 m²</td><td/><td/><td/>
<td><a href="/nl/beernem-8730/te-koop/appartement/UNIT1/?search=x">UNIT1</a></td></tr>
<tr><td/><td/><td>Huis</td><td>2</td><td>€ 350.000</td><td>3</td><td>140 m²</td><td/><td/><td/><td>UNIT2</td></tr>
<tr class="disabled"><td/><td/><td>Huis</td><td>3</td><td/><td>3</td><td>140 m²</td><td/><td/><td/><td>UNIT3</td></tr>
<tr><td colspan="4">too short</td></tr></table></section></body></html>"""


def test_a_project_names_the_units_that_are_not_sold() -> None:
    payload = ZIMMO.read_listing(UNITS, f"{PROJECT}/")
    beside = PROJECT.rsplit("/", 2)[0]
    assert [(u.platform_listing_id, u.url, u.project_id) for u in ZIMMO.units(payload)] == [
        ("UNIT1", f"{beside}/appartement/UNIT1", "1004T93"),
        ("UNIT2", f"{beside}/huis/UNIT2", "1004T93"),
    ]
    record = parse_payload("zimmo", payload).listing
    assert record is not None
    assert (str(record.listing_kind), record.price_min_eur, record.price_max_eur) == ("project", 250_000, 350_000)
    assert record.property_type is None, "its units are of two types"


def test_a_search_s_object_keeps_an_agency_and_no_person() -> None:
    seen = {
        "code": "LR6DK",
        "type": "Huis",
        "prijs": "1",
        "advertiser": {"name": "Proefkantoor", "phone": "09 000 00 00"},
    }
    agency = ZIMMO.without_private_data({**seen, "zimmo_kantoor_id": "7", "particulier_pand_id": None})
    assert agency["advertiser"] == {"name": "Proefkantoor"}
    for private in ({"particulier_pand_id": "12"}, {"zimmo_kantoor_id": "7", "particulier_pand_id": "12"}, {}):
        assert ZIMMO.without_private_data({**seen, **private})["advertiser"] == {}


@pytest.mark.parametrize("category", ["private", "individual", None, 7, []])
def test_a_dealer_that_may_be_a_person_is_treated_as_one(category: Any) -> None:
    payload = {
        "id": "01a00442-0000-4000-8000-00000000aaaa",
        "dealer": {"id": "1", "category": category, "name": "Testpersoon Zonder", "website": "https://example.org"},
        "estate": {"description": {"nl": "Vraag Testpersoon, 0470 12 34 56"}},
    }
    kept = ZIMMO.without_private_data(payload)
    assert kept["dealer"] == {"category": category}
    assert kept["estate"]["description"]["nl"] == "Vraag [name removed], [phone removed]"


@pytest.mark.parametrize(
    ("text", "label", "kwh", "missing"),
    [
        ("194 kWh/m²", None, 194, "not_in_advert"),
        ("194", None, 194, "not_in_advert"),
        ("C - 231 kWh/m²", "C", 231, None),
        ("Label B", "B", None, None),
        ("A+", "A+", None, None),
        ("Bezig met aanvraag", None, None, "not_parsed"),
        ("1 " * 20_000, None, None, "not_parsed"),
    ],
)
def test_an_energy_text_is_letter_kwh_or_unknown(text: str, label: str | None, kwh: int | None, missing: str) -> None:
    payload = {"id": "LR6DK", "labels": {"epc": text, "address": "9000 Gent"}}
    listing = parse_payload("zimmo", payload).listing
    assert listing is not None
    assert (listing.epc_label, listing.epc_kwh_m2_year, listing.missing.get("epc_label")) == (label, kwh, missing)


def test_the_same_home_in_two_languages_gives_equal_fields() -> None:
    """French and Dutch tiles differ in words only; icons tell the facts."""
    cards = []
    for path, words in (("nl/gent-9000/te-koop/huis", "slaapkamers"), ("fr/gent-9000/a-vendre/maison", "chambres")):
        page = f"""<zimmo-listing><h2><a href="/{path}/TIL01"></a></h2><address>Proefstraat 1<br/>9000 Gent</address>
        <div class="price">€ 250.000</div><div class="features_item" aria-label="3 {words}"><svg-icon
        data-src="/f/bedrooms.svg"></svg-icon><span class="value">3</span></div></zimmo-listing>"""
        (card,) = ZIMMO.read_search(page, None).cards
        cards.append({name: value for name, value in card.items() if name not in ("url", "language")})
    assert cards[0] == cards[1]
    assert cards[0]["bedroom_count"] == 3
