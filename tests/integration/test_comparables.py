"""Percentiles and medians against what plain SQL, and plain arithmetic, make of the same rows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, select, text
from typer.testing import CliRunner

from immobe.cli import app
from immobe.embedded import ServiceUrls
from immobe.geo.neighbours import neighbours, same_canton
from immobe.market.comparables import ENOUGH, Comparison, compare
from immobe.replica.load import Synthetic, load
from immobe.storage.comparables import Area, left_out, medians, usable
from immobe.storage.models import ListingRow
from immobe.storage.schema import migrate
from tests.integration.databases import fresh_database

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WINDOW = timedelta(days=180)

# Written apart from the code: what a home must be, and where the others may lie.
_HOMES = """
SELECT id, platform, platform_listing_id, transaction_type, property_type, bedroom_count, municipality_nis, province,
    region, price_eur / living_area_m2 AS per_m2, last_seen_at,
    (SELECT property_id FROM property_listings WHERE listing_id = listings.id) AS dwelling
FROM listings
WHERE scraped_at IS NOT NULL AND last_seen_at >= :since AND listing_kind IN ('single', 'unit')
    AND ((transaction_type = 'sale' AND sale_method = 'private_treaty' AND price_kind = 'asking'
          AND price_eur / nullif(living_area_m2, 0) BETWEEN 200 AND 30000)
      OR (transaction_type = 'rent' AND price_kind = 'monthly_rent'
          AND price_eur / nullif(living_area_m2, 0) BETWEEN 2 AND 200))
    AND ((property_type = 'house' AND living_area_m2 BETWEEN 25 AND 1000)
      OR (property_type = 'apartment' AND living_area_m2 BETWEEN 10 AND 500))
"""
# Adverts that one address has, of one type and size: made one dwelling here, without the matcher.
_DWELLINGS = """
CREATE TEMP TABLE groups ON COMMIT DROP AS SELECT row_number() OVER () AS number, array_agg(id) AS ids FROM listings
    WHERE house_number IS NOT NULL GROUP BY postal_code, street, house_number, property_type, bedroom_count
    HAVING count(*) > 1;
