"""Immoscoop's card, and every row of the tables of addresses and prices that others made (see README.md)."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache

import pytest

from immobe.geo import locate, place_key
from immobe.geo.towns import town_names
from immobe.items import EpcLabel, TransactionType
from immobe.mapping.convert import known
from immobe.parsing import parse_file, parse_search_file
from immobe.platforms import get_platform, platform_of
from immobe.platforms.immoscoop import urls
from immobe.platforms.immoscoop.mapping import card_facts, epc_label
from tests.captures.facts import captures_of, digest

CAPTURES = captures_of("immoscoop")
PRICES = CAPTURES / "prices-2025-05-to-2026-05.csv"
IMMOSCOOP = get_platform("immoscoop")

pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason=f"no captures in {CAPTURES}")


@cache
def addresses() -> list[str]:
    tables = sorted(CAPTURES.glob("*.csv"))
    return [row[0] for path in tables for row in list(csv.reader(path.read_text(encoding="utf-8").splitlines()))[1:]]


def test_every_address_is_an_advert_s_with_its_own_number() -> None:
    assert len(addresses()) > 4000
    for url in addresses():
        assert platform_of(url) is IMMOSCOOP
        assert IMMOSCOOP.listing_id(url) == url.rpartition("/")[2]
        assert IMMOSCOOP.canonical_url(f"{url}/?utm_source=x#photos") == url


def test_what_the_addresses_tell() -> None:
    read = [address for url in addresses() if (address := urls.read(url))]
    assert len(read) == len(addresses())
    assert Counter((a.is_project, a.is_rent, a.language) for a in read) == {
        (False, True, "nl"): 2754, (False, False, "en"): 1264, (True, False, "en"): 72,
    }  # fmt: skip
    without_code = [a for a in read if a.postal_code is None]
    assert len(without_code) == 28
    assert not any(a.town[:1].isdigit() for a in without_code), "each postal code that an address states exists"


def test_a_run_together_address_is_split_for_every_place() -> None:
    """Street and number glued before postal code and town, as cards of 2026 have it, for each place of the tables."""
    for url in sorted(set(addresses())):
        address = urls.read(url)
        assert address is not None
        if address.postal_code is None:
            continue
        town = address.town.replace("-", " ").title()
        card = {"id": "1", "url": url, "address": [f"Teststraat 137{address.postal_code} {town}"]}
        facts = card_facts(card)
        assert (facts["street"], facts["house_number"], facts["postal_code"], facts["locality"]) == (
            "Teststraat", "137", address.postal_code, town,
        )  # fmt: skip
        place = locate(address.postal_code)
        assert place is not None
        assert facts["region"] == place.region


def test_every_price_and_label_of_the_table() -> None:
    for row in csv.DictReader(PRICES.read_text(encoding="utf-8").splitlines()):
        facts = card_facts({"url": row["url"], "price": f"€\u00a0{row['price']}", "epc": row["epc"]})
        assert facts["transaction_type"] is TransactionType.RENT
        assert facts["price_eur"] == known(row["price"])
        assert facts.get("epc_label") == epc_label(row["epc"])
        assert row["epc"] == "" or isinstance(facts["epc_label"], EpcLabel)


def test_the_card() -> None:
    (path,) = CAPTURES.glob("search-card-*.html")
    page = parse_search_file("immoscoop", path, url="https://www.immoscoop.be/zoeken/te-huur/brugge/appartement")
    assert (page.next_page, page.total, page.outside, page.stopped) == (None, None, frozenset(), None)
    (card,) = page.cards
    assert digest(card.pop("street")) == "810cec3b29d5"
    assert card == {
        "platform_listing_id": "838015",
        "url": "https://www.immoscoop.be/te-huur/8200-sint-michiels/838015",
        "transaction_type": "rent",
        "property_type": "apartment",
        "property_subtype": "apartment",
        "price_eur": 750,
        "price_kind": "monthly_rent",
        "bedroom_count": 1,
        "epc_label": "A",
        "house_number": "66",
        "postal_code": "8200",
        "locality": "Sint-Michiels",
        "municipality_nis": "31005",
        "province": "west_flanders",
        "region": "flanders",
        "location_precision": "municipality",
    }
    assert place_key("brugge") in {place_key(name) for name in town_names("8200")}
    elsewhere = parse_search_file(
        "immoscoop", path, url="https://www.immoscoop.be/zoeken/te-huur/9000-gent/appartement"
    )
    assert elsewhere.outside == {"838015"}
    assert elsewhere.stopped is not None
    (result,) = parse_file("immoscoop", path)
    assert result.reasons[0].startswith("search_page")
