"""Lets the whole system crawl a replica with faults for a while, and kills its parts at random.

    scripts/soak.sh [--minutes 30] [--seed N] [--listings 150]

PostgreSQL, Valkey, Scrapyd with the deployed egg, two harvesters and Watchtower, as processes. Each round, Scrapyd is
given a scout of every platform; when all of the market is stored, it is a week later on the replica, and the next round
begins. Meanwhile a part is killed (kill -9) every half minute or so, and started again as a service manager does it.
`harvester-2` is never killed: its memory is that of the whole time.

A listing is expected when a portal shows it at the end of a round; it is lost when nobody has anything left to do and
it is not stored. Memory is what a part's processes have for themselves (PSS), crawls of Scrapyd left out; start, middle
and end are medians of a fifth of all looks each. It is flat when the end is not above the start by more than GROWTH.
Exit code 1: something was lost, or memory is not flat. `logs/soak` keeps the parts' logs and the table.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import psutil

from tests.integration.crawls import ROOT, replica_of, set_day
from tests.integration.own_services import own_services
from tests.integration.whole_system import SERVERS, System, quietly, whole_system

PLATFORMS = ("immoweb", "zimmo", "immovlan", "realo")
FAULTS = "429=2%/1s,503=2%/1s,slow=3%/1s,cut=4%,data_loss=3%,latin1=5%,loop=2%"
"""All of them pass: every listing can be stored."""
VICTIMS = ("worker", "harvester-1", "scrapyd", "watchtower", *SERVERS)
KILL_SECONDS = (15.0, 45.0)
DAYS = 7
QUIET_SECONDS = 15.0
LAST_ROUND_SECONDS = 600.0
GROWTH_SHARE, GROWTH_MB = 0.2, 30.0
GROWTH = f"{GROWTH_SHARE:.0%} and {GROWTH_MB:.0f} MB"
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
        return {name: _thirds(looks) for name, looks in self._looks.items()}


class Soak:
    """One run; `events` of a seed are the same again, but for how long things take."""

    def __init__(self, system: System, seed: int) -> None:
        self._system, self._random = system, random.Random(seed)  # noqa: S311 - a plan, no secret
        self.memory, self.kills = Memory(system), Counter[str]()
        self.expected: Listings = set()
        self.lost: Listings = set()
        self.rounds = 0

    def run(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            set_day(self._system.replica_url, DAYS * self.rounds)
            self._round(ends)
            self.rounds += 1

    def _round(self, ends: float) -> None:
        """Until all is stored, or nobody has anything to do. After `ends` nothing is killed; patience ends, too."""
        today = self._system.expected()
        ordered: set[str] = set()
        next_kill, next_chore, now = self._kill_time(), 0.0, time.monotonic()
        busy = now
        while not self._is_over(today, ordered) and now < min(busy + QUIET_SECONDS, ends + LAST_ROUND_SECONDS):
            now = time.monotonic()
            self._system.revive()
            if next_kill < now < ends:
                self._kill()
                next_kill = self._kill_time()
            elif next_chore < now:
                next_chore = now + 10
                ordered |= self._order(set(PLATFORMS) - ordered)
                self.memory.look()
            if ordered != set(PLATFORMS) or not quietly(self._system.nothing_to_do):
                busy = time.monotonic()
            time.sleep(0.5)
        self.expected |= today
        self.lost |= today - self._system.stored()

    def _is_over(self, today: Listings, ordered: set[str]) -> bool:
        return ordered == set(PLATFORMS) and bool(
            quietly(lambda: self._system.stored() >= today and self._system.nothing_to_do())
        )

    def _order(self, platforms: set[str]) -> set[str]:
        """Those that Scrapyd could be given; and what cron does every hour. What is away now is asked again."""
        given = set()
        for platform in sorted(platforms):
            if self._does("scrapyd", "start", platform):
                given.add(platform)
        self._does("reconcile")
        return given

    def _does(self, *arguments: str) -> bool:
        try:
            self._system.immobe(*arguments)
        except AssertionError as refused:
            print(f"  {' '.join(arguments)}: {str(refused).splitlines()[-1][:150]}", flush=True)
            return False
        return True

    def _kill(self) -> None:
        name = self._random.choice(VICTIMS)
        print(f"  round {self.rounds + 1}: {name} is killed", flush=True)
        if name == "worker":
            for worker in self._system.workers("harvester-1")[:1]:
                worker.kill()
        else:
            self._system.kill(name)
        self.kills[name] += 1

    def _kill_time(self) -> float:
        return time.monotonic() + self._random.uniform(*KILL_SECONDS)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))  # noqa: S311
    parser.add_argument("--listings", type=int, default=150)
    options = parser.parse_args()
    folder = ROOT / "logs" / "soak"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print(f"soak: {options.minutes:g} minutes, seed {options.seed}; logs in {folder}", flush=True)
    with (
        own_services() as config,
        replica_of(options.listings, options.seed, f"--faults={FAULTS}", f"--platforms={','.join(PLATFORMS)}") as url,
        whole_system(
            config, url, folder, PLATFORMS,
            CRAWLER_DOWNLOAD_DELAY="0.2", BUDGET_HIGHEST_INTERVAL="2", HARVESTER_LONGEST_RESTART_SECONDS="5",
        ) as system,
    ):  # fmt: skip
        soak = Soak(system, options.seed)
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
        flat = end <= start * (1 + GROWTH_SHARE) + GROWTH_MB
        all_flat = all_flat and flat
        lines.append(f"| {name} | {start:.0f} | {middle:.0f} | {end:.0f} | {'yes' if flat else 'NO'} |")
    return "\n".join(lines) + "\n", all_flat


def _thirds(looks: list[float]) -> tuple[float, float, float]:
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
