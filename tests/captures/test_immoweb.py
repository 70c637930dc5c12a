"""Immoweb's real pages against the facts that were read from them independently (see README.md)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from jsonschema import Draft202012Validator

from immobe.items import Listing
from immobe.parsing import Parsed, parse_file, parse_search_file
from tests.captures.facts import captures_of, differences, facts_of

CAPTURES = captures_of("immoweb")
EXPECTED = Path(__file__).parent / "immoweb"
FACTS = facts_of("immoweb")
SEARCH = json.loads((EXPECTED / "search.json").read_text())
SCHEMA = Draft202012Validator(Listing.model_json_schema(mode="serialization"))

# Whose null needs a reason in every record.
REASONED = ("price_eur", "property_type", "postal_code", "living_area_m2", "bedroom_count", "epc_label")
REASON = re.compile(r"not_in_advert|not_parsed|rejected:[a-z0-9_]+")
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
PHONE = re.compile(r"(?:\+|00|\(0\)|\b0)(?:[\s./()-]*\d){8,12}")
NO_TRANSLATION = re.compile(r"Sorry,? there is no|Sorry,? er is geen|Désolé,? il n.y a pas", re.IGNORECASE)

pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason=f"no captures in {CAPTURES}")


@cache
def parsed(file: str) -> list[Parsed]:
    return parse_file("immoweb", CAPTURES / file)


@cache
def raw(file: str) -> Any:
    """The object or list of objects in a capture, read without the package."""
    text = (CAPTURES / file).read_text(encoding="utf-8")
    if file.endswith(".json"):
        return json.loads(text)
    return json.JSONDecoder().raw_decode(text, text.index("{", text.index("window.classified = ")))[0]


def record(fact: dict[str, Any]) -> Listing:
    result = parsed(fact["file"])[fact["index"]]
    assert result.listing is not None, f"not read: {result.reasons}"
    return result.listing


def records() -> Iterator[tuple[str, Listing]]:
    for fact in FACTS:
        yield name(fact), record(fact)


def name(fact: dict[str, Any]) -> str:
    return f"{fact['file']}#{fact['id']}"


@pytest.mark.parametrize("fact", FACTS, ids=name)
def test_record_holds_the_facts_of_the_page(fact: dict[str, Any]) -> None:
    listing = record(fact)
    assert listing.platform == "immoweb"
    assert listing.platform_listing_id == str(fact["id"])
    wrong = list(differences(fact, listing))
    assert not wrong, "\n  " + "\n  ".join(wrong)


def test_every_object_of_every_capture_has_facts() -> None:
    read = {(fact["file"], fact["index"]) for fact in FACTS}
    listings = [
        p for p in CAPTURES.iterdir() if p.suffix in {".json", ".html"} and not p.name.startswith("search-2024")
    ]
    there = {(p.name, i) for p in listings for i in range(len(raw(p.name)) if isinstance(raw(p.name), list) else 1)}
    assert there == read


def test_every_record_is_valid() -> None:
    refused = {f"{fact['file']}[{fact['index']}]": parsed(fact["file"])[fact["index"]].reasons for fact in FACTS}
    assert not {where: why for where, why in refused.items() if why}
    assert all(result.valid for fact in FACTS for result in parsed(fact["file"]))


def test_a_list_keeps_its_order_and_length() -> None:
    for file in sorted({fact["file"] for fact in FACTS if "batch" in fact["file"]}):
        assert [p.index for p in parsed(file)] == list(range(len(raw(file))))
        assert [p.listing and p.listing.platform_listing_id for p in parsed(file)] == [str(o["id"]) for o in raw(file)]


def test_every_record_satisfies_the_schema() -> None:
    wrong = [
        f"{where}: {error.json_path} {error.message[:200]}"
        for where, listing in records()
        for error in SCHEMA.iter_errors(json.loads(listing.model_dump_json()))
    ]
    assert not wrong, "\n".join(wrong)


def test_every_record_survives_its_own_json() -> None:
    for where, listing in records():
        assert Listing.model_validate_json(listing.model_dump_json()) == listing, where


def test_reasons_are_given_for_nulls_and_only_for_nulls() -> None:
    wrong = []
    for where, listing in records():
        values = listing.model_dump()
        wrong += [
            f"{where}: {f} is null without a reason" for f in REASONED if values[f] is None and f not in listing.missing
        ]
        wrong += [
            f"{where}: {f} has a value and a reason" for f in listing.missing if values.get(f) not in (None, {}, [])
        ]
        wrong += [f"{where}: {f}: {why}" for f, why in listing.missing.items() if not REASON.fullmatch(why)]
    assert not wrong, "\n".join(wrong)


def test_every_url_is_the_listing_s_own() -> None:
    for where, listing in records():
        assert re.fullmatch(r"https://www\.immoweb\.be/(fr|nl|en)/\w+/[\w%/-]+/\d+", listing.url, re.ASCII), where
        assert listing.url.endswith(f"/{listing.platform_listing_id}"), where


@pytest.mark.parametrize("path", sorted(CAPTURES.glob("page-20*.html")), ids=lambda path: path.name)
def test_a_page_gives_its_canonical_url(path: Path) -> None:
    links = re.findall(r"<link[^>]*canonical[^>]*>", path.read_text(encoding="utf-8"))
    assert [re.findall(r'href="([^"]+)"', link) for link in links] == [[parsed(path.name)[0].listing.url]]


@pytest.mark.parametrize("path", sorted(CAPTURES.glob("page-20*.html")), ids=lambda path: path.name)
def test_a_page_and_its_bare_object_give_the_same_record(path: Path) -> None:
    page, bare = (
        parsed(file)[0].listing.model_dump(exclude={"url", "fetched_at"})
        for file in (path.name, f"{path.stem}.classified.json")
    )
    assert page == bare


def test_tracking_parameters_leave_the_url() -> None:
    (path,) = CAPTURES.glob("page-2024-06*.classified.json")
    clean = "https://www.immoweb.be/en/classified/house/for-sale/nassogne/6950/11485698"
    (result,) = parse_file("immoweb", path, url=f"{clean}?searchId=65a0&utm_source=mail#gallery")
    assert result.listing is not None
    assert result.listing.url == clean


def private_records() -> Iterator[tuple[str, dict[str, Any], Listing]]:
    for fact in FACTS:
        payload = raw(fact["file"])
        payload = payload[fact["index"]] if isinstance(payload, list) else payload
        if any(customer.get("type") == "PRIVATE" for customer in payload.get("customers") or ()):
            yield name(fact), payload, record(fact)


def test_private_sellers_stay_unknown() -> None:
    seen = 0
    for where, payload, listing in private_records():
        seen += 1
        assert listing.seller_type == "private", where
        assert (listing.seller_name, listing.seller_id, listing.seller_licence) == (None, None, None), where
        texts = "\n".join([*listing.title.values(), *listing.description.values(), *listing.raw.values()])
        assert not MAIL.search(texts), where
        assert not PHONE.search(texts), where
        output = listing.model_dump_json()
        for secret in secrets(payload["customers"]):
            assert secret not in output, where
            assert secret not in re.sub(r"[\s./()-]", "", texts), where
    assert seen == sum(1 for fact in FACTS if fact.get("seller_type") == "private") > 0


def secrets(branch: Any) -> Iterator[str]:
    """Contacts and names anywhere in `customers`; numbers also without their country code."""
    if isinstance(branch, list):
        for item in branch:
            yield from secrets(item)
    elif isinstance(branch, dict):
        for key, value in branch.items():
            if isinstance(value, str) and re.search(r"name|mail|phone|number|landline|street", key, re.IGNORECASE):
                yield from (value, re.sub(r"\D", "", value)[-9:]) if re.search(r"\d{6}", value) else (value,)
            else:
                yield from secrets(value)


def test_a_text_is_not_kept_as_a_translation_that_the_page_lacks() -> None:
    """ "Sorry, there is no English translation", and then the text of another language once more."""
    wrong = [
        f"{name(fact)}: {lang}"
        for fact in FACTS
        for lang in fact.get("description_languages_untranslated", ())
        if lang in record(fact).description
    ]
    assert not wrong, "\n".join(wrong)


def test_texts_are_plain() -> None:
    for where, listing in records():
        for text in (*listing.title.values(), *listing.description.values()):
            assert not NO_TRANSLATION.match(text), where
            assert not re.search(r"<\s*br|</?\w+>|&nbsp;|&amp;|&#\d+;", text), where
            assert text == text.strip(), where


def test_search_page() -> None:
    page = parse_search_file("immoweb", CAPTURES / SEARCH["file"])
    assert page.total == SEARCH["total"]
    assert page.next_page is not None
    following = urlsplit(page.next_page)
    assert (following.scheme, following.netloc) == ("https", "www.immoweb.be")
    assert parse_qs(following.query)["page"] == [str(SEARCH["next_page_number"])]
    assert [card["platform_listing_id"] for card in page.cards] == [c["platform_listing_id"] for c in SEARCH["cards"]]
    wrong = [
        f"{expected['platform_listing_id']}.{field}: expected {expected.get(field)!r}, got {card.get(field)!r}"
        for card, expected in zip(page.cards, SEARCH["cards"], strict=True)
        for field in {*expected, "price_eur"}
        if card.get(field) != expected.get(field)
    ]
    assert not wrong, "\n".join(wrong)


def test_search_cards_use_the_record_s_names_and_lead_to_listings() -> None:
    for card in parse_search_file("immoweb", CAPTURES / SEARCH["file"]).cards:
        assert {"platform_listing_id", "url", "price_eur", "transaction_type"} <= set(card) <= set(Listing.model_fields)
        assert card["url"].startswith("https://www.immoweb.be/en/classified/")
        assert card["url"].endswith(f"/{card['platform_listing_id']}")
