"""How fast the writer is: `scripts/test.sh -m slow -s tests/integration/test_storage_speed.py`."""

import json
import random
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from immobe.config import load_config
from immobe.items import DetectedListing, Listing, MappedListing, PropertyType, RawListing, TransactionType
from immobe.storage.deliveries import Writable
from immobe.storage.engine import make_engine
from immobe.storage.schema import migrate
from immobe.storage.writer import ListingWriter

pytestmark = [pytest.mark.integration, pytest.mark.slow]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LISTINGS, BATCH = 4000, 100
WORDS = [
    "maison",
    "à vendre",
    "quartier",
    "calme",
    "jardin",
    "terrasse",
    "lumineux",
    "rénové",
    "gare",
    "école",
    "garage",
]


def page(number: int) -> MappedListing:
    chance = random.Random(number)

    def words(count: int) -> str:
        return " ".join(chance.choices(WORDS, k=count))

    url = f"https://example.org/{number}"
    payload: dict[str, Any] = {f"field_{n}": {"value": chance.random(), "label": words(6)} for n in range(150)}
    listing = Listing(
        platform="immoweb",
        platform_listing_id=str(number),
        url=url,
        transaction_type=TransactionType.SALE,
        property_type=PropertyType.HOUSE,
        price_eur=Decimal(chance.randrange(100_000, 900_000)),
        postal_code="9000",
        title={"fr": words(8)},
        description={"fr": words(200)},
        image_urls=[f"https://example.org/{number}/{n}.jpg" for n in range(12)],
        mapper_version="1",
        fetched_at=NOW,
    )
    return MappedListing(listing, RawListing("immoweb", str(number), url, payload, NOW, "c"))


def test_two_thousand_rows_a_second(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    migrate(database_url)
    engine = make_engine(load_config(env_file=None), database_url)
    pages = [page(n) for n in range(LISTINGS)]
    cards = [
        DetectedListing("immoweb", str(n), f"https://example.org/{n}", NOW, "c", {"postal_code": "9000"})
        for n in range(2 * LISTINGS)
    ]
    size = len(json.dumps(pages[0].source.payload))
    rounds: list[tuple[str, list[Any]]] = [
        ("new pages", pages),
        ("known pages", pages),
        ("cards, half of them new", cards),
    ]
    for name, items in rounds:
        rate, busy = written_per_second(ListingWriter(engine), items)
        with capsys.disabled():
            print(f"\n{name}: {rate:,.0f} rows/s, payload {size:,} bytes, this process busy {busy:.0%} of the time")
        assert rate > 500, "far below what one core of a small machine does"
    engine.dispose()


def written_per_second(writer: ListingWriter, items: list[Writable]) -> tuple[float, float]:
    started, busy = time.perf_counter(), time.process_time()
    for first in range(0, len(items), BATCH):
        assert not any(writer.write(items[first : first + BATCH]))
    took = time.perf_counter() - started
    return len(items) / took, (time.process_time() - busy) / took