INSERT INTO properties (id) OVERRIDING SYSTEM VALUE SELECT number FROM groups;
INSERT INTO property_listings (listing_id, property_id) SELECT unnest(ids), number FROM groups;
"""


@pytest.fixture(scope="module")
def engine(services: ServiceUrls) -> Iterator[Engine]:
    """One market for all tests here: they only read, or roll back."""
    with fresh_database(services.database_url) as url:
        migrate(url)
        engine = create_engine(url)
        load(engine, Synthetic(10_000, 5, NOW), progress=lambda count: None)
        with engine.begin() as connection:
            connection.execute(text(_DWELLINGS))
        yield engine
        engine.dispose()


def homes(connection: Connection) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(text(_HOMES), {"since": NOW - WINDOW}).mappings()]


def widths(home: dict[str, Any]) -> Iterator[tuple[str, set[str] | None]]:
    """(name, municipalities), None for the whole province or, in Brussels, region."""
    nis = home["municipality_nis"]
    if nis:
        yield from (("municipality", {nis}), ("canton", set(same_canton(nis))), ("neighbours", set(neighbours(nis))))
    if home["province"] or home["region"] == "brussels":
        yield ("province" if home["province"] else "region"), None


def expected(home: dict[str, Any], others: list[dict[str, Any]]) -> tuple[str, list[Any]] | None:
    def rooms(one: dict[str, Any]) -> int:
        return min(5, one["bedroom_count"])

    alike = [
        one
        for one in others
        if one["id"] != home["id"]
        and (one["dwelling"] is None or one["dwelling"] != home["dwelling"])
        and (one["transaction_type"], one["property_type"]) == (home["transaction_type"], home["property_type"])
        and (home["bedroom_count"] is None or (one["bedroom_count"] is not None and rooms(one) == rooms(home)))
    ]
    found = None
    for where, towns in widths(home):
        key = "province" if where == "province" else "region"
        near = [one for one in alike if (one["municipality_nis"] in towns if towns else one[key] == home[key])]
        near.sort(key=lambda one: (one["last_seen_at"], -one["id"]))
        once = {one["dwelling"] or -one["id"]: one["per_m2"] for one in near}  # the last one seen stays
        found = where, sorted(once.values())
        if len(once) >= 10:
            break
    return found


def test_percentiles_are_what_plain_sql_and_arithmetic_say(engine: Engine) -> None:
    with engine.connect() as connection:
        known, met = homes(connection), set()
    for home in known[:: len(known) // 100]:
        wanted = expected(home, known)
        found = compare(engine, home["platform"], home["platform_listing_id"], now=NOW, window=WINDOW)
        assert isinstance(found, Comparison)
        assert found.standing is not None
        assert wanted is not None
        where, prices = wanted
        assert (found.where, found.standing.spread.n) == (where, len(prices))
        met.add(where if len(prices) >= ENOUGH else "too few")
        if len(prices) < ENOUGH:
            assert found.percentile is None
            continue
        below, until = bisect_left(prices, home["per_m2"]), bisect_right(prices, home["per_m2"])
        assert found.percentile == pytest.approx(50 * (below + until) / len(prices))
        low, middle, high = quantiles([float(price) for price in prices], n=4, method="inclusive")
        spread = found.standing.spread
        assert (spread.low_m2_eur, spread.median_m2_eur, spread.high_m2_eur) == pytest.approx((low, middle, high))
    counted = [home["dwelling"] for home in known if home["dwelling"] is not None]
    assert len(counted) - len(set(counted)) > 500, "dwellings with several adverts are among them"
    assert met >= {"municipality", "canton", "neighbours", "province", "region", "too few"}


def test_what_is_no_asking_price_is_refused_by_name_and_never_among_the_others(engine: Engine) -> None:
    cases = {
        "a life annuity": "sale_method = 'life_annuity'",
        "an auction": "sale_method = 'public_auction' AND property_type = 'house'",
        'a "from" price': "price_kind = 'from' AND listing_kind = 'single' AND property_type = 'house'",
        "a project, which has a range of prices": "listing_kind = 'project'",
        "neither a house nor a flat": "property_type = 'land' AND sale_method = 'private_treaty'",
        "no price": "price_kind = 'on_request' AND property_type = 'apartment'",
    }
    with engine.connect() as connection:
        for why, which in cases.items():
            query = f"SELECT platform, platform_listing_id FROM listings WHERE {which} ORDER BY id LIMIT 1"
            platform, number = connection.execute(text(query)).one()
            found = compare(engine, platform, number, now=NOW, window=WINDOW)
            assert found is not None
            assert (found.refused, found.percentile) == (why, None)
        taken = set(connection.scalars(select(ListingRow.id).where(usable(NOW - WINDOW))))
        assert taken == {home["id"] for home in homes(connection)}
    assert compare(engine, "immoweb", "no such", now=NOW, window=WINDOW) is None


def test_what_is_used_and_what_is_left_out_are_all_the_homes(engine: Engine) -> None:
    since = NOW - WINDOW
    with engine.connect() as connection:  # nothing of it is committed
        # Areas a hundredfold, prices per m², and an advert from before the window.
        plain = (
            "region = 'flanders' AND property_type = 'house' AND price_kind = 'asking' AND living_area_m2 IS NOT NULL"
        )
        changes = ("living_area_m2 = living_area_m2 * 100", "price_eur = 3000", "last_seen_at = '2026-01-01Z'")
        for number, change in enumerate(changes):
            which = f"SELECT id FROM listings WHERE {plain} ORDER BY id LIMIT 5 OFFSET {5 * number}"
            connection.execute(text(f"UPDATE listings SET {change} WHERE id IN ({which})"))
        flanders = Area(region="flanders")
        rows = medians(connection, flanders, since)
        others = left_out(connection, flanders, since)
        whole = (
            "SELECT count(*) FROM listings WHERE region = 'flanders' AND property_type IN ('house', 'apartment')"
            " AND scraped_at IS NOT NULL AND last_seen_at >= :since"
        )
        assert sum(row.spread.n for row in rows) + sum(others.values()) == connection.scalar(
            text(whole), {"since": since}
        )
        assert others.keys() >= {"an implausible living area", "an implausible price", "a life annuity", "an auction"}
        plain = [home for home in homes(connection) if home["region"] == "flanders"]
    for row in rows:
        prices = [float(home["per_m2"]) for home in plain if home["transaction_type"] == row.transaction_type
                  and home["property_type"] == row.property_type]  # fmt: skip
        assert row.spread.n == len(prices)
        assert row.spread.median_m2_eur == pytest.approx(quantiles(prices, n=4, method="inclusive")[1])


def test_the_commands(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("COMPARABLES_DAYS", "3650")
    run = CliRunner().invoke
    with engine.connect() as connection:
        query = "SELECT platform_listing_id FROM listings WHERE platform = 'immoweb' AND sale_method = {} ORDER BY id"
        annuity = connection.scalars(text(query.format("'life_annuity'"))).first()
        asked = [home for home in homes(connection) if home["region"] == "brussels" and home["platform"] == "immoweb"]
    found = run(
        app, ["comparables", "immoweb", next(h for h in asked if h["bedroom_count"] == 1)["platform_listing_id"]]
    )
    assert (found.exit_code, "n = " in found.output, "% of the others" in found.output) == (0, True, True)
    refused = run(app, ["comparables", "immoweb", str(annuity)])
    assert (refused.exit_code, refused.output) == (1, "It cannot be compared: a life annuity.\n")
    assert run(app, ["comparables", "immoweb", "none"]).exit_code == 1
    table = run(app, ["market", "--province", "brussels"])
    assert table.exit_code == 0
    assert "Not among them: " in table.output
    assert "a life annuity" in table.output
    assert "apartment" in run(app, ["market", "--municipality", "Gent", "--bedrooms"]).output
    assert [run(app, ["market", *wrong]).exit_code for wrong in ([], ["--province", "nowhere"])] == [2, 2]
