"""`/ui/market`: what homes ask, how many are offered and how long, by municipality, province or region."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from immobe.geo.places import place_key
from immobe.geo.towns import municipality_name
from immobe.items import PropertyType, TransactionType
from immobe.market.comparables import ENOUGH
from immobe.storage.comparables import MANY_BEDROOMS
from immobe.storage.market import Choice, PlaceFigures
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.languages import N_, language_of, texts
from immobe.watchtower.pages.market_figures import kept
from immobe.watchtower.rendering import render
from immobe.watchtower.security.access import Reader
from immobe.watchtower.words import word

router = APIRouter(include_in_schema=False)
ROWS = 50
TYPES = (*PropertyType,)
BEDROOMS = ("", "1", "2", "3", "4", str(MANY_BEDROOMS))
TITLES = {
    "sale": {
        "house": N_("Houses for sale"),
        "apartment": N_("Apartments for sale"),
        "land": N_("Land for sale"),
        "garage": N_("Garages for sale"),
        "office": N_("Offices for sale"),
        "retail": N_("Shops for sale"),
        "industrial": N_("Industrial premises for sale"),
        "other": N_("Other property for sale"),
    },
    "rent": {
        "house": N_("Houses to let"),
        "apartment": N_("Apartments to let"),
        "land": N_("Land to let"),
        "garage": N_("Garages to let"),
        "office": N_("Offices to let"),
        "retail": N_("Shops to let"),
        "industrial": N_("Industrial premises to let"),
        "other": N_("Other property to let"),
    },
}


class MarketChoice(BaseModel):
    """What the address chooses. Unknown parameters, as of the language, are left alone."""

    model_config = ConfigDict(extra="ignore")

    transaction_type: TransactionType = TransactionType.SALE
    property_type: PropertyType = PropertyType.HOUSE
    bedrooms: Literal["", "1", "2", "3", "4", "5"] = ""

    def homes(self, level: str | None = None, place: str | None = None) -> Choice:
        """The homes that it names, of a place if one is given."""
        count = int(self.bedrooms) if self.bedrooms and self.has_bedrooms else None
        return Choice(self.transaction_type, self.property_type, count, level, place)

    @property
    def has_bedrooms(self) -> bool:
        return self.property_type in (PropertyType.HOUSE, PropertyType.APARTMENT)

    @property
    def has_m2(self) -> bool:
        return self.has_bedrooms or self.property_type == PropertyType.LAND

    @property
    def title(self) -> str:
        return TITLES[self.transaction_type][self.property_type]


class TableChoice(MarketChoice):
    """And how its table is made. `sort` is a column, downwards with a `-` before it."""

    by: Literal["municipality", "province", "region"] = "municipality"
    province: str = Field("", max_length=40)
    q: str = Field("", max_length=100)
    sort: Annotated[str, Field(pattern=r"^-?(name|stock|price|m2|days|new|drops)$")] = "-stock"
    page: int = Field(1, ge=1, le=10_000)


@router.get("/ui/market")
def market(request: Request, backend: TheBackend, _: Reader, choice: Annotated[TableChoice, Query()]) -> Response:
    """Figures of the country, or of a province, and a table of places."""
    of_province = ("province", choice.province) if choice.province and choice.by == "municipality" else (None, None)
    counted = kept(request).of(backend.engine, choice.homes(*of_province), choice.by)
    names = {one.place: name_of(one.place or "", choice.by, language_of(request)) for one in counted.places}
    found = [one for one in counted.places if place_key(choice.q) in place_key(names[one.place])]
    rows = in_order(found, names, choice.sort)
    first = (choice.page - 1) * ROWS
    return render(
        request,
        "market/market.html",
        choice=choice,
        counted=counted,
        names=names,
        rows=rows[first : first + ROWS],
        count=len(rows),
        pages=max(1, -(-len(rows) // ROWS)),
        dearest=max((one.median_m2_eur for one in rows if one.median_m2_eur), default=None),
        types=TYPES,
        bedrooms=BEDROOMS,
        enough=ENOUGH,
    )


def name_of(place: str, level: str, language: str) -> str:
    """What a place is called in a language; an unknown one by its code."""
    if level == "municipality":
        return municipality_name(place, language) or place
    return texts(language).gettext(word(level, place))


_COLUMNS: dict[str, Callable[[PlaceFigures], float | None]] = {
    "stock": lambda one: one.stock,
    "price": lambda one: one.median_price_eur,
    "m2": lambda one: one.median_m2_eur,
    "days": lambda one: one.median_days,
    "new": lambda one: one.new_count,
    "drops": lambda one: one.dropped_count / one.stock,
}
_COUNTS = ("stock", "new")


def in_order(places: list[PlaceFigures], names: dict[str | None, str], sort: str) -> list[PlaceFigures]:
    """By a column, by name where it is equal. Medians and shares of too few come last, whichever the direction."""
    column, downwards = sort.removeprefix("-"), sort.startswith("-")
    named = sorted(places, key=lambda one: place_key(names[one.place]), reverse=downwards and column == "name")
    if column == "name":
        return named
    value = _COLUMNS[column]
    ranked = sorted(named, key=lambda one: value(one) or 0, reverse=downwards)
    if column in _COUNTS:
        return ranked
    return sorted(ranked, key=lambda one: value(one) is None or is_thin(one, column))


def is_thin(one: PlaceFigures, column: str) -> bool:
    """Its figure is of too few homes to mean much."""
    return (one.m2_count if column == "m2" else one.stock) < ENOUGH
