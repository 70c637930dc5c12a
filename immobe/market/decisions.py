"""What a person says of two adverts: one home, or two. It is kept, and matching obeys it ever after."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Engine, insert

from immobe.errors import ImmobeError
from immobe.market.clusters import Pair, pair
from immobe.market.grouping import members_of, properties_of, regroup, verdicts_on
from immobe.market.properties import locked
from immobe.storage.property_models import PropertyVerdictRow


class NotMatched(ImmobeError):  # noqa: N818
    """The listing has no property yet."""


def merge(engine: Engine, one: int, other: int, note: str | None = None, *, said_by: str | None = None) -> int:
    """Makes the properties of two listings one, and returns its number. What was said against it before is taken back.

    `said_by`: see `PropertyVerdictRow`. Raises NotMatched, ServiceError.
    """
    with locked(engine) as connection:
        first, second = _members(connection, one), _members(connection, other)
        said = verdicts_on(connection, first)
        against = [two for a in first for b in second if a != b and said.get(two := pair(a, b)) is False]
        _say(connection, {pair(one, other), *against}, True, note, said_by)
        return _regrouped(connection, one, other)


def split(engine: Engine, listing: int, note: str | None = None, *, said_by: str | None = None) -> int:
    """Takes a listing out of its property, and returns the number of its own. Raises NotMatched, ServiceError."""
    with locked(engine) as connection:
        others = _members(connection, listing) - {listing}
        _say(connection, {pair(listing, other) for other in others}, False, note, said_by)
        return _regrouped(connection, listing, *others)


def _members(connection: Connection, listing: int) -> set[int]:
    found = properties_of(connection, [listing])
    if not found:
        raise NotMatched("The listing has no property yet: run `immobe properties match` first.")
    return members_of(connection, found.values())


def _say(connection: Connection, pairs: Iterable[Pair], is_same: bool, note: str | None, said_by: str | None) -> None:
    said = {"is_same": is_same, "note": note, "said_by": said_by}
    rows = [{"listing_a": a, "listing_b": b, **said} for a, b in sorted(pairs)]
    if rows:
        connection.execute(insert(PropertyVerdictRow), rows)


def _regrouped(connection: Connection, listing: int, *others: int) -> int:
    regroup(connection, {listing, *others}, {})
    return properties_of(connection, [listing])[listing]
