"""How much of a market that no single search shows is found, and with how many search pages. For people, not a test.

    .venv/bin/python scripts/bench/coverage.py [--listings 60000] [--pages 333] [--harvest]

A replica of Immoweb with the portal's own limit (333 pages of 30) is scouted twice by two processes; the second time
it is remembered which searches had to be divided. The least number of pages is what would do if every search were
exactly full: adverts / 30. With --harvest the listing pages are fetched too, and `immobe coverage` measures.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import create_engine, text

sys.path.insert(0, str(Path(__file__).parents[2]))

from immobe.config import Config, child_environment
from immobe.embedded import ServiceUrls, ensure_services
from tests.integration.crawls import crawl_command, crawl_environment, replica_of, truth
from tests.integration.own_services import own_services

PROCESSES = 2


def crawl(mode: str, environment: dict[str, str]) -> float:
    """Seconds of a crawl by several processes; ends the script when one fails."""
    since = time.monotonic()
    crawls = [subprocess.Popen(crawl_command("immoweb", f"mode={mode}"), env=environment) for _ in range(PROCESSES)]
    if sum(abs(process.wait()) for process in crawls):
        sys.exit(f"a crawl in mode {mode} failed")
    return time.monotonic() - since


def measure(config: Config, services: ServiceUrls, listings: int, pages: int, harvest: bool) -> None:
    engine = create_engine(services.database_url)
    with replica_of(listings, 1, "--platforms=immoweb", f"--pages={pages}") as address:
        environment = crawl_environment(
            address, services.database_url, services.redis_url, config.immobe_data_dir.parent,
            IMMOBE_DATA_DIR=str(config.immobe_data_dir), SEARCH_MAX_PAGES=str(pages), LOG_LEVEL="WARNING",
        )  # fmt: skip
        wanted = {number for number, facts in truth(address).items() if facts["listing_kind"] != "unit"}
        least = math.ceil(len(wanted) / 30)
        print(f"{listings:,} adverts, {len(wanted):,} in search results, at least {least:,} search pages")
        fetched = 0
        for time_of in ("first", "second"):
            seconds = crawl("scout", environment)
            with engine.connect() as connection:
                so_far = connection.scalar(text("SELECT sum(search_page_count) FROM scrape_runs"))
                found = set(connection.scalars(text("SELECT platform_listing_id FROM listings")))
                divided = connection.scalar(text("SELECT count(*) FROM searches WHERE is_divided"))
            print(
                f"{time_of} time: {so_far - fetched:,} search pages, {(so_far - fetched) / least:.3f} of the least; "
                f"{len(found & wanted) / len(wanted):.3%} of the adverts seen; {divided} searches divided; "
                f"{seconds:.0f} s",
                flush=True,
            )
            fetched = so_far
        if harvest:
            print(f"harvested in {crawl('harvest', environment):.0f} s")
    own = config.model_copy(update={"database_url": services.database_url, "redis_url": services.redis_url})
    subprocess.run([sys.executable, "-m", "immobe", "coverage"], env=child_environment(own), check=True)
    engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listings", type=int, default=60_000)
    parser.add_argument("--pages", type=int, default=333)
    parser.add_argument("--harvest", action="store_true")
    options = parser.parse_args()
    with own_services() as config:
        measure(config, ensure_services(config), options.listings, options.pages, options.harvest)


if __name__ == "__main__":
    main()
