"""`/ui/market/{nis}`: one municipality's market: figures beside its province's, prices, energy, the last months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import quantiles
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from immobe.geo.places import province_of
from immobe.geo.towns import municipality_name
from immobe.market.comparables import ENOUGH
from immobe.storage import market
from immobe.storage.faults import connected
from immobe.storage.market import Choice, Month, PlaceFigures
from immobe.watchtower import charts
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.languages import N_, language_of
from immobe.watchtower.pages.listing import SCALES
from immobe.watchtower.pages.market import BEDROOMS, TYPES, MarketChoice
from immobe.watchtower.pages.market_figures import kept
from immobe.watchtower.rendering import render
from immobe.watchtower.security.access import Reader

router = APIRouter(include_in_schema=False)
MONTHS = 12
UNKNOWN = N_("No municipality has this code.")


@dataclass(frozen=True, slots=True)
class Town:
    """What the page shows of a municipality and a choice. `months` are those that have some adverts."""

    bedrooms: list[PlaceFigures]
    months: list[Month]
    trend: charts.Trend | None
    prices: charts.Histogram | None
    epc: dict[str | None, int]


@router.get("/ui/market/{nis}")
def town_market(
    request: Request,
    backend: TheBackend,
    _: Reader,
    nis: Annotated[str, Path(max_length=10)],
    choice: Annotated[MarketChoice, Query()],
) -> Response:
    """The municipality; 404 for a code that is none."""
    name, area = municipality_name(nis, language_of(request)), province_of(nis)
    if name is None or area is None:
        raise HTTPException(404, UNKNOWN)
    homes, figures = choice.homes("municipality", nis), kept(request)
    return render(
        request,
        "market/town.html",
        nis=nis,
        name=name,
        choice=choice,
        province=area[0],
        counted=figures.of(backend.engine, homes, "municipality"),
        around=figures.of(backend.engine, choice.homes(), "province"),
        town_figures=_town(backend, homes, choice),
        scale=SCALES[area[1]],
        types=TYPES,
        bedrooms=BEDROOMS,
        enough=ENOUGH,
    )


def _town(backend: TheBackend, homes: Choice, choice: MarketChoice) -> Town:
    with connected(backend.engine) as connection:
        rooms = market.by_bedrooms(connection, homes) if choice.has_bedrooms else []
        months = without_gaps(market.by_month(connection, homes, MONTHS))
        prices = market.prices(connection, homes)
        epc = market.epc_labels(connection, homes)
    told = [median_of(one, choice) for one in months]
    spread = None
    if len(prices) >= ENOUGH:
        low, _, high = quantiles(prices, n=4, method="inclusive")
        spread = charts.histogram(prices, band=(low, high), bars=24)
    return Town(rooms, months, charts.trend(told), spread, epc)


def median_of(month: Month, choice: MarketChoice) -> float | None:
    """Per m² where homes have one, else the price; None of too few."""
    if choice.has_m2:
        return month.median_m2_eur if month.m2_count >= ENOUGH else None
    return month.median_price_eur if month.count >= ENOUGH else None


def without_gaps(months: list[Month]) -> list[Month]:
    """With the months between, in which none came."""
    if not months:
        return []
    found = {(one.begins.year, one.begins.month): one for one in months}
    last, filled = months[-1].begins, [months[0]]
    while (filled[-1].begins.year, filled[-1].begins.month) < (last.year, last.month):
        after = (filled[-1].begins.replace(day=1) + timedelta(days=32)).replace(day=1)
        filled.append(found.get((after.year, after.month), Month(after, 0, 0, None, None)))
    return filled
