"""Immoweb's URLs and pages."""

import html
import json

import pytest

from immobe.errors import NotAListing, UnknownPlatform, UnreadablePage
from immobe.parsing import parse_payload
from immobe.platforms import PLATFORMS, SearchScope, get_platform, platform_of

IMMOWEB = get_platform("immoweb")
OBJECT = {"id": 123456, "property": {"type": "HOUSE", "title": 'a }; b </script> "c"'}, "price": {}}


def page(value: object, rest: str = "</script></body></html>") -> str:
    return f"<html><body><script>\n window.classified = {json.dumps(value)};\n{rest}"


def search_page(results: object, *, total: int = 95, number: int = 1, quote: str = '"') -> str:
    escaped = html.escape(json.dumps(results))
    return (
        f"<html><iw-search-card></iw-search-card><iw-search :criteria={quote}{{}}{quote}\n :page={quote}{number}{quote}"
        f" :result-count={quote}{total}{quote} :results={quote}{escaped}{quote} sort='newest'></iw-search></html>"
    )


CARD = {
    "id": 7,
    "property": {"type": "HOUSE", "subtype": "VILLA", "location": {"locality": "Fléron Romsée", "postalCode": "4624"}},
    "transaction": {"type": "FOR_SALE", "sale": {}},
    "price": {"type": "residential_sale", "mainValue": 250000, "language": "en"},
}
URL = "https://www.immoweb.be/en/search/house/for-sale?countries=BE&page=1"


@pytest.mark.parametrize(
    ("url", "listing_id"),
    [
        ("https://www.immoweb.be/en/classified/house/for-sale/gent/9000/20820613", "20820613"),
        ("https://www.immoweb.be/fr/annonce/maison/a-vendre/dinant/5500/10669588?utm=x#top", "10669588"),
        ("https://www.immoweb.be/nl/zoekertje/20820613", "20820613"),
        ("https://immoweb.be/en/classified/20820613/", "20820613"),
        ("https://www.immoweb.be/en/search/house/for-sale", None),
        ("https://www.immoweb.be/en", None),
        ("https://evil.example/en/classified/20820613", None),
        ("https://www.immoweb.be.evil.example/en/classified/20820613", None),
        ("not a url", None),
    ],
)
def test_a_listing_is_known_by_its_number(url: str, listing_id: str | None) -> None:
    assert IMMOWEB.listing_id(url) == listing_id


def test_tracking_is_no_part_of_the_canonical_url() -> None:
    url = "https://www.immoweb.be/en/classified/house/for-sale/gent/9000/20820613/?utm_source=x#photos"
    assert IMMOWEB.canonical_url(url) == "https://www.immoweb.be/en/classified/house/for-sale/gent/9000/20820613"


@pytest.mark.parametrize("path", ["", "/", "/en", "/nl/", "/fr"])
def test_home_is_where_removed_adverts_lead(path: str) -> None:
    assert IMMOWEB.is_home(f"https://www.immoweb.be{path}")
    assert not IMMOWEB.is_home("https://www.immoweb.be/en/search")


def test_a_search_asks_for_exactly_its_scope() -> None:
    url = IMMOWEB.search_url(SearchScope("rent", "apartment", ("9000", "9040"), 500, 1500))
    assert url == (
        "https://www.immoweb.be/en/search/apartment/for-rent"
        "?countries=BE&postalCodes=BE-9000,BE-9040&minPrice=500&maxPrice=1500&orderBy=newest&page=1"
    )


@pytest.mark.parametrize("text", [page(OBJECT), page(OBJECT, ""), json.dumps(OBJECT), "\ufeff " + json.dumps(OBJECT)])
def test_the_object_is_cut_out_wherever_it_ends(text: str) -> None:
    assert IMMOWEB.read_listing(text) == OBJECT


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        (page(OBJECT)[:120], UnreadablePage, "json_cut_off"),
        ("<html><script>window.classified = {'id': 1}</script></html>", UnreadablePage, "json_broken"),
        ("<html><script>window.classified = null;</script></html>", UnreadablePage, "no_object"),
        ("<html><body>Welcome</body></html>", NotAListing, "no_classified"),
        ("<html><body>Welcome", UnreadablePage, "page_cut_off"),
        (search_page([]), NotAListing, "search_page"),
        ("[1, 2]", NotAListing, "not_an_object"),
        ('{"id": 1}', NotAListing, "not_a_classified"),
        ('{"id": "x", "property": {}}', NotAListing, "not_a_classified"),
        ('{"id": true, "property": {}}', NotAListing, "not_a_classified"),
        ("window.classified = " + '{"a":' * 100_000, UnreadablePage, "nested_too_deep"),
    ],
)
def test_what_is_no_listing_says_why(text: str, error: type[Exception], reason: str) -> None:
    with pytest.raises(error) as raised:
        IMMOWEB.read_listing(text)
    assert raised.value.reason == reason  # type: ignore[attr-defined]


