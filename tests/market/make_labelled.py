"""Writes `homes.jsonl` and `pairs.csv` anew: pairs of adverts of which it is known whether they are one home.

    .venv/bin/python tests/market/make_labelled.py

Most are of a replica market whose seed is not the one that weights were estimated with: an index is a home. Traps are
the pairs of two homes that are most alike in price and size; no score of the matcher decides what is in the set.

The others are made of the facts of captured pages (`tests/captures`), as values only: names of streets and sellers,
certificates and references are replaced by numbers, points are moved. Two captured adverts are two homes unless they
tell one certificate, or one address, price, area and cadastral income: some homes stand twice on a portal. The same
home on another portal is made by writing it as another seller's software would.
"""

from __future__ import annotations

import csv
import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from immobe.market.homes import FACTS, Home, home_of
from immobe.replica.market import Market, MarketDay
from tests.captures.facts import facts_of
from tests.market.replica import homes_of

HERE = Path(__file__).parent
SEED, ADVERTS = 1117, 20_000
Indexed = tuple[int, Home]
Pair = tuple[Home, Home]
chance = random.Random(SEED)


def blocks(adverts: Iterable[Indexed], key: Callable[[int, Home], Any]) -> list[list[Indexed]]:
    found: dict[Any, list[Indexed]] = defaultdict(list)
    for index, home in adverts:
        found[key(index, home)].append((index, home))
    return [found[name] for name in sorted(found, key=repr)]


def block_of(_: int, home: Home) -> Any:
    return home.postal_code, home.property_type, home.transaction_type


def unlikeness(pair: Pair) -> float:
    """Of price, areas and bedrooms; what is told of one only counts as a little."""
    a, b = pair
    total = 0.0
    for name in ("price_eur", "living_area_m2", "land_area_m2", "bedroom_count"):
        first, second = getattr(a, name), getattr(b, name)
        if first and second:
            total += abs(first - second) / max(first, second)
        else:
            total += 0.05 if first or second else 0
    return total


def alike(pairs: Iterable[Pair], number: int) -> list[Pair]:
    """The most alike, each advert in three pairs at most."""
    used: dict[int, int] = defaultdict(int)
    found: list[Pair] = []
    for pair in sorted(pairs, key=lambda two: (unlikeness(two), two[0].id, two[1].id)):
        if len(found) < number and all(used[home.id] < 3 for home in pair):
            found.append(pair)
            for home in pair:
                used[home.id] += 1
    return found


def two_homes(groups: list[list[Indexed]]) -> Iterator[Pair]:
    return ((a, b) for group in groups for (i, a), (j, b) in combinations(group, 2) if i != j)


def one_home(adverts: list[Indexed], number: int) -> list[Pair]:
    groups = blocks(adverts, lambda index, _: index)
    pairs = [(a, b) for group in groups for (_, a), (_, b) in combinations(group, 2)]
    return chance.sample(pairs, number)


def replica_pairs() -> Iterator[tuple[str, bool, list[Pair]]]:
    market = Market(SEED, ADVERTS)
    adverts = homes_of(MarketDay(market))
    units = [(i, home) for i, home in adverts if market.project_of(i) is not None]
    others = [(i, home) for i, home in adverts if market.project_of(i) is None]
    hidden = [pair for pair in two_homes(blocks(others, block_of)) if not (pair[0].street and pair[1].street)]
    told = [pair for pair in two_homes(blocks(others, block_of)) if pair[0].street and pair[1].street]
    of_projects = blocks(units, lambda index, _: market.project_of(index))
    across = [pair for pair in two_homes(of_projects) if pair[0].platform != pair[1].platform]
    within = [pair for pair in two_homes(of_projects) if pair[0].platform == pair[1].platform]
    yield "one_home", True, one_home(adverts, 220)
    yield "one_unit", True, one_home(units, 40)
    yield "new_build_trap", False, alike(across, 70)
    yield "new_build_trap", False, alike(within, 20)
    yield "hidden_address_trap", False, alike(hidden, 90)
    yield "alike_trap", False, alike(told, 40)
    homes = [home for _, home in others if home.street and home.house_number and home.living_area_m2 and home.price_eur]
    beside = [(home, neighbour(home)) for home in chance.sample(homes, 80)]
    yield "neighbour_trap", False, beside[:40]
    yield (
        "neighbour_without_number_trap",
        False,
        [(home, replace(other, house_number=None, box=None, location_precision=None)) for home, other in beside[40:]],
    )


def near(value: float | None, most: float) -> float | None:
    """Another value within this part of it."""
    return (
        None if value is None else max(1.0, round(value * (1 + chance.choice((-1, 1)) * chance.uniform(0.005, most))))
    )


def neighbour(home: Home) -> Home:
    """The house or flat beside it, sold by the same seller on another portal."""
    number = int("".join(c for c in home.house_number or "" if c.isdigit()))
    kwh = home.epc_kwh_m2_year
    beside = {"box": f"{chance.randint(50, 99)}"} if home.box else {"house_number": str(number + 2)}
    return replace(
        home,
        platform="zimmo" if home.platform != "zimmo" else "immovlan",
        price_eur=near(home.price_eur, 0.03),
        living_area_m2=near(home.living_area_m2, 0.03),
        land_area_m2=near(home.land_area_m2, 0.1),
        external_reference=chance.choice((None, f"REP-{chance.randrange(10_000_000):07d}")),
        epc_reference=None,
        epc_kwh_m2_year=None if kwh is None else kwh + chance.choice((-20, -5, 5, 20)),
        cadastral_income_eur=None,
        latitude=None if home.latitude is None else round(home.latitude + 0.0001, 7),
        **beside,
    )


