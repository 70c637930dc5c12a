"""`/ui/listings/{platform}/{id}`: one advert, all that is known of it and of its dwelling, and what is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from sqlalchemy import Engine
from starlette.responses import Response

from immobe.items import EpcLabel, Region
from immobe.storage.history import Event, events_of
from immobe.storage.listing_pages import Advert, adverts_numbered, offers_of, whole_row
from immobe.storage.properties import Property, property_of
from immobe.storage.visits import refusals_of
from immobe.watchtower import charts
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.pages.listing_comparing import WHERES, position_of
from immobe.watchtower.pages.listing_facts import groups, reason_in_words
from immobe.watchtower.pages.listing_history import price_changes, series_of, timeline
from immobe.watchtower.pages.listing_place import locator_of
from immobe.watchtower.rendering import render
from immobe.watchtower.security.access import Reader

router = APIRouter(include_in_schema=False)
Platform = Annotated[str, Path(max_length=40)]
ListingId = Annotated[str, Path(max_length=200)]

_A_TO_F = (EpcLabel.A, EpcLabel.B, EpcLabel.C, EpcLabel.D, EpcLabel.E, EpcLabel.F)
SCALES = {
    Region.FLANDERS: (EpcLabel.A_PLUS, *_A_TO_F),
    Region.WALLONIA: (EpcLabel.A_PLUS_PLUS, EpcLabel.A_PLUS, *_A_TO_F, EpcLabel.G),
    Region.BRUSSELS: (*_A_TO_F, EpcLabel.G),
}
"""Labels of each region, best first: those that `immobe.mapping.validation` accepts."""
_MUST_RENOVATE = (EpcLabel.E, EpcLabel.F)
_HOMES = ("house", "apartment")


@router.get("/ui/listings/{platform}/{listing_id}")
def listing(request: Request, backend: TheBackend, _: Reader, platform: Platform, listing_id: ListingId) -> Response:
    """The advert; a page that says why it was never read; 404 with a search field for one that is not known."""
    engine, now = backend.engine, datetime.now(UTC)
    row = whole_row(engine, platform, listing_id)
    if row is None:
        return render(request, "listing/unknown.html", 404, platform=platform, listing_id=listing_id)
    events, dwelling = events_of(engine, platform, listing_id), property_of(engine, row["id"])
    shown = _shared(row, dwelling, engine, events, now)
    if row["scraped_at"] is None:
        return render(request, "listing/unread.html", **shown, reasons=_reasons(engine, row))
    return render(
        request,
        "listing/listing.html",
        **shown,
        groups=list(groups(row)),
        scale=SCALES[row["region"]] if row["region"] else (),
        must_renovate=must_renovate(row),
        position=position_of(engine, platform, listing_id, now, timedelta(days=backend.config.comparables_days)),
        wheres=WHERES,
        days=backend.config.comparables_days,
        locator=locator_of(engine, row),
        reasons=_reasons(engine, row),
    )


def _shared(
    row: dict[str, Any], dwelling: Property | None, engine: Engine, events: list[Event], now: datetime
) -> dict[str, Any]:
    """What the page of an advert that was read, and of one that was not, both know."""
    ids = [advert.listing_id for advert in dwelling.adverts] if dwelling else [row["id"]]
    adverts = adverts_numbered(engine, ids)
    this = next(advert for advert in adverts if advert.id == row["id"])
    offers = offers_of(engine, [this.id])
    return {
        "row": row,
        "this": this,
        "others": [advert for advert in adverts if advert.id != this.id],
        "kinds": _kinds(this, dwelling),
        "dwelling": dwelling,
        "entries": timeline(row, events),
        "changes": price_changes(events),
        "status_since": _status_since(row, events),
        "chart": charts.steps([series_of(this, offers[this.id], now, name=this.name)]),
        "offers": offers[this.id],
    }


def must_renovate(row: dict[str, Any]) -> bool:
    """Whether the label alone obliges a buyer: homes for sale in Flanders with E or F.

    Source: decision of the Flemish Government of 8 July 2022, for deeds from 1 January 2023 on.
    """
    at_issue = row["region"] == Region.FLANDERS and row["transaction_type"] == "sale" and row["property_type"] in _HOMES
    return bool(at_issue and row["epc_label"] in _MUST_RENOVATE)


def _kinds(this: Advert, dwelling: Property | None) -> dict[str, str]:
    """{another advert of the dwelling: what it is to this one}, as links say; see `PropertyLinkRow.kind`."""
    found = {}
    for link in dwelling.links if dwelling else []:
        if this.name in (link.a, link.b):
            found[link.b if link.a == this.name else link.a] = link.kind
    return found


def _status_since(row: dict[str, Any], events: list[Event]) -> datetime | None:
    """When the advert was first seen to say what it says of its status."""
    said = [event.seen_at for event in events if event.field == "status" and event.new == row["status"]]
    return said[-1] if said else None


def _reasons(engine: Engine, row: dict[str, Any]) -> list[tuple[str | None, str]]:
    """(field, rule in words) for which the latest page was refused; what is refused otherwise has no field."""
    if row["stage"] != "rejected":
        return []
    return [reason_in_words(reason) for reason in refusals_of(engine, row["platform"], row["platform_listing_id"])]
