"""Listings to properties: who belongs together is worked out anew around what changed; numbers stay if they can."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from functools import cache

from sqlalchemy import Connection, any_, literal, or_, select, text

from immobe.market.candidates import homes
from immobe.market.clusters import Pair, groups
from immobe.market.homes import Home
from immobe.market.vetoes import veto
from immobe.storage.property_models import PropertyLinkRow, PropertyListingRow

_VERDICTS = text("""
    SELECT DISTINCT ON (listing_a, listing_b) listing_a, listing_b, is_same FROM property_verdicts
    WHERE listing_a = ANY(:ids) OR listing_b = ANY(:ids) ORDER BY listing_a, listing_b, id DESC
""")
_NEW_PROPERTIES = text("INSERT INTO properties (created_at) SELECT now() FROM generate_series(1, :number) RETURNING id")
_JOIN = text("""
    INSERT INTO property_listings (listing_id, property_id)
    SELECT * FROM unnest(CAST(:listings AS bigint[]), CAST(:properties AS bigint[]))
    ON CONFLICT (listing_id) DO UPDATE SET property_id = excluded.property_id, since = now()
""")
_LEFT = text("UPDATE properties SET merged_into = :into WHERE id = :property")


def verdicts_on(connection: Connection, ids: Collection[int]) -> dict[Pair, bool]:
    """What persons said last of pairs with one of these listings: True is the same home."""
    return {(a, b): same for a, b, same in connection.execute(_VERDICTS, {"ids": list(ids)})}


def properties_of(connection: Connection, ids: Collection[int]) -> dict[int, int]:
    """{listing: property} of those of these listings that have one."""
    query = select(PropertyListingRow.listing_id, PropertyListingRow.property_id)
    rows = connection.execute(query.where(PropertyListingRow.listing_id == any_(literal(list(ids)))))
    return {row.listing_id: row.property_id for row in rows}


def members_of(connection: Connection, properties: Collection[int]) -> set[int]:
    """The listings of these properties."""
    query = select(PropertyListingRow.listing_id).where(
        PropertyListingRow.property_id == any_(literal(list(properties)))
    )
    return set(connection.scalars(query))


def regroup(connection: Connection, seeds: Collection[int], known: Mapping[int, Home]) -> None:
    """Gives these listings, and all that hang together with them, their properties. `known` spares reading them."""
    members, links, verdicts = _around(connection, seeds)
    facts = {**homes(connection, members - known.keys()), **known}

    @cache
    def excludes(a: int, b: int) -> bool:
        return veto(facts[a], facts[b]) is not None

    found = groups(members, links, verdicts, excludes)
    _store(connection, found, properties_of(connection, members))


def _around(connection: Connection, seeds: Collection[int]) -> tuple[set[int], dict[Pair, float], dict[Pair, bool]]:
    """The listings that links, persons or a property connect with the seeds, whatever the way; and the connections."""
    members: set[int] = set()
    links: dict[Pair, float] = {}
    verdicts: dict[Pair, bool] = {}
    new = set(seeds)
    while new:
        members |= new
        some = any_(literal(list(new)))
        link = PropertyLinkRow
        found = select(link.listing_a, link.listing_b, link.score).where(
            or_(link.listing_a == some, link.listing_b == some)
        )
        links.update(((a, b), score) for a, b, score in connection.execute(found))
        verdicts.update(verdicts_on(connection, new))
        joined = [two for two, same in verdicts.items() if same]
        new = {listing for two in (*links, *joined) for listing in two} - members
        new |= members_of(connection, set(properties_of(connection, members | new).values())) - members
    return members, links, {two: same for two, same in verdicts.items() if members.issuperset(two)}


def _store(connection: Connection, found: list[list[int]], before: Mapping[int, int]) -> None:
    kept = _numbers(found, before)
    fresh = iter(_create(connection, len(found) - len(kept)))
    numbers = [kept[place] if place in kept else next(fresh) for place in range(len(found))]
    now = {listing: number for number, group in zip(numbers, found, strict=True) for listing in group}
    moved = {listing: number for listing, number in now.items() if before.get(listing) != number}
    if moved:
        connection.execute(_JOIN, {"listings": list(moved), "properties": list(moved.values())})
    for number in set(before.values()) - set(numbers):
        heirs = Counter(now[listing] for listing, former in before.items() if former == number)
        into = min(heirs, key=lambda heir: (-heirs[heir], heir))
        connection.execute(_LEFT, {"property": number, "into": into})


def _create(connection: Connection, number: int) -> list[int]:
    return list(connection.scalars(_NEW_PROPERTIES, {"number": number})) if number else []


def _numbers(found: list[list[int]], before: Mapping[int, int]) -> dict[int, int]:
    """{place of a group: the property that it goes on with}: that of most of its members, each property once."""
    claims = Counter((place, before[x]) for place, group in enumerate(found) for x in group if x in before)
    kept: dict[int, int] = {}
    taken: set[int] = set()
    for place, number in sorted(claims, key=lambda claim: (-claims[claim], claim[1], claim[0])):
        if place not in kept and number not in taken:
            kept[place] = number
            taken.add(number)
    return kept
