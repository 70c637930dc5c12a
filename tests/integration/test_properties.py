"""Adverts become properties in a real database: measured, repeatable, and never against a person's word."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from getpass import getuser
from typing import Any

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

import immobe.market.properties as matching
from immobe.cli import app
from immobe.market.decisions import NotMatched, merge, split
from immobe.market.homes import Home
from immobe.market.properties import match, match_alone
from immobe.replica.market import Market, MarketDay
from immobe.storage.properties import Property, property_of
from tests.market.database import store
from tests.market.house import HOUSE, MET
from tests.market.labelled import labelled_homes, labelled_pairs, precision_and_recall
from tests.market.replica import homes_of

pytestmark = pytest.mark.integration


def stored(engine: Engine, *homes: Home) -> list[int]:
    """Their numbers in `listings`."""
    with engine.begin() as connection:
        numbers = store(connection, homes)
    return [numbers[home.id] for home in homes]


def properties(engine: Engine) -> dict[int, int]:
    """{listing: property}."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT listing_id, property_id FROM property_listings"))
        return {row.listing_id: row.property_id for row in rows}


def together(engine: Engine) -> set[frozenset[int]]:
    of: dict[int, set[int]] = {}
    for listing, number in properties(engine).items():
        of.setdefault(number, set()).add(listing)
    return {frozenset(listings) for listings in of.values()}


