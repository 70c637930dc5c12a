"""A database full of synthetic listings, for measuring: rows as a crawl writes them, by COPY, without any page.

The facts are the portals' truths of one market; the triggers write the history. A tenth of the adverts are gone, a
fifth became cheaper. There are no stored objects: nothing was fetched that could be mapped again.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, Engine, exists, func, select, text

from immobe.errors import ImmobeError
from immobe.items import Stage
from immobe.replica.advert import advert_on
from immobe.replica.chance import Draws
from immobe.replica.market import Market, MarketDay
from immobe.replica.portals import PORTALS
from immobe.replica.schedule import DAY_ZERO
from immobe.storage.engine import without_time_limits
from immobe.storage.faults import connected
from immobe.storage.models import ListingRow

MARK = "replica-load"
"""In `correlation_id` of every loaded row, so that they are told from crawled ones."""
_SAMPLE, _RESERVE, _TEXTS, _BATCH = 1000, 1.2, 500, 5000
_REST = "immoweb"
_SHIFTED = ("published_at", "modified_at", "auction_ends_at")
_COLUMNS = tuple(column.name for column in ListingRow.__table__.columns if column.name != "id")
_NAMES = ", ".join(_COLUMNS)
_NULL = "\\N"

_STAGING = (
    "CREATE TEMP TABLE loading (LIKE listings INCLUDING DEFAULTS) ON COMMIT DROP",
    "ALTER TABLE loading DROP COLUMN id",
)
_COPY = f"COPY loading ({_NAMES}) FROM STDIN (FORMAT csv, NULL '{_NULL}')"
_INSERT = f"INSERT INTO listings ({_NAMES}) SELECT {_NAMES} FROM loading ON CONFLICT DO NOTHING RETURNING id"  # noqa: S608
_WENT = """
UPDATE listings SET stage = 'gone', gone_at = least(last_seen_at + interval '1 hour', now()),
    gone_evidence = 'http_404',
    status = CASE WHEN status IN ('available', 'under_option') THEN 'withdrawn' ELSE status END
WHERE id = ANY(:ids) AND id % 10 = 0
"""
_CHEAPER = """
UPDATE listings SET previous_price_eur = price_eur, price_eur = round(price_eur * 0.95), scraped_at = last_seen_at,
    fetched_at = last_seen_at
WHERE id = ANY(:ids) AND id % 5 = 1 AND price_eur IS NOT NULL
"""


class HoldsListings(ImmobeError):  # noqa: N818 - reads as what happened
    """The database has listings that a crawl stored."""


@dataclass(frozen=True, slots=True)
class Synthetic:
    """What is loaded: `listings` rows of the market of this seed, as if the last crawl had ended at `now`."""

    listings: int
    seed: int
    now: datetime


def load(engine: Engine, what: Synthetic, *, force: bool = False, progress: Callable[[int], None]) -> int:
    """Adds the rows that are not there yet, all or none, and returns how many; `progress` hears how many are read.

    Raises HoldsListings for a database with crawled listings, unless `force`; ServiceError.
    """
    with connected(engine, writes=True) as connection:
        without_time_limits(connection)
        connection.execute(select(func.set_config("immobe.run", MARK, True)))
        if not force and _has_crawled(connection):
            raise HoldsListings("This database holds listings that were crawled. Use another one, or --force.")
        for statement in _STAGING:
            connection.execute(text(statement))
        return sum(_store(connection, batch, progress) for batch in _batches(_rows(what)))


def _has_crawled(connection: Connection) -> bool:
    crawled = select(ListingRow.id).where(ListingRow.correlation_id.is_distinct_from(MARK))
    return bool(connection.scalar(select(exists(crawled))))


def _store(connection: Connection, batch: list[list[Any]], progress: Callable[[int], None]) -> int:
    lines = io.StringIO()
    csv.writer(lines).writerows(batch)
    lines.seek(0)
    cursor: Any = connection.connection.cursor()  # psycopg2's own, which knows COPY
    cursor.copy_expert(_COPY, lines)
    new = list(connection.execute(text(_INSERT)).scalars())
    connection.execute(text("TRUNCATE loading"))
    for change in (_WENT, _CHEAPER):
        connection.execute(text(change), {"ids": new})
    progress(len(batch))
    return len(new)


def _batches(rows: Iterator[list[Any]]) -> Iterator[list[list[Any]]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch


def market_of(what: Synthetic) -> Market:
    """The market whose portals hold somewhat more than so many listings."""
    return Market(what.seed, max(_SAMPLE, int(_RESERVE * what.listings / sum(_shares(what.seed).values()))))


def _rows(what: Synthetic) -> Iterator[list[Any]]:
    """Exactly so many rows, each portal's share as in a small market, its columns in the table's order."""
    shares = _shares(what.seed)
    of_an_advert = sum(shares.values())
    day = MarketDay(market_of(what))
    quotas = {name: int(what.listings * share / of_an_advert) for name, share in shares.items() if name != _REST}
    truths = [islice(PORTALS[name](day, None).truth(), quota) for name, quota in quotas.items()]
    facts_of_all = islice(chain(*truths, PORTALS[_REST](day, None).truth()), what.listings)
    texts = _texts(day)
    for number, facts in enumerate(facts_of_all):
        title, description = texts[number % len(texts)]
        draws = Draws(what.seed, "load", number)
        yield _cells(facts | {"title": title, "description": description} | _seen(draws, facts, what.now), what.now)


def _shares(seed: int) -> dict[str, float]:
    """{portal: listings it has of each advert of the market}."""
    day = MarketDay(Market(seed, _SAMPLE))
    return {name: portal(day, None).count() / _SAMPLE for name, portal in PORTALS.items()}


def _texts(day: MarketDay) -> list[tuple[dict[str, str], dict[str, str]]]:
    """Titles and descriptions of the first adverts; the others repeat them."""
    adverts = (advert_on(day, index) for index in range(min(_TEXTS, day.market.listings)))
    return [({a.languages[0]: a.title} if a.title else {}, a.descriptions) for a in adverts]


def _seen(draws: Draws, facts: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """When it was met and read: found within a day of its publication, read within the last days, met since."""
    published = facts.get("published_at")
    first = _moved(published, now) if published else now - timedelta(days=1 + 99 * draws.unit())
    first = min(first + timedelta(hours=24 * draws.unit()), now - timedelta(minutes=2))
    last = now - (now - first) * min(draws.unit(), 0.01)
    scraped = max(first, last - timedelta(days=14 * draws.unit()))
    times = {"first_seen_at": first, "last_seen_at": last, "scraped_at": scraped, "fetched_at": scraped}
    return times | {"stage": Stage.SCRAPED, "correlation_id": MARK, "mapper_version": MARK}


def _moved(published: str, now: datetime) -> datetime:
    """A moment of the market, which has its own calendar, as if its day 0 were now."""
    return datetime.fromisoformat(published) + (now - DAY_ZERO)


_EMPTY: dict[str, Any] = {"doubted": {}, "missing": {}, "raw": {}, "listing_kind": "single", "image_urls": "{}"}


def _cells(facts: Mapping[str, Any], now: datetime) -> list[Any]:
    moved = {name: _moved(facts[name], now) for name in _SHIFTED if facts.get(name)}
    row = {**_EMPTY, **facts, **moved}
    return [_cell(row.get(name)) for name in _COLUMNS]


def _cell(value: Any) -> Any:
    if value is None:
        return _NULL
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value
