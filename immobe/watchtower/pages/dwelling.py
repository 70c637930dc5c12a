"""`/ui/properties/{id}`: one dwelling: its adverts, why they are one, and its prices over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from sqlalchemy import Row
from starlette.responses import RedirectResponse, Response

from immobe.storage.listing_pages import Advert, adverts_numbered, offers_of, whole_row
from immobe.storage.properties import Property
from immobe.storage.property_pages import property_numbered
from immobe.watchtower import charts
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.pages.listing_history import series_of
from immobe.watchtower.pages.listing_place import locator_of
from immobe.watchtower.pages.property_words import LEVELS, PARTS
from immobe.watchtower.rendering import render
from immobe.watchtower.security.access import Reader

router = APIRouter(include_in_schema=False)
_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """Two adverts that matching holds for one dwelling. `parts`: (what was compared, how alike, bits), best first."""

    a: str
    b: str
    kind: str
    score: float
    parts: list[tuple[str, str, float]]


@router.get("/ui/properties/{number}")
def one_property(
    request: Request, backend: TheBackend, _: Reader, number: Annotated[int, Path(ge=1, le=_MOST)]
) -> Response:
    """The dwelling; to the one that it turned out to be when it was merged."""
    engine, now = backend.engine, datetime.now(UTC)
    found = property_numbered(engine, number)
    if found is None:
        return render(request, "property/unknown.html", 404, number=number)
    if found.id != number:
        return RedirectResponse(f"/ui/properties/{found.id}", 303)
    ids = [advert.listing_id for advert in found.adverts]
    adverts, offers = adverts_numbered(engine, ids), offers_of(engine, ids)
    best = _best(adverts)
    row = whole_row(engine, best.platform, best.platform_listing_id)
    return render(
        request,
        "property/property.html",
        dwelling=found,
        adverts=adverts,
        best=best,
        row=row,
        locator=row and locator_of(engine, row),
        kinds=_kinds(found),
        evidence=[evidence_of(link) for link in holding(found.links)],
        more_evidence=[evidence_of(link) for link in found.links if link not in holding(found.links)],
        offers=offers,
        chart=charts.steps([series_of(one, offers[one.id], now, name=one.name) for one in adverts]),
        drawn=[one for one in adverts if any(amount is not None for _, amount in offers[one.id])],
    )


def _best(adverts: list[Advert]) -> Advert:
    """The advert that stands for the dwelling: on the market before gone, then the one seen last."""
    return max(adverts, key=lambda advert: (advert.stage == "scraped", advert.last_seen_at, -advert.id))


def _kinds(found: Property) -> dict[str, str]:
    """{a later advert: what it is to an earlier one}."""
    return {link.b: link.kind for link in reversed(found.links)}


def holding(links: list[Row[Any]]) -> list[Row[Any]]:
    """Of links, best first, those that hold the adverts together: one for each advert that they bring in."""
    group: dict[str, str] = {}

    def root(name: str) -> str:
        while name != group.setdefault(name, name):
            name = group[name]
        return name

    held = []
    for link in links:
        one, other = root(link.a), root(link.b)
        if one != other:
            group[one] = other
            held.append(link)
    return held


def evidence_of(link: Row[Any]) -> Evidence:
    """A link's parts in words that a page translates; what has no words goes by its name."""
    parts = sorted(link.evidence.items(), key=lambda part: -abs(part[1][1]))
    told = [(PARTS.get(name, name), LEVELS.get(level, level), float(bits)) for name, (level, bits) in parts]
    return Evidence(link.a, link.b, link.kind, link.score, told)