@pytest.mark.parametrize("quote", ['"', "'"])
def test_results_are_read_from_the_search_element(quote: str) -> None:
    found = IMMOWEB.read_search(search_page([CARD, None, {"no": "id"}], quote=quote), URL)
    assert found.total == 95
    assert found.next_page == "https://www.immoweb.be/en/search/house/for-sale?countries=BE&page=2"
    [card] = found.cards
    assert card["url"] == "https://www.immoweb.be/en/classified/villa/for-sale/fleron-romsee/4624/7"
    assert (card["platform_listing_id"], card["price_eur"], card["municipality_nis"]) == ("7", 250000, "62038")


@pytest.mark.parametrize(("number", "total"), [(4, 95), (1, 30), (333, 20_000), (1, 0)])
def test_the_last_page_has_no_next(number: int, total: int) -> None:
    assert IMMOWEB.read_search(search_page([CARD] if total else [], total=total, number=number), URL).next_page is None


def test_the_json_twin_is_read_too() -> None:
    found = IMMOWEB.read_search(json.dumps({"results": [CARD], "totalItems": 61, "currentPage": 2}), URL)
    assert (len(found.cards), found.total) == (1, 61)
    assert found.next_page is not None
    assert found.next_page.endswith("page=3")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<html></html>", "no_iw_search"),
        ("<iw-search :page='1'>", "no_results"),
        ("<iw-search :results='[{'>", "json_cut_off"),
        ("<iw-search :results='{}'>", "results_not_a_list"),
        (search_page([{"a": 1}]), "results_without_ids"),
        (search_page([CARD])[:400], "json_cut_off"),
    ],
)
def test_what_holds_no_results_says_why(text: str, reason: str) -> None:
    with pytest.raises((NotAListing, UnreadablePage)) as raised:
        IMMOWEB.read_search(text, URL)
    assert raised.value.reason == reason


def test_units_for_sale_are_found_and_sold_ones_are_not() -> None:
    items = [
        {"id": 11, "subtype": "HOUSE", "saleStatus": "AVAILABLE"},
        {"id": 12, "subtype": "HOUSE", "saleStatus": "SOLD"},
        None,
    ]
    project = {**CARD, "cluster": {"units": [{"items": items}, None, {"items": None}]}}
    [unit] = IMMOWEB.units(project)
    assert (unit.platform_listing_id, unit.project_id) == ("11", "7")
    assert unit.url == "https://www.immoweb.be/en/classified/house/for-sale/fleron-romsee/4624/11"
    assert IMMOWEB.units(CARD) == []


def seller(kind: str) -> dict[str, object]:
    return {
        "type": kind,
        "id": 99,
        "name": "Particulier Test",
        "email": "p@example.invalid",
        "mobileNumber": "0470 00 00 00",
        "salesRepresentative": {"name": "Agent Exemple"},
    }


def test_of_a_private_seller_only_the_kind_is_kept() -> None:
    description = "Bel Particulier Test op 0470/00.00.00 of p@example.invalid"
    payload = {**CARD, "customers": [seller("PRIVATE")], "property": {**CARD["property"], "description": description}}  # type: ignore[dict-item]
    kept = IMMOWEB.without_private_data(payload)
    assert kept["customers"] == [{"type": "PRIVATE"}]
    assert kept["property"]["description"] == "Bel [name removed] op [phone removed] of [e-mail removed]"
    assert payload["property"]["description"] == description  # type: ignore[index] # the original is untouched


def test_a_professional_seller_is_kept_without_employees() -> None:
    payload = {**CARD, "customers": [seller("AGENCY")]}
    [kept] = IMMOWEB.without_private_data(payload)["customers"]
    assert "salesRepresentative" not in kept
    assert kept["name"] == "Particulier Test"


