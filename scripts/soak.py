"""Lets the whole system crawl a replica with faults for a while, and kills its parts at random.

    scripts/soak.sh [--minutes 30] [--seed N] [--listings 100]

PostgreSQL, Valkey, Scrapyd with the deployed egg, two harvesters and Watchtower, as processes. Each round, Scrapyd is
given a scout of every platform; when all of the market is stored, it is a week later on the replica, and the next round
begins. Meanwhile a part is killed (kill -9) every half minute or so, each once before one comes again, and started
anew as a service manager does it.
`harvester-2` is never killed: its memory is that of the whole time.

A listing is expected when a portal shows it at the end of a round; it is lost when nobody has anything left to do and
it is not stored. Memory is what a part's processes take (PSS: what is shared is counted once), crawls of Scrapyd left
out; start, middle and end are medians of a fifth of all looks each. It is flat when the end is not above the start by
more than GROWTH. Exit code 1: something was lost, or memory is not flat. Ctrl-C ends it
early. `logs/soak` keeps the logs and the table.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import psutil

from immobe.config import load_config
from immobe.errors import ServiceError
from immobe.storage.engine import make_engine
from immobe.watchtower.crawls.ledger import Ledger
from immobe.watchtower.crawls.orders import CrawlOrder
from tests.integration.crawls import ROOT, replica_of, set_day
from tests.integration.own_services import own_services
from tests.integration.whole_system import PASSWORD, SERVERS, USER, System, kill, quietly, whole_system

PLATFORMS = ("immoweb", "zimmo", "immovlan", "realo")
FAULTS = "listing:429=1%/1s,listing:503=1%/1s,slow=3%/1s,cut=4%,data_loss=3%,latin1=5%,loop=2%"
"""All of them pass: every listing can be stored."""
VICTIMS = ("worker", "harvester-1", "scrapyd", "watchtower", *SERVERS)
KILL_SECONDS = (15.0, 45.0)
DAYS = 7
QUIET_SECONDS = 15.0
CHORE_SECONDS = 5.0
HEARTBEAT_SECONDS = 3.0
LAST_ROUND_SECONDS = 600.0
GROWTH_SHARE, GROWTH_MB = 0.2, 30.0
SHARED_BUFFERS_MB = 128.0
GROWTH = f"{GROWTH_SHARE:.0%} and {GROWTH_MB:.0f} MB; PostgreSQL: its {SHARED_BUFFERS_MB:.0f} MB of buffers, too"
MB = 1 << 20
Listings = set[tuple[str, str]]


class Memory:
    """Looks at every part now and then."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._looks: dict[str, list[float]] = defaultdict(list)

    def look(self) -> None:
        families = {name: self._system.server(name) for name in SERVERS}
        families |= {name: part.family() for name, part in self._system.parts.items()}
        for name, family in families.items():
            if family:
                self._looks[name].append(sum(map(_megabytes, family)))

    def table(self) -> dict[str, tuple[float, float, float]]:
        """{part: MB at the start, in the middle, at the end}."""
        return {name: _three(looks) for name, looks in self._looks.items()}


