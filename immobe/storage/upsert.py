"""How a delivery meets a stored row: one statement for every kind, `INSERT … ON CONFLICT DO UPDATE`.

A row keeps the times of what we know of it (`last_seen_at`, `scraped_at`, `rejected_at`, `gone_at`), each the latest
of its kind, and `stage` follows from them. So neither the order nor the number of deliveries matters: a late or
repeated one changes nothing that a newer one has said. `failed_at`, which `failures` writes, counts as well. Canonical
columns change only by a page that is not older than the stored one; its doubted nulls (see `deliveries`) leave the
stored value.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, JSON, ColumnElement, Text, and_, bindparam, case, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert

from immobe.items import Listing, MarketStatus, Stage
from immobe.storage.models import ListingRow, PayloadRow, QuarantineRow

Expression = ColumnElement[Any]

_stored = ListingRow.__table__.columns
_COLUMNS = [column.name for column in _stored if column.name != "id"]
_LATEST = ("scraped_at", "unchanged_at", "rejected_at", "gone_at")
_MERGED_APART = {"platform", "platform_listing_id", "status", "missing", "raw"}
_EMPTY: Expression = literal_column("'{}'::jsonb", JSONB)

# Names of the stored values that stand beside a doubted null of the new page.
_KEPT: Expression = literal_column(
    "ARRAY(SELECT key FROM jsonb_each(to_jsonb(listings)) WHERE excluded.doubted ? key AND value <> 'null')",
    ARRAY(Text),
)
_RAW_OF_KEPT: Expression = literal_column(
    "(SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(listings.raw)"
    " WHERE excluded.doubted ? key AND to_jsonb(listings) -> key <> 'null')",
    JSONB,
)


def listings_upsert() -> Insert:
    """Takes `rows`: JSON array of objects by column name, at most one a key, sorted by key.

    One JSON parameter instead of a hundred a row: both sides read it several times faster than a long VALUES list.
    """
    rows = func.json_populate_recordset(
        literal_column("NULL::listings"), cast(bindparam("rows", type_=Text), JSON)
    ).table_valued(*_COLUMNS)
    statement = insert(ListingRow).from_select(_COLUMNS, select(*(rows.c[name] for name in _COLUMNS)))
    return statement.on_conflict_do_update(
        index_elements=["platform", "platform_listing_id"], set_=_Merge(statement).columns()
    )


def payloads_upsert() -> Insert:
    """Keeps the payload of the newest page."""
    statement = insert(PayloadRow)
    new = statement.excluded
    names = ("payload", "sha256", "mapper_version", "fetched_at")
    return statement.on_conflict_do_update(
        index_elements=["listing_id"],
        set_={name: new[name] for name in names},
        where=new.fetched_at >= PayloadRow.fetched_at,
    )


def quarantine_upsert() -> Insert:
    """The same trouble met again only moves `seen_at`."""
    statement = insert(QuarantineRow)
    latest = func.greatest(QuarantineRow.seen_at, statement.excluded.seen_at)
    return statement.on_conflict_do_update(index_elements=["fingerprint"], set_={"seen_at": latest})


class _Merge:
    """The SET list: what each column becomes, from the stored row and the delivered (`excluded`) one."""

    def __init__(self, statement: Insert) -> None:
        new = self._new = statement.excluded
        # Null, which counts as false, when the delivery is not a page.
        self._fresh = new.scraped_at >= func.coalesce(_stored.scraped_at, new.scraped_at)
        met = and_(new.gone_at.is_(None), new.rejected_at.is_(None))
        first, last = _stored.first_seen_at, _stored.last_seen_at
        self._times: dict[str, Expression] = {
            "first_seen_at": case((met, func.least(first, new.first_seen_at)), else_=first),
            "last_seen_at": case((met, func.greatest(last, new.last_seen_at)), else_=last),
            **{name: func.greatest(_stored[name], new[name]) for name in _LATEST},
        }

    def columns(self) -> dict[str, Expression]:
        """{column: what it becomes}."""
        canonical = {name: self._canonical(name) for name in Listing.model_fields if name not in _MERGED_APART}
        return {
            **canonical,
            **self._times,
            "stage": self._stage(),
            "status": self._status(),
            "gone_evidence": self._gone_evidence(),
            "missing": self._undoubted("missing", _without(self._new.missing, _KEPT)),
            "raw": self._undoubted("raw", _without(self._new.raw, _KEPT).concat(_RAW_OF_KEPT)),
            "doubted": case((self._fresh, self._new.doubted), else_=_stored.doubted),
            "correlation_id": case((self._fresh, self._new.correlation_id), else_=_stored.correlation_id),
        }

    def _canonical(self, name: str) -> Expression:
        doubted = self._new.doubted.has_key(literal_column(f"'{name}'"))
        return case((and_(self._fresh, ~doubted), self._new[name]), else_=_stored[name])

    def _undoubted(self, name: str, otherwise: Expression) -> Expression:
        """The new value, or `otherwise` when the page has doubted nulls."""
        nothing_doubted = and_(self._fresh, self._new.doubted == _EMPTY)
        return case((nothing_doubted, self._new[name]), (self._fresh, otherwise), else_=_stored[name])

    def _stage(self) -> Expression:
        """A failure counts only where no page says more: what was scraped stays so, whatever a later visit did."""
        scraped, rejected, gone = (self._times[name] for name in ("scraped_at", "rejected_at", "gone_at"))
        since = func.coalesce(gone, literal_column("'-infinity'::timestamptz"))
        return case(
            (gone >= func.greatest(self._times["last_seen_at"], rejected), Stage.GONE),
            (scraped > since, Stage.SCRAPED),
            (rejected > since, Stage.REJECTED),
            (_stored.failed_at > since, Stage.FAILED),
            else_=Stage.DISCOVERED,
        )

    def _status(self) -> Expression:
        """The market's status; `withdrawn` when the evidence that it went is younger than what said otherwise."""
        status = self._canonical("status")
        said_at = func.coalesce(self._times["scraped_at"], self._times["last_seen_at"])
        on_offer = status.in_([MarketStatus.AVAILABLE, MarketStatus.UNDER_OPTION])
        return case((and_(on_offer, self._times["gone_at"] >= said_at), MarketStatus.WITHDRAWN), else_=status)

    def _gone_evidence(self) -> Expression:
        newest = self._new.gone_at >= func.coalesce(_stored.gone_at, self._new.gone_at)
        return case((newest, self._new.gone_evidence), else_=_stored.gone_evidence)


def _without(json_object: Expression, names: Expression) -> Expression:
    return json_object.op("-", return_type=JSONB())(names)
