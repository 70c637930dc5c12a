"""Which adverts are worth comparing: those that PostgreSQL finds in the same block with something in common.

A block is a postal code × type of property × sale or rent. Across postal codes of one municipality, and where a portal
tells none, only a shared certificate or seller's reference brings two together.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Text, and_, any_, case, cast, func, literal, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql import ColumnElement

from immobe.items import Stage
from immobe.market.clusters import Pair
from immobe.market.homes import FACTS, Home, home_of
from immobe.market.vetoes import PRICE_GAP
from immobe.storage.models import ListingRow
from immobe.storage.property_models import PropertyListingRow

_PRICE_NEAR, _AREA_NEAR, _DEGREES = 0.06, 0.04, 0.001
_new, _other = aliased(ListingRow, name="new"), aliased(ListingRow, name="other")


def unmatched(since: datetime | None = None, among: Collection[int] | None = None) -> Select[*tuple[Any, ...]]:
    """Listings (read since a moment; of these) that were never matched with the facts they have now, block by block.

    `listing_id`, and `facts_md5` as `property_listings` keeps it.
    """
    listing, matched = ListingRow, PropertyListingRow
    now = func.md5(cast(func.row(*(_comparable(name) for name in FACTS)), Text))
    query = (
        select(listing.id.label("listing_id"), now.label("facts_md5"))
        .outerjoin(matched, matched.listing_id == listing.id)
        .where(listing.scraped_at.is_not(None), now.is_distinct_from(matched.facts_md5))
        .order_by(listing.postal_code, listing.property_type, listing.transaction_type, listing.id)
    )
    if among is not None:
        query = query.where(listing.id == any_(literal(list(among))))
    return query if since is None else query.where(or_(listing.scraped_at >= since, listing.gone_at >= since))


def _fact(name: str) -> ColumnElement[Any]:
    """`gone_at` stays in the row when an advert comes back: `stage` says whether it is gone."""
    column: ColumnElement[Any] = ListingRow.__table__.c[name]
    return case((ListingRow.stage == Stage.GONE, column)) if name == "gone_at" else column


def _comparable(name: str) -> ColumnElement[Any]:
    """A moment as a number: its text depends on the session's time zone."""
    fact = _fact(name)
    return func.extract("epoch", fact) if name.endswith("_at") else fact


def homes(connection: Connection, ids: Collection[int]) -> dict[int, Home]:
    """{number: what the listing tells} for these listings."""
    columns = [_fact(name).label(name) for name in FACTS]
    rows = connection.execute(select(*columns).where(ListingRow.id == any_(literal(list(ids)))))
    return {row["id"]: home_of(dict(row)) for row in rows.mappings()}


def pairs(connection: Connection, ids: Collection[int]) -> set[Pair]:
    """Each pair of one of these listings with another of them, or with one that was matched before.

    So a pair of new listings is compared once, when the later of the two is matched.
    """
    chunk = any_(literal(list(ids)))
    block = and_(
        _other.postal_code == _new.postal_code,
        _other.property_type == _new.property_type,
        _other.transaction_type == _new.transaction_type,
        _prices_may_agree(),
        or_(*_in_common()),
    )
    certificate = and_(_other.epc_reference == _new.epc_reference, _other.transaction_type == _new.transaction_type)
    reference = and_(
        _other.external_reference == _new.external_reference,
        _other.municipality_nis == _new.municipality_nis,
        _other.transaction_type == _new.transaction_type,
    )
    found: set[Pair] = set()
    for condition in (block, certificate, reference):
        query = (
            select(func.least(_new.id, _other.id), func.greatest(_new.id, _other.id))
            .select_from(_new)
            .join(_other, and_(condition, _other.scraped_at.is_not(None), _other.id != _new.id))
            .outerjoin(PropertyListingRow, PropertyListingRow.listing_id == _other.id)
            .where(_new.id == chunk, or_(PropertyListingRow.listing_id.is_not(None), _other.id == chunk))
        )
        found.update((a, b) for a, b in connection.execute(query))
    return found


def _prices_may_agree() -> ColumnElement[bool]:
    return func.coalesce(_within(_new.price_eur, _other.price_eur, PRICE_GAP), True)


def _in_common() -> tuple[ColumnElement[bool], ...]:
    """Any of these makes a pair of one block worth comparing; less cannot add up to one dwelling."""
    point = and_(
        func.abs(_new.latitude - _other.latitude) <= _DEGREES,
        func.abs(_new.longitude - _other.longitude) <= 1.6 * _DEGREES,
    )
    return (
        _within(_new.living_area_m2, _other.living_area_m2, _AREA_NEAR),
        _within(_new.land_area_m2, _other.land_area_m2, _AREA_NEAR),
        and_(
            _within(_new.price_eur, _other.price_eur, _PRICE_NEAR),
            func.coalesce(_new.bedroom_count == _other.bedroom_count, True),
            or_(_new.living_area_m2.is_(None), _other.living_area_m2.is_(None)),
        ),
        func.lower(_new.street) == func.lower(_other.street),
        point,
        _new.epc_kwh_m2_year == _other.epc_kwh_m2_year,
        _new.cadastral_income_eur == _other.cadastral_income_eur,
        _new.price_max_eur == _other.price_max_eur,
    )


def _within(a: Any, b: Any, gap: float) -> ColumnElement[bool]:
    """Null when one of the two is."""
    return func.abs(a - b) <= gap * func.greatest(a, b)