def snapshot(engine: Engine, table: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")))


def change(engine: Engine, listing: int, **values: Any) -> None:
    """As a later page would."""
    named = ", ".join(f"{name} = :{name}" for name in values)
    with engine.begin() as connection:
        statement = f"UPDATE listings SET {named}, scraped_at = scraped_at + interval '1 day' WHERE id = :id"
        connection.execute(text(statement), {**values, "id": listing})


def shown(engine: Engine, listing: int) -> Property:
    found = property_of(engine, listing)
    assert found is not None
    return found


def elsewhere(number: int, platform: str = "zimmo", **differences: Any) -> Home:
    return replace(HOUSE, id=number, platform=platform, **differences)


def test_precision_and_recall_from_rows_to_properties(engine: Engine) -> None:
    with engine.begin() as connection:
        numbers = store(connection, labelled_homes().values())
    before = [snapshot(engine, table) for table in ("listings", "listing_events")]
    done = match(engine)
    assert done.listings == len(numbers)
    of = properties(engine)
    assert of.keys() == set(numbers.values())
    precision, recall = precision_and_recall(
        (pair.is_same, of[numbers[pair.a.id]] == of[numbers[pair.b.id]]) for pair in labelled_pairs()
    )
    assert precision >= 0.98
    assert recall >= 0.80
    assert [snapshot(engine, table) for table in ("listings", "listing_events")] == before, "listings are only read"
    with engine.connect() as connection:
        links = connection.execute(text("SELECT score, evidence FROM property_links")).all()
    assert links
    for score, evidence in links:
        assert score == pytest.approx(sum(bits for _, bits in evidence.values()), abs=0.01)


def test_again_changes_nothing(engine: Engine) -> None:
    stored(engine, *some_homes())
    match(engine)
    tables = ("properties", "property_listings", "property_links")
    before = [snapshot(engine, table) for table in tables]
    assert match(engine).listings == 0
    assert [snapshot(engine, table) for table in tables] == before
    assert match(engine, everything=True).listings == len(before[1])
    assert [snapshot(engine, table) for table in tables] == before, "all again finds the same, under the same numbers"


def some_homes() -> list[Home]:
    return [home for _, home in homes_of(MarketDay(Market(23, 250)))]


def test_bit_by_bit_gives_what_all_at_once_gives(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Portions of any size, listings in any order."""
    homes = some_homes()
    numbers = stored(engine, *homes)
    own = dict(zip(numbers, homes, strict=True))
    match(engine)
    at_once = by_home(together(engine), own)
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE properties CASCADE"))
        connection.execute(text("TRUNCATE property_links"))
        connection.execute(text("UPDATE listings SET scraped_at = NULL"))
    random.Random(4).shuffle(numbers)
    monkeypatch.setattr(matching, "PORTION", 37)
    for first in range(0, len(numbers), 150):
        with engine.begin() as connection:
            read = text("UPDATE listings SET scraped_at = last_seen_at WHERE id = ANY(:ids)")
            connection.execute(read, {"ids": numbers[first : first + 150]})
        match(engine)
    assert by_home(together(engine), own) == at_once
    assert max(map(len, at_once)) > 2


def by_home(groups: Iterable[frozenset[int]], own: dict[int, Home]) -> set[frozenset[int]]:
    return {frozenset(own[number].id for number in group) for group in groups}


def test_two_at_once_do_each_portion_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = stored(engine, *some_homes())
    monkeypatch.setattr(matching, "PORTION", 20)
    done: list[int] = []
    threads = [threading.Thread(target=lambda: done.append(match(engine).listings)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == len(numbers)
    of = properties(engine)
    assert of.keys() == set(numbers)
    with engine.connect() as connection:
        empty = "SELECT count(*) FROM properties WHERE id NOT IN (SELECT property_id FROM property_listings)"
        assert connection.scalar(text(f"{empty} AND merged_into IS NULL")) == 0


def test_one_at_a_time_matches_alone_and_in_bounded_time(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    homes = [replace(HOUSE, id=n, postal_code=f"90{n:02}") for n in range(30)]
    monkeypatch.setattr(matching, "PORTION", 10)
    monkeypatch.setattr(matching, "_TURN_WAIT", "10ms")
    stored(engine, *homes)
    with engine.connect() as other:
        other.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": matching._LOCK + 1})
        assert match_alone(engine, 60) is None
        assert properties(engine) == {}
        other.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": matching._LOCK + 1})
    portion = match_alone(engine, 0)
    assert portion is not None
    assert portion.listings == 10, "the time is over after the first portion"
    rest = match_alone(engine, 60)
    assert rest is not None
    assert (rest.listings, len(properties(engine))) == (20, 30)
    again = match_alone(engine, 60)
    assert again is not None
    assert again.listings == 0


def test_what_changes_is_matched_again_and_nothing_else(engine: Engine) -> None:
    [first, second, other] = stored(engine, HOUSE, elsewhere(2), elsewhere(3, house_number="80", price_eur=311_000))
    match(engine)
    of = properties(engine)
    assert of[first] == of[second] != of[other]
    change(engine, second, price_eur=200_000)
    assert match(engine, since=MET + timedelta(days=2)).listings == 0
    change(engine, other, url="https://zimmo.example/other")
    assert match(engine).listings == 1
    parted = properties(engine)
    assert parted[first] != parted[second]
    assert of[first] in (parted[first], parted[second]), "one of the two keeps the number"
    change(engine, second, price_eur=324_000)
    match(engine)
    joined = properties(engine)
    assert joined[first] == joined[second]
    assert joined[other] == of[other]
    with engine.begin() as connection:
        connection.execute(text("UPDATE listings SET epc_kwh_m2_year = 288 WHERE id = :id"), {"id": first})
    assert match(engine).listings == 1, "a correction, which no page brought"
    with engine.connect() as connection:
        left = connection.execute(text("SELECT merged_into FROM properties WHERE merged_into IS NOT NULL")).scalars()
        assert list(left) == [joined[first]]


def test_no_chain_joins_two_that_exclude_each_other(engine: Engine) -> None:
    """The one in the middle hides its number; it belongs to one of them, and they stay apart."""
    ends = (HOUSE, elsewhere(2, house_number="14"))
    [first, middle, last] = stored(engine, ends[0], elsewhere(3, "realo", house_number=None), ends[1])
    match(engine)
    of = properties(engine)
    assert of[first] != of[last]
    assert of[middle] in (of[first], of[last])


def test_a_person_joins_and_matching_obeys(engine: Engine) -> None:
    [one, other] = stored(engine, HOUSE, elsewhere(2, price_eur=700_000, house_number="99"))
    match(engine)
    assert len(together(engine)) == 2
    number = merge(engine, one, other, "the owner says so")
    assert properties(engine) == {one: number, other: number}
    match(engine, everything=True)
    change(engine, other, price_eur=710_000)
    match(engine)
    assert properties(engine) == {one: number, other: number}
    assert [(said.is_same, said.note) for said in shown(engine, one).verdicts] == [(True, "the owner says so")]


def test_a_person_parts_and_matching_obeys(engine: Engine) -> None:
    numbers = stored(engine, HOUSE, elsewhere(2), elsewhere(3, "realo"))
    match(engine)
    assert len(together(engine)) == 1
    split(engine, numbers[0])
    match(engine, everything=True)
    assert together(engine) == {frozenset(numbers[:1]), frozenset(numbers[1:])}
    assert len(snapshot(engine, "property_links")) == 3, "the evidence stays"

    [late] = stored(engine, elsewhere(4, "immovlan"))
    match(engine)
    of = properties(engine)
    assert of[numbers[0]] != of[numbers[1]] == of[numbers[2]]
    assert of[late] in (of[numbers[0]], of[numbers[1]])

    merge(engine, numbers[0], numbers[1])
    assert len(together(engine)) == 1
    assert len(snapshot(engine, "property_verdicts")) == 4, "what was said before is still told"


def test_only_what_was_matched_can_be_joined_or_parted(engine: Engine) -> None:
    [one, other] = stored(engine, HOUSE, elsewhere(2))
    with pytest.raises(NotMatched):
        merge(engine, one, other)
    with pytest.raises(NotMatched):
        split(engine, one)


@pytest.mark.parametrize(
    ("gap_days", "kind", "days"),
    [(20, "relisted", 80), (90, "relisted", 150), (91, "returned", 30), (-30, "doubled", 60)],
)
def test_a_new_id_on_the_same_platform(engine: Engine, gap_days: int, kind: str, days: int) -> None:
    """Thirty days, a pause, thirty days more; a short pause does not end the stay on the market."""
    came = MET + timedelta(days=30 + gap_days)
    again = elsewhere(2, "immoweb", first_seen_at=came, gone_at=max(came, MET) + timedelta(days=30))
    went = MET + timedelta(days=60) if gap_days < 0 else MET + timedelta(days=30)
    [one, other] = stored(engine, replace(HOUSE, gone_at=went), again)
    match(engine)
    found = shown(engine, one)
    assert [advert.listing_id for advert in found.adverts] == sorted((one, other))
    assert [link.kind for link in found.links] == [kind]
    assert found.days_on_market == days
    assert found.on_market_since == (came if kind == "returned" else MET)


def test_an_advert_that_goes_later_is_labelled_then(engine: Engine) -> None:
    again = elsewhere(2, "immoweb", first_seen_at=MET + timedelta(days=30))
    [one, _] = stored(engine, HOUSE, again)
    match(engine)
    assert [link.kind for link in shown(engine, one).links] == ["doubled"]
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE listings SET stage = 'gone', gone_at = :went, gone_evidence = 'http_404' WHERE id = :id"),
            {"went": MET + timedelta(days=32), "id": one},
        )
    match(engine)
    assert [link.kind for link in shown(engine, one).links] == ["relisted"]


def test_a_deleted_listing_leaves_the_others(engine: Engine) -> None:
    """Nobody deletes listings; if someone did, what matching wrote of them goes along."""
    [one, other] = stored(engine, HOUSE, elsewhere(2))
    match(engine)
    number = properties(engine)[one]
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM listings WHERE id = :id"), {"id": other})
    match(engine, everything=True)
    assert properties(engine) == {one: number}


def test_the_commands(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    stored(engine, HOUSE, elsewhere(2))

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["properties", *arguments])
        return result.exit_code, result.output

    assert run("show", "immoweb:1")[0] == 1
    assert run("match") == (0, "2 listings matched; 1 pairs compared, 1 of one dwelling\n")
    assert "0 listings" in run("match", "--since", "2026-01-01")[1]
    code, output = run("show", "immoweb:1")
    assert code == 0
    assert "immoweb:1 = zimmo:2  cross_posted" in output
    assert "address number +8" in output
    assert run("split", "zimmo:2", "--note", "two twins")[0] == 0
    assert f"by cli:{getuser()}  two twins" in run("show", "zimmo:2")[1]
    assert "=" not in run("show", "immoweb:1")[1].replace("≠", "").split("said")[0].replace("https", "")
    assert run("merge", "immoweb:1", "zimmo:2")[0] == 0
    assert run("show", "zimmo:9")[0] == 1
    assert run("merge", "immoweb:1", "immoweb:1")[0] == 2
    assert run("merge", "immoweb", "zimmo:2")[0] == 2
