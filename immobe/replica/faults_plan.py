"""The faults in force, what they have done so far, and which listings they keep from ever being stored."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import urlsplit

from immobe.replica.chance import Draws
from immobe.replica.faults_book import BoundedCounter, RequestBook
from immobe.replica.faults_kinds import Kind
from immobe.replica.faults_pages import Page, PageKind
from immobe.replica.faults_spec import Rule, parse_faults
from immobe.replica.reply import Portal

_PORTION = 200  # listings between which pages are served


class Entry(NamedTuple):
    """A listing of today."""

    listing_id: str
    path: str
    project_id: str | None


class FaultPlan:
    """Which pages are faulty follows from seed, rules and page alone; how often each was asked for is remembered."""

    def __init__(self, seed: int, platforms: Collection[str], spec: str = "") -> None:
        """Raises ConfigError for a text that cannot be read."""
        self.seed = seed
        self._platforms = tuple(platforms)
        self._entries: dict[str, tuple[Portal, asyncio.Task[list[Entry]]]] = {}
        self.requests = RequestBook()
        self.change(spec)

    def change(self, spec: str) -> None:
        """Other faults from now on; every page begins anew. Raises ConfigError, and then all stays as it was."""
        self.rules = parse_faults(spec, self._platforms)
        self.spec = spec
        self.given: Counter[str] = Counter()
        self._played: BoundedCounter[tuple[int, Page]] = BoundedCounter()

    def due(self, page: Page, *, is_whole: bool) -> tuple[Rule, Kind] | None:
        """The fault of this answer, which is then counted; None when the page answers well (`is_whole`: with 200)."""
        for number, rule in enumerate(self.rules):
            kind = rule.kind_for(page, self.seed)
            if kind is None or (kind.spoils and not is_whole):
                continue
            if rule.times is None or self._played[number, page] < rule.times:
                self._played.add((number, page))
                self.given[kind.name] += 1
                return rule, kind
        return None

    def hits(self, page: Page) -> bool:
        """Whether the page has any fault, be it over or not."""
        return any(rule.kind_for(page, self.seed) for rule in self.rules)

    def draws(self, rule: Rule, page: Page) -> Draws:
        """For what an answer leaves open: the same at every visit."""
        return Draws(self.seed, "fault answer", rule.fault, *page)

    async def entries(self, portal: Portal) -> list[Entry]:
        """Every listing of the portal today. Found out once a day, while pages are served."""
        known = self._entries.get(portal.platform)
        if known is None or known[0] is not portal:
            known = self._entries[portal.platform] = portal, asyncio.ensure_future(_entries_of(portal))
        return await asyncio.shield(known[1])

    async def never_stored(self, portal: Portal) -> set[str]:
        """Ids of listings whose page is faulty for ever, and of the units that only such a page names."""
        if not any(rule.times is None and not all(kind.readable for kind in rule.kinds) for rule in self.rules):
            return set()
        entries = await self.entries(portal)
        lost = {entry.listing_id for entry in entries if self._is_lost(portal.platform, entry.listing_id)}
        return lost | {entry.listing_id for entry in entries if entry.project_id in lost}

    def _is_lost(self, platform: str, listing_id: str) -> bool:
        page = Page(platform, PageKind.LISTING, listing_id)
        kinds = (rule.kind_for(page, self.seed) for rule in self.rules if rule.times is None)
        return any(kind is not None and not kind.readable for kind in kinds)


async def _entries_of(portal: Portal) -> list[Entry]:
    found: list[Entry] = []
    for record in portal.truth():
        found.append(Entry(record["platform_listing_id"], urlsplit(record["url"]).path, record.get("project_id")))
        if len(found) % _PORTION == 0:
            await asyncio.sleep(0)
    return found