class Captured:
    """Facts of captured pages as homes, with what names a place, a seller or a certificate replaced."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], int] = {}

    def homes(self, platform: str) -> list[Home]:
        found = {str(facts.get("id") or facts.get("code") or n): facts for n, facts in enumerate(facts_of(platform))}
        return [self._home(platform, facts) for _, facts in sorted(found.items())]

    def _home(self, platform: str, facts: dict[str, Any]) -> Home:
        named = {
            "street": self._named("street", facts.get("street_sha256"), "Rue {}"),
            "seller_name": self._named("seller", facts.get("seller_name_sha256"), "Agence {}"),
            "seller_id": self._named("seller_id", facts.get("seller_id"), "{}"),
            "seller_licence": self._named("licence", facts.get("seller_licence"), "L{:04d}"),
            "external_reference": self._named("reference", facts.get("external_reference"), "REF{:05d}"),
            "epc_reference": self._named("certificate", facts.get("epc_reference"), "CERT{:06d}"),
            "project_id": self._named("project", facts.get("project_id"), "P{}"),
        }
        moved = {
            name: None if facts.get(name) is None else round(facts[name] + by, 6)
            for name, by in (("latitude", 0.0137), ("longitude", 0.0211))
        }
        seen = {"first_seen_at": datetime.fromisoformat(facts.get("published_at") or "2026-06-01T00:00:00Z")}
        return home_of(
            {name: facts.get(name) for name in FACTS} | named | moved | seen | {"id": 0, "platform": platform}
        )

    def _named(self, kind: str, value: Any, pattern: str) -> str | None:
        if value is None:
            return None
        return pattern.format(self._names.setdefault((kind, str(value)), len(self._names) + 1))


def elsewhere(home: Home) -> Home:
    """The same home as another portal shows it: less is told, some is rounded or written otherwise."""
    hides, shortens = chance.random() < 0.25, chance.random() < 0.25
    other = replace(
        home,
        platform="zimmo" if home.platform != "zimmo" else "immoweb",
        price_eur=home.price_eur if chance.random() < 0.9 else near(home.price_eur, 0.015),
        living_area_m2=home.living_area_m2 if chance.random() < 0.8 else near(home.living_area_m2, 0.025),
        seller_id=None,
        external_reference=home.external_reference if chance.random() < 0.6 else None,
        epc_reference=home.epc_reference if chance.random() < 0.5 else None,
        cadastral_income_eur=None,
        toilet_count=None,
        room_count=None,
        construction_year=home.construction_year if chance.random() < 0.8 else None,
        epc_kwh_m2_year=home.epc_kwh_m2_year if chance.random() < 0.8 else None,
    )
    if hides:
        return replace(other, street=None, house_number=None, box=None, latitude=None, longitude=None,
                       location_precision=None)  # fmt: skip
    moved = other.latitude is not None and chance.random() < 0.5
    other = replace(other, latitude=round(other.latitude + 0.0002, 6)) if moved and other.latitude else other
    return replace(other, house_number=None, box=None, location_precision=None) if shortens else other


def stand_twice(a: Home, b: Home) -> bool:
    if a.epc_reference and b.epc_reference:
        return a.epc_reference == b.epc_reference
    names = ("street", "house_number", "price_eur", "living_area_m2", "cadastral_income_eur")
    return all(getattr(a, name) is not None and getattr(a, name) == getattr(b, name) for name in names)


def captured_pairs() -> Iterator[tuple[str, bool, list[Pair]]]:
    captured = Captured()
    immoweb, immovlan = captured.homes("immoweb"), captured.homes("immovlan")
    everything = [replace(home, id=number) for number, home in enumerate([*immoweb, *immovlan])]
    together = list(two_homes(blocks([(home.id, home) for home in everything], block_of)))
    twice = [two for two in together if stand_twice(*two)]
    pairs = [two for two in together if two not in twice]
    new = [two for two in pairs if two[0].is_new_build and two[1].is_new_build]
    hidden = [two for two in pairs if two not in new and not (two[0].street and two[1].street)]
    rest = [two for two in pairs if two not in new and two not in hidden]
    yield "captured_new_build", False, alike(new, 25)
    yield "captured_hidden_address", False, alike(hidden, 25)
    yield "captured_alike", False, alike(rest, 70)
    yield "captured_twice", True, twice
    told = [home for home in everything if home.price_eur and (home.living_area_m2 or home.land_area_m2)]
    yield "captured_elsewhere", True, [(home, elsewhere(home)) for home in chance.sample(told, 90)]


def write(pairs: Iterable[tuple[str, bool, list[Pair]]]) -> None:
    """Each advert once, under a number of its own in the set."""
    numbers: dict[Home, int] = {}
    with (HERE / "pairs.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("a", "b", "is_same", "kind"))
        for kind, is_same, found in pairs:
            for pair in found:
                a, b = (numbers.setdefault(home, len(numbers) + 1) for home in pair)
                table.writerow((a, b, int(is_same), kind))
    with (HERE / "homes.jsonl").open("w", encoding="utf-8") as file:
        for home, number in numbers.items():
            told = {name: value for name, value in asdict(replace(home, id=number)).items() if value is not None}
            file.write(json.dumps(told, default=str, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    write([*replica_pairs(), *captured_pairs()])
