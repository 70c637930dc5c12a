"""Adverts of one dwelling become one property: new and changed listings are compared with those of their block.

Every portion is one transaction under one lock, so two may run at once, and a run that was stopped goes on where it
was. Doing it again changes nothing. Listings are only read.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from immobe.market.candidates import homes, pairs, unmatched
from immobe.market.clusters import Pair
from immobe.market.evidence import Judgement, judge
from immobe.market.grouping import regroup
from immobe.market.homes import Home
from immobe.storage.faults import connected, sqlstate
from immobe.storage.properties import STAYS_ON_MARKET

NOTICED_WITHIN = timedelta(days=7)
"""A removal is noticed later than it happens: the new advert may be met before."""
PORTION = 2000
_LOCK = 0x696D6D6F_70726F70  # any number that nobody else locks; the next one is the turn
_TURN_WAIT, _LOCK_NOT_AVAILABLE = "5s", "55P03"

_FORGET = text("UPDATE property_listings SET facts_md5 = NULL")
_MATCHED = text("""
    UPDATE property_listings SET facts_md5 = now.facts_md5
    FROM unnest(CAST(:listing_id AS bigint[]), CAST(:facts_md5 AS text[])) AS now (listing_id, facts_md5)
    WHERE property_listings.listing_id = now.listing_id
""")
_OUTDATED = text("""
    DELETE FROM property_links USING unnest(CAST(:ids AS bigint[])) AS changed (id)
    WHERE changed.id IN (listing_a, listing_b)
      AND NOT EXISTS (SELECT FROM unnest(CAST(:a AS bigint[]), CAST(:b AS bigint[])) AS l (a, b)
                      WHERE l.a = listing_a AND l.b = listing_b)
    RETURNING listing_a, listing_b
""")
_LINK = text("""
    INSERT INTO property_links AS link (listing_a, listing_b, score, evidence, kind)
    SELECT listing_a, listing_b, score, evidence, kind
    FROM json_to_recordset(CAST(:links AS json))
        AS l (listing_a bigint, listing_b bigint, score float8, evidence jsonb, kind text)
    ON CONFLICT (listing_a, listing_b) DO UPDATE
    SET score = excluded.score, evidence = excluded.evidence, kind = excluded.kind, made_at = now()
    WHERE (link.score, link.evidence, link.kind) IS DISTINCT FROM (excluded.score, excluded.evidence, excluded.kind)
""")


@dataclass(slots=True)
class Matched:
    """What a run did."""

    listings: int = 0
    """Matched, new or again."""
    compared: int = 0
    """Pairs."""
    linked: int = 0
    """Pairs that are one dwelling."""


def match(
    engine: Engine,
    *,
    since: datetime | None = None,
    among: Collection[int] | None = None,
    everything: bool = False,
    progress: Callable[[Matched], None] = lambda _: None,
) -> Matched:
    """Matches what is new or changed (since a moment; of these listings); `everything` compares all listings again.

    `progress` hears after each portion what was done so far. Raises ServiceError.
    """
    done = Matched()
    if everything:
        with locked(engine) as connection:
            connection.execute(_FORGET)
    with locked(engine) as connection:
        ids = list(connection.scalars(unmatched(since, among)))
    for first in range(0, len(ids), PORTION):
        with locked(engine) as connection:
            # Another run may have matched some of them meanwhile.
            rows = connection.execute(unmatched(among=ids[first : first + PORTION])).mappings()
            _match_portion(connection, [dict(row) for row in rows], done)
        progress(done)
    return done


def match_alone(engine: Engine, seconds: float) -> Matched | None:
    """Matches what is new until nothing is, or the time is over; then the next one goes on.

    None when another process does so already, and is not done within a few seconds. Raises ServiceError.
    """
    ends, rounds = time.monotonic() + seconds, [Matched()]

    def stop_in_time(done: Matched) -> None:
        rounds[-1] = done
        if time.monotonic() > ends:
            raise TimeoutError

    with _turn(engine) as is_ours, suppress(TimeoutError):
        if not is_ours:
            return None
        # Again, for what was stored meanwhile by those who found that it was our turn.
        while match(engine, progress=stop_in_time).listings:
            rounds.append(Matched())
    return Matched(*(sum(getattr(done, name) for done in rounds) for name in ("listings", "compared", "linked")))


@contextmanager
def _turn(engine: Engine) -> Iterator[bool]:
    """Whether it is our turn, kept until the end without a transaction."""
    with connected(engine) as connection:
        connection.execute(text("SET LOCAL lock_timeout = :wait"), {"wait": _TURN_WAIT})
        try:
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK + 1})
        except OperationalError as error:
            if sqlstate(error) != _LOCK_NOT_AVAILABLE:
                raise
            yield False
            return
        connection.commit()
        try:
            yield True
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK + 1})
            connection.commit()


@contextmanager
def locked(engine: Engine) -> Iterator[Connection]:
    """A transaction in which nobody else writes properties; whoever comes second waits. Raises ServiceError."""
    with connected(engine, writes=True) as connection:
        for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(text(f"SET LOCAL {limit} = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        yield connection


def _match_portion(connection: Connection, rows: list[dict[str, Any]], done: Matched) -> None:
    if not rows:
        return
    ids = [row["listing_id"] for row in rows]
    candidates = pairs(connection, ids)
    facts = homes(connection, {*ids, *(listing for two in candidates for listing in two)})
    links = _links(candidates, facts)
    former = _store_links(connection, ids, links, facts)
    regroup(connection, {*ids, *(listing for two in (*links, *former) for listing in two)}, facts)
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    connection.execute(_MATCHED, columns)
    done.listings += len(ids)
    done.compared += len(candidates)
    done.linked += len(links)


def _links(candidates: Collection[Pair], facts: Mapping[int, Home]) -> dict[Pair, Judgement]:
    judged = ((two, judge(facts[two[0]], facts[two[1]])) for two in candidates)
    return {two: judgement for two, judgement in judged if judgement.is_same}


def _store_links(
    connection: Connection, ids: list[int], links: Mapping[Pair, Judgement], facts: Mapping[int, Home]
) -> list[Pair]:
    """Writes the links of these listings, and returns the pairs that were linked and are not any more."""
    gone = connection.execute(_OUTDATED, {"ids": ids, "a": [a for a, _ in links], "b": [b for _, b in links]})
    former = [(a, b) for a, b in gone]
    rows = [
        {"listing_a": a, "listing_b": b, "score": round(found.score, 2), "evidence": found.parts,
         "kind": kind(facts[a], facts[b])}
        for (a, b), found in links.items()
    ]  # fmt: skip
    connection.execute(_LINK, {"links": json.dumps(rows)})
    return former


def kind(a: Home, b: Home) -> str:
    """What two adverts of one dwelling are to each other; see `PropertyLinkRow.kind`."""
    if a.platform != b.platform:
        return "cross_posted"
    assert a.first_seen_at is not None and b.first_seen_at is not None  # noqa: S101, PT018 - columns that are never null
    earlier, later = (a, b) if a.first_seen_at <= b.first_seen_at else (b, a)
    assert later.first_seen_at is not None  # noqa: S101 - likewise
    if earlier.gone_at is None or later.first_seen_at < earlier.gone_at - NOTICED_WITHIN:
        return "doubled"
    return "relisted" if later.first_seen_at - earlier.gone_at <= STAYS_ON_MARKET else "returned"
