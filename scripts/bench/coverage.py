"""How much of a market that no single search shows is found, and with how many search pages. For people, not a test.

    .venv/bin/python scripts/bench/coverage.py [--listings 60000] [--pages 333] [--harvest]

A replica of Immoweb with the portal's own limit (333 pages of 30) is scouted twice by two processes; the second time
it is remembered which searches had to be divided. The least number of pages is what would do if every search were
exactly full: adverts / 30. With --harvest the listing pages are fetched too, and `immobe coverage` measures.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from sqlalchemy import create_engine, text

sys.path.insert(0, str(Path(__file__).parents[2]))

from immobe.config import Config, child_environment, load_config
from immobe.embedded import ensure_services, stop_services

PROCESSES = 2


@contextmanager
def replica(listings: int, pages: int) -> Iterator[str]:
    command = [sys.executable, "-m", "immobe", "replica", "--port=0", "--platforms=immoweb",
               f"--listings={listings}", f"--pages={pages}"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().split()[-1] if process.stdout else ""
        finally:
            process.terminate()


def crawl(config: Config, mode: str, pages: int) -> float:
    """Seconds of a crawl by several processes; ends the script when one fails."""
    environment = child_environment(
        config, THROTTLE_ENABLED="false", SCRAPY_SETTINGS_MODULE="immobe.settings", LOG_LEVEL="WARNING",
        SEARCH_MAX_PAGES=str(pages),
    )  # fmt: skip
    since = time.monotonic()
    command = [sys.executable, "-m", "scrapy", "crawl", "immoweb", f"-amode={mode}"]
    crawls = [subprocess.Popen(command, env=environment) for _ in range(PROCESSES)]
    if sum(abs(process.wait()) for process in crawls):
        sys.exit(f"a crawl in mode {mode} failed")
    return time.monotonic() - since


def measure(config: Config, listings: int, pages: int, harvest: bool) -> None:
    engine = create_engine(config.database_url or "")
    with replica(listings, pages) as address:
        with urlopen(f"{address}/_replica/listings?platform=immoweb") as lines:  # noqa: S310 - our own http server
            wanted = {o["platform_listing_id"] for line in lines if (o := json.loads(line))["listing_kind"] != "unit"}
        least = math.ceil(len(wanted) / 30)
        print(f"{listings:,} adverts, {len(wanted):,} in search results, at least {least:,} search pages")
        fetched = 0
        for time_of in ("first", "second"):
            seconds = crawl(config.model_copy(update={"replica_url": address}), "scout", pages)
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
            print(f"harvested in {crawl(config.model_copy(update={'replica_url': address}), 'harvest', pages):.0f} s")
    subprocess.run([sys.executable, "-m", "immobe", "coverage"], env=child_environment(config), check=True)
    engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listings", type=int, default=60_000)
    parser.add_argument("--pages", type=int, default=333)
    parser.add_argument("--harvest", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="immobe-bench-") as folder:
        Path(folder).chmod(0o755)  # as root, the servers run as another user that must get in
        own = load_config(None, immobe_data_dir=Path(folder) / "data", database_url=None, redis_url=None)
        own = own.model_copy(update={"redis_fallback_queue": Path(folder) / "fallback"})
        services = ensure_services(own)
        try:
            urls = {"database_url": services.database_url, "redis_url": services.redis_url}
            measure(own.model_copy(update=urls), options.listings, options.pages, options.harvest)
        finally:
            stop_services(own)


if __name__ == "__main__":
    main()