class Soak:
    """One run. The same seed is the same market, and the same kills as far as things take as long again."""

    def __init__(self, system: System, orders: Ledger, seed: int) -> None:
        self._system, self._orders = system, orders
        self._random = random.Random(seed)  # noqa: S311 - a plan, no secret
        self.memory, self.kills = Memory(system), Counter[str]()
        self.expected: Listings = set()
        self.lost: Listings = set()
        self.rounds = 0
        self._next_kill = self._next_chore = 0.0
        self._deck: list[str] = []

    def run(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        self._plan_kill()
        while time.monotonic() < ends:
            set_day(self._system.replica_url, DAYS * self.rounds)
            self.rounds += 1
            self._round(self._system.expected(), ends)
            print(f"round {self.rounds}: {len(self.expected)} expected, {len(self.lost)} lost", flush=True)

    def _round(self, today: Listings, ends: float) -> None:
        """Until all is stored, or nobody has anything to do. After `ends` nothing is killed; patience ends, too."""
        scouted: set[str] = set()
        busy, reconciled = time.monotonic(), False
        while (now := time.monotonic()) < min(busy + QUIET_SECONDS, ends + LAST_ROUND_SECONDS):
            self._system.revive()
            if self._next_kill < now < ends:
                self._kill()
            elif self._next_chore < now:
                self._next_chore = now + CHORE_SECONDS
                scouted |= self._order(set(PLATFORMS) - scouted)
                self.memory.look()
            idle = scouted == set(PLATFORMS) and quietly(self._system.nothing_to_do)
            if idle and quietly(lambda: self._system.stored() >= today):
                break
            if not idle:
                busy = now
            elif not reconciled:
                reconciled = self._reconcile()
            time.sleep(0.5)
        self.expected |= today
        self.lost |= today - self._system.stored()

    def _order(self, platforms: set[str]) -> set[str]:
        """Those that Scrapyd could be given. What died with it is given to it again."""
        given = set()
        try:
            self._orders.settle()
            for platform in sorted(platforms):
                self._orders.start(CrawlOrder(platform, "scout"))
                given.add(platform)
        except ServiceError as error:
            print(f"  not now: {str(error).splitlines()[0][:100]}", flush=True)
        return given

    def _reconcile(self) -> bool:
        """What cron does every hour; False while a service is away."""
        try:
            self._system.immobe("reconcile")
        except AssertionError:
            return False
        return True

    def _kill(self) -> None:
        if not self._deck:
            self._deck = self._random.sample(VICTIMS, len(VICTIMS))
        name = self._deck.pop()
        print(f"  round {self.rounds}: {name} is killed", flush=True)
        if name == "worker":
            kill(self._system.workers("harvester-1"))
        else:
            self._system.kill(name)
        self.kills[name] += 1
        self._plan_kill()

    def _plan_kill(self) -> None:
        self._next_kill = time.monotonic() + self._random.uniform(*KILL_SECONDS)


@contextmanager
def ledger(system: System) -> Iterator[Ledger]:
    """Orders of crawls, as Watchtower and schedules give them."""
    config = load_config(
        None,
        database_url=system.database_url,
        scrapyd_url=system.scrapyd_url,
        scrapyd_username=USER,
        scrapyd_password=PASSWORD,
        run_heartbeat_seconds=HEARTBEAT_SECONDS,
    )
    engine = make_engine(config, system.database_url)
    orders = Ledger.of(config, engine)
    try:
        yield orders
    finally:
        orders.close()
        engine.dispose()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))  # noqa: S311
    parser.add_argument("--listings", type=int, default=100)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # in order: nothing may be left behind
    folder = ROOT / "logs" / "soak"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print(f"soak: {options.minutes:g} minutes, seed {options.seed}; logs in {folder}", flush=True)
    with (
        own_services() as config,
        replica_of(options.listings, options.seed, f"--faults={FAULTS}", f"--platforms={','.join(PLATFORMS)}") as url,
        whole_system(
            config, url, folder, PLATFORMS,
            CRAWLER_DOWNLOAD_DELAY="0.1", BUDGET_HIGHEST_INTERVAL="1", HARVESTER_LONGEST_RESTART_SECONDS="5",
            QUEUE_MAX_ATTEMPTS="20",  # so many kills are no page's fault
            RUN_HEARTBEAT_SECONDS=f"{HEARTBEAT_SECONDS:g}",
        ) as system,
        ledger(system) as orders,
    ):  # fmt: skip
        soak = Soak(system, orders, options.seed)
        with suppress(KeyboardInterrupt):  # what was seen until then is told
            soak.run(60 * options.minutes)
        stored = len(soak.expected - soak.lost)
    table, flat = report(soak, stored)
    (folder / "table.md").write_text(table)
    print(table)
    return 0 if flat and not soak.lost else 1


def report(soak: Soak, stored: int) -> tuple[str, bool]:
    """The table, and whether memory is flat."""
    lines = [
        f"{soak.rounds} rounds: {len(soak.expected)} listings expected, {stored} stored, {len(soak.lost)} lost",
        *(f"lost: {platform} {listing}" for platform, listing in sorted(soak.lost)),
        f"{soak.kills.total()} kills: " + (", ".join(f"{name} {soak.kills[name]}" for name in VICTIMS)),
        "",
        f"| part | MB at the start | middle | end | flat (within {GROWTH}) |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    all_flat = True
    for name, (start, middle, end) in sorted(soak.memory.table().items()):
        buffers = SHARED_BUFFERS_MB if name == "PostgreSQL" else 0.0  # empty after each of its starts
        flat = end <= start * (1 + GROWTH_SHARE) + GROWTH_MB + buffers
        all_flat = all_flat and flat
        lines.append(f"| {name} | {start:.0f} | {middle:.0f} | {end:.0f} | {'yes' if flat else 'NO'} |")
    return "\n".join(lines) + "\n", all_flat


def _three(looks: list[float]) -> tuple[float, float, float]:
    size = max(1, len(looks) // 5)
    middle = (len(looks) - size) // 2
    return tuple(statistics.median(looks[at : at + size]) for at in (0, middle, len(looks) - size))  # type: ignore[return-value]


def _megabytes(process: psutil.Process) -> float:
    """0 for a crawl of Scrapyd, and for what has just ended."""
    try:
        return 0.0 if "scrapyd.runner" in process.cmdline() else process.memory_full_info().pss / MB
    except psutil.Error:
        return 0.0


if __name__ == "__main__":
    sys.exit(main())