def test_a_page_that_cannot_be_read_is_scrubbed() -> None:
    cut = page({**CARD, "customers": [seller("PRIVATE")]})[:-60]
    kept = IMMOWEB.scrub_page(cut)
    assert "Particulier" not in kept
    assert "p@example" not in kept
    assert "0470" not in kept


def test_the_registry_finds_platforms_by_name_and_by_url() -> None:
    assert platform_of("https://www.immoweb.be/en") is PLATFORMS["immoweb"]
    with pytest.raises(UnknownPlatform, match="immoweb"):
        get_platform("imoweb")
    with pytest.raises(UnknownPlatform, match="no platform owns"):
        platform_of("https://example.org")


def test_nothing_of_a_private_seller_is_left_in_any_branch() -> None:
    payload = {
        **CARD,
        "customers": [seller("PRIVATE")],
        "externalReference": "Particulier Test 0470000000",
        "contactName": "Particulier Test",
        "property": {**CARD["property"], "title": "0470000000", "location": {"propertyName": "Particulier Test"}},  # type: ignore[dict-item]
        "transaction": {"certificates": {"epcDescription": "Bel 0470/00/00/00, Particulier Test"}},
        "media": {"pictures": [{"caption": "p@example.invalid", "largeUrl": "https://x.be/1.jpg"}]},
    }
    kept = json.dumps(IMMOWEB.without_private_data(payload))
    assert not [secret for secret in ("Particulier", "0470", "p@example") if secret in kept]
    assert "https://x.be/1.jpg" in kept


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"transaction": {"type": "FOR_SALE", "sale": {"lifeAnnuity": {"lumpSum": None}}}},
            {"sale_method": "private_treaty"},
        ),
        (
            {"transaction": {"type": "FOR_SALE", "sale": {"publicSale": {"venue": None}}}},
            {"sale_method": "private_treaty"},
        ),
        (
            {"price": {"type": "commercial_yearly_rent", "mainValue": 24000}, "transaction": {"type": "FOR_RENT"}},
            {"price_eur": None},
        ),
        ({"price": None, "flags": None}, {"price_kind": None, "status": None}),
    ],
)
def test_what_says_nothing_decides_nothing(change: dict[str, object], expected: dict[str, object]) -> None:
    listing = parse_payload("immoweb", {**CARD, "flags": {}, **change}).listing
    assert listing is not None
    assert {name: getattr(listing, name) for name in expected} == expected


def test_a_home_abroad_is_refused_even_with_a_postal_code_like_ours() -> None:
    abroad = {"locality": "Luxembourg", "postalCode": "4000", "country": "Luxembourg"}
    parsed = parse_payload("immoweb", {**CARD, "property": {**CARD["property"], "location": abroad}})  # type: ignore[dict-item]
    assert parsed.reasons == ("postal_code: rejected:not_in_belgium",)


def test_a_plus_of_brussels_is_an_a() -> None:
    home = {"locality": "Ixelles", "postalCode": "1050"}
    payload = {
        **CARD,
        "property": {**CARD["property"], "location": home},
        "transaction": {"type": "FOR_SALE", "certificates": {"epcScore": "A+"}},
    }  # type: ignore[dict-item]
    listing = parse_payload("immoweb", payload).listing
    assert listing is not None
    assert (listing.epc_label, listing.raw["epc_label"]) == ("A", "A+")


def test_a_hidden_price_hides_the_one_before_it() -> None:
    shown = {**CARD, "flags": {}, "price": {"type": "residential_sale", "mainValue": 250000, "oldValue": "275.000"}}
    assert (listing := parse_payload("immoweb", shown).listing) is not None
    assert (listing.price_eur, listing.previous_price_eur) == (250_000, 275_000)
    hidden = {**shown, "price": {**shown["price"], "hidePrice": True}}  # type: ignore[dict-item]
    assert (listing := parse_payload("immoweb", hidden).listing) is not None
    assert (listing.price_eur, listing.previous_price_eur, listing.price_kind) == (None, None, "on_request")
    assert "previous_price_eur" not in {**listing.raw, **listing.missing}


def test_coordinates_with_three_decimals_are_no_thousands() -> None:
    place = {**CARD["property"]["location"], "latitude": "50.590", "longitude": "5,702"}  # type: ignore[index]
    listing = parse_payload("immoweb", {**CARD, "property": {**CARD["property"], "location": place}}).listing  # type: ignore[dict-item]
    assert listing is not None
    assert (str(listing.latitude), str(listing.longitude)) == ("50.590", "5.702")
