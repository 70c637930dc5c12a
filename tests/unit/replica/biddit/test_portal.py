"""Biddit in the replica: sitemaps in files, a lot in each form of script, lots of several properties."""

from __future__ import annotations

import json
from collections import Counter

from immobe.platforms import get_platform
from immobe.replica.biddit.portal import LOTS_A_FILE, BidditPortal
from immobe.replica.market import Market, MarketDay

PORTAL = BidditPortal(MarketDay(Market(11, 900)))
BIDDIT = get_platform("biddit")


def test_the_sitemap_ends_with_404() -> None:
    files = -(-PORTAL.count() // LOTS_A_FILE)
    assert files > 1
    statuses = [PORTAL.reply(f"/stg/eco/fr_sitemap_{n}.xml", "").status for n in range(1, files + 2)]
    assert statuses == [200] * files + [404]


def test_services_are_forbidden_and_not_there() -> None:
    assert b"Disallow: /api/\n" in PORTAL.reply("/robots.txt", "").body
    assert PORTAL.reply("/api/eco/search-service/lot/_search", "page=0").status == 404


def test_every_form_of_script_and_of_lot_comes_and_no_person_is_kept() -> None:
    forms, properties, methods = Counter[str](), Counter[int](), Counter[str]()
    for record in PORTAL.truth():
        page = PORTAL.reply(record["url"].removeprefix("https://www.biddit.be"), "").body.decode()
        forms[next(form for form in ("ng-state", "application/json", "__INITIAL_STATE__") if form in page)] += 1
        payload = BIDDIT.read_listing(page, record["url"])
        properties[len(payload["properties"])] += 1
        methods[payload["handlingMethod"]] += 1
        assert "Medewerker" in json.dumps(payload)
        assert "Medewerker" not in json.dumps(BIDDIT.without_private_data(payload))
    assert len(forms) == 3
    assert len(properties) >= 2
    assert methods["ONLINE_PUBLIC_SALE"] > 5
    assert len(methods) >= 3


def test_a_lot_is_the_same_in_every_language() -> None:
    url = next(PORTAL.truth())["url"].removeprefix("https://www.biddit.be")
    lots = {
        language: BIDDIT.read_listing(PORTAL.reply(url.replace("/fr/", f"/{language}/"), "").body.decode())
        for language in ("fr", "nl", "en", "de")
    }
    assert all(lot == lots["fr"] for lot in lots.values())
