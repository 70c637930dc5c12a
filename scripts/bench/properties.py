"""Which adverts of a whole replica market are found to be one home, how surely and how fast. For people, not a test.

    .venv/bin/python scripts/bench/properties.py [--listings 100000] [--seed 5] [--weights]

All portals' adverts of one market are stored as rows and matched; precision and recall are over all pairs of adverts of
one home, each pair that ended in one property counted. Then a hundredth of the listings changes, and is matched alone.
With --weights nothing is stored: it prints log2(m/u) of each level of evidence, over all pairs of a block whose prices
are less than 30 % apart, to be compared with the table in immobe/market/weights.py.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import Counter, defaultdict
from itertools import combinations, islice
from pathlib import Path

from sqlalchemy import Engine, create_engine, text

sys.path.insert(0, str(Path(__file__).parents[2]))

from immobe.embedded import ensure_services
from immobe.market.comparing import price_gap
from immobe.market.evidence import levels
from immobe.market.homes import Home
from immobe.market.properties import Matched, match
from immobe.market.vetoes import PRICE_GAP
from immobe.market.weights import WEIGHTS
from immobe.replica.market import Market, MarketDay
from immobe.storage.schema import migrate
from tests.integration.own_services import own_services
from tests.market.database import store
from tests.market.replica import homes_of

ADVERTS_A_HOME = 3.0
_BATCH = 1000


def print_weights(homes: list[tuple[int, Home]]) -> None:
    blocks: dict[tuple[str | None, ...], list[tuple[int, Home]]] = defaultdict(list)
    for index, home in homes:
        blocks[home.postal_code, home.property_type, home.transaction_type].append((index, home))
    counted = {True: defaultdict(Counter), False: defaultdict(Counter)}
    for block in blocks.values():
        for (i, a), (j, b) in combinations(block, 2):
            if i == j or (price_gap(a, b) or 0) <= PRICE_GAP:
                for name, level in levels(a, b).items():
                    counted[i == j][name][level] += 1
    for name, table in WEIGHTS.items():
        same, other = counted[True][name], counted[False][name]
        estimates = {
            level: round(
                math.log2((same[level] + 0.5) / (same.total() + 1) * (other.total() + 1) / (other[level] + 0.5)), 1
            )
            for level in table
        }
        print(f"{name}: {same.total():,} pairs of one home, {other.total():,} of two; {estimates}")


def measure(engine: Engine, homes: list[tuple[int, Home]]) -> None:
    numbers: dict[int, int] = {}
    with engine.begin() as connection:
        left = (home for _, home in homes)
        while batch := list(islice(left, _BATCH)):
            numbers |= store(connection, batch)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE listings"))
    print(f"{len(homes):,} listings stored", flush=True)
    timed("first time", engine)
    print_quality(engine, homes, numbers)
    timed("again", engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE listings SET toilet_count = coalesce(toilet_count, 0) + 1 WHERE id % 100 = 0"))
    timed("a hundredth changed", engine)


def timed(what: str, engine: Engine) -> None:
    since, busy = time.monotonic(), time.process_time()

    def progress(done: Matched) -> None:
        if done.listings % 20_000 == 0:
            print(f"  {done.listings:,} after {time.monotonic() - since:.0f} s", flush=True)

    done = match(engine, progress=progress)
    print(
        f"{what}: {done.listings:,} listings, {done.compared:,} pairs compared, {done.linked:,} linked; "
        f"{time.monotonic() - since:.1f} s, this process busy {time.process_time() - busy:.1f} s",
        flush=True,
    )


def print_quality(engine: Engine, homes: list[tuple[int, Home]], numbers: dict[int, int]) -> None:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT listing_id, property_id FROM property_listings"))
        property_of = {row.listing_id: row.property_id for row in rows}
    truth = {numbers[home.id]: index for index, home in homes}
    wanted, found = pairs_within(truth), pairs_within(property_of)
    both = pairs_within({listing: (truth[listing], property_of[listing]) for listing in truth})
    print(
        f"{len(set(truth.values())):,} homes, {len(set(property_of.values())):,} properties; pairs of adverts: "
        f"precision {both / found:.5f}, recall {both / wanted:.4f} ({found - both} false, {wanted - both:,} not found)"
    )


def pairs_within(groups: dict[int, object]) -> int:
    return sum(size * (size - 1) // 2 for size in Counter(groups.values()).values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listings", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--weights", action="store_true")
    options = parser.parse_args()
    homes = homes_of(MarketDay(Market(options.seed, int(options.listings / ADVERTS_A_HOME))))[: options.listings]
    if options.weights:
        print_weights(homes)
        return
    with own_services() as config:
        services = ensure_services(config)
        migrate(services.database_url)
        engine = create_engine(services.database_url)
        measure(engine, homes)
        engine.dispose()


if __name__ == "__main__":
    main()
