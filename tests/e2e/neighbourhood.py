"""A street in Ghent with every kind of advert: read and not read, cheaper, gone, sold, twice, hostile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from sqlalchemy import Engine

from immobe.config import load_config
from immobe.embedded import ServiceUrls
from immobe.items import (
    DetectedListing,
    EpcLabel,
    Listing,
    LocationPrecision,
    MappedListing,
    MarketStatus,
    PriceKind,
    PropertySubtype,
    PropertyType,
    QuarantinedRecord,
    RawListing,
    Region,
    RemovedListing,
    SaleMethod,
    SellerType,
    TransactionType,
)
from immobe.market.properties import match
from immobe.storage.engine import make_engine
from immobe.storage.failures import Failure, note_failures
from immobe.storage.writer import ListingWriter
from tests.e2e.visiting import Visitor
from tests.integration.databases import fresh_database
from tests.integration.watchtower_service import NAME, PASSWORD, Service, prepare, serving

NOW = datetime.now(UTC).replace(microsecond=0)
TOWN, PRICES = "44021", (300_000, 291_000, 285_000)
HOSTILE = "<script>document.title = 'taken'</script><img src=x onerror=alert(1)>"
HOUSE: dict[str, Any] = {
    "transaction_type": TransactionType.SALE,
    "sale_method": SaleMethod.PRIVATE_TREATY,
    "status": MarketStatus.AVAILABLE,
    "price_kind": PriceKind.ASKING,
    "property_type": PropertyType.HOUSE,
    "property_subtype": PropertySubtype.TOWN_HOUSE,
    "bedroom_count": 3,
    "epc_label": EpcLabel.E,
    "epc_kwh_m2_year": 431,
    "postal_code": "9000",
    "locality": "Gent",
    "municipality_nis": TOWN,
    "province": "east_flanders",
    "region": Region.FLANDERS,
    "location_precision": LocationPrecision.EXACT,
    "seller_type": SellerType.AGENCY,
    "seller_name": HOSTILE,
}
CORNER: dict[str, Any] = HOUSE | {
    "street": "Veldstraat",
    "house_number": "12",
    "living_area_m2": Decimal(150),
    "land_area_m2": Decimal(212),
    "construction_year": 1931,
    "epc_reference": "20240101-0001234567-RES-1",
    "external_reference": "REF-771203",
    "latitude": Decimal("51.0501"),
    "longitude": Decimal("3.7221"),
}
"""The house that four adverts show."""


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def page(platform: str, number: str, days: float, **values: Any) -> MappedListing:
    """A page that was read so many days ago."""
    url = f"https://www.{platform}.be/{number}"
    listing = Listing(
        platform=platform,
        platform_listing_id=number,
        url=url,
        mapper_version="1",
        fetched_at=ago(days),
        **values,
    )
    return MappedListing(
        listing, RawListing(platform, number, url, {"day": days}, ago(days), f"{number}-{days}"), False
    )


def gone(platform: str, number: str, days: float, evidence: str) -> RemovedListing:
    url = f"https://www.{platform}.be/{number}"
    return RemovedListing(platform, number, url, evidence, ago(days), f"gone-{number}")


def neighbours() -> Iterator[MappedListing]:
    """Fourteen houses, 2,000 to 3,300 euro per m²."""
    for place in range(14):
        facts = {
            "street": "Coupure",
            "house_number": str(100 + 10 * place),
            "living_area_m2": Decimal(100 + 10 * place),
        }
        where = {"latitude": Decimal("51.0500") + Decimal(place) / 500, "longitude": Decimal("3.7100")}
        price = {"price_eur": (100 + 10 * place) * Decimal(2000 + 100 * place), "epc_label": EpcLabel.C}
        yield page(
            "immoweb", f"91000{place:02}", 40, **(HOUSE | facts | where | price | {"epc_kwh_m2_year": 210 + place})
        )


def move_in(engine: Engine) -> None:
    """Writes all adverts as crawls do, in order of time, and finds the properties."""
    text = {
        "title": {"nl": HOSTILE, "fr": "Maison"},
        "description": {"nl": f"Eerste lijn.\n{HOSTILE}", "fr": "Première."},
    }
    told = text | {
        "missing": {"has_lift": "not_in_advert", "heating_type": "not_parsed", "facade_count": "rejected:out_of_range"},
        "raw": {"heating_type": HOSTILE, "facade_count": "44 gevels"},
    }
    dearest, dearer, price = (Decimal(amount) for amount in PRICES)
    corner = [
        page("immoweb", "9000000", 90, price_eur=Decimal(310_000), **CORNER),
        gone("immoweb", "9000000", 70, "http_404"),
        page("immoweb", "9000001", 60, price_eur=dearest, **CORNER, **told),
        page("zimmo", "ZHOME1", 50, price_eur=Decimal(289_000), **CORNER),
        page("immoweb", "9000001", 30, price_eur=dearer, **CORNER, **told),
        page("immoweb", "9000001", 3, price_eur=price, **CORNER, **told),
    ]
    elsewhere = {**HOUSE, "street": "Kouter", "house_number": "3", "living_area_m2": Decimal(240), "bedroom_count": 5}
    sold = [
        page("immoweb", "9000002", 20, price_eur=Decimal(500_000), **elsewhere),
        page("immoweb", "9000002", 10, price_eur=Decimal(500_000), **{**elsewhere, "status": MarketStatus.SOLD}),
        gone("immoweb", "9000002", 5, "http_410"),
    ]
    url = "https://www.immoweb.be/900000{}"
    unread = [
        DetectedListing("immoweb", "9000003", url.format(3), ago(1), "card-3", {}),
        DetectedListing("immoweb", "9000004", url.format(4), ago(2), "card-4", {}),
        QuarantinedRecord(
            "immoweb",
            url.format(4),
            ("postal_code: rejected:unknown_postal_code",),
            {"id": 4},
            ago(1),
            "refused-4",
            "9000004",
        ),
        DetectedListing("immoweb", "9000005", url.format(5), ago(2), "card-5", {}),
    ]
    writer = ListingWriter(engine, lambda: "a-run")
    for item in (*neighbours(), *corner, *sold, *unread):
        assert writer.write([item]) == [None]
    note_failures(engine, [Failure("immoweb", "9000005", ago(1), "http_500")])
    match(engine)


@pytest.fixture(scope="module")
def neighbourhood(services: ServiceUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serves that street, for tests that change something too."""
    with fresh_database(services.database_url) as url:
        prepare(url)
        engine = make_engine(load_config(None), url)
        move_in(engine)
        engine.dispose()
        folder = tmp_path_factory.mktemp("neighbourhood")
        with serving(url, services.redis_url, folder, scrapyd_url="http://127.0.0.1:1") as service:
            yield service


@pytest.fixture
def stroller(chromium: Chromium, neighbourhood: Service) -> Iterator[Visitor]:
    """Somebody who walks by, not signed in."""
    with Visitor.at(chromium, neighbourhood.url) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def agent_session(chromium: Chromium, neighbourhood: Service) -> list[Any]:
    return Visitor.signed_in(chromium, neighbourhood.url, NAME, PASSWORD)


@pytest.fixture
def agent(stroller: Visitor, agent_session: list[Any]) -> Visitor:
    """An operator in that street."""
    stroller.context.add_cookies(agent_session)
    return stroller
