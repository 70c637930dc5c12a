"""What a search of listings asks for, in the one form that addresses, saved searches, feeds and exports share.

Each filter is declared once: its name as a URL parameter, the values it takes, and the condition that it makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from urllib.parse import parse_qs, urlencode

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import ColumnElement, Select

from immobe.items import (
    Condition,
    EpcLabel,
    HeatingType,
    MarketStatus,
    PropertySubtype,
    PropertyType,
    Region,
    SaleMethod,
    SellerType,
    Stage,
    TransactionType,
)
from immobe.storage import search_conditions as where
from immobe.storage.search_conditions import LISTINGS, Where
from immobe.storage.search_values import (
    BoxText,
    Count,
    Days,
    Energy,
    Euro,
    Moment,
    Name,
    Nis,
    PostalCode,
    Recently,
    RingText,
    SquareMetres,
    Words,
    Year,
)

_MOST = 200


def _several(
    description: str | None = None, *, among: list[Any] | None = None, examples: list[Any] | None = None
) -> Any:
    return Field(among or [], max_length=_MOST, description=description, examples=examples)


class SearchTerms(BaseModel):
    """Which listings. A parameter that is given several times means any of its values; bounds are included.

    Without `stage`, those on the market. An empty value counts as none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: Annotated[Words | None, where.has_words()] = Field(
        None,
        description="Words of street, place, postal code, reference, the platform's id, or seller; all must be found.",
        examples=["rue haute bruxelles"],
    )
    platform: Annotated[list[Name], where.any_of(LISTINGS.platform)] = _several(examples=[["immoweb"]])
    transaction_type: Annotated[list[TransactionType], where.any_of(LISTINGS.transaction_type)] = _several()
    sale_method: Annotated[list[SaleMethod], where.any_of(LISTINGS.sale_method)] = _several()
    property_type: Annotated[list[PropertyType], where.any_of(LISTINGS.property_type)] = _several()
    property_subtype: Annotated[list[PropertySubtype], where.any_of(LISTINGS.property_subtype)] = _several()
    postal_code: Annotated[list[PostalCode], where.any_of(LISTINGS.postal_code)] = _several(examples=[["9000", "9040"]])
    municipality_nis: Annotated[list[Nis], where.any_of(LISTINGS.municipality_nis)] = _several("REFNIS codes.")
    province: Annotated[list[Name], where.any_of(where.PROVINCE)] = _several(
        "`brussels`, which has none, counts as one."
    )
    region: Annotated[list[Region], where.any_of(LISTINGS.region)] = _several()
    epc_label: Annotated[list[EpcLabel], where.any_of(LISTINGS.epc_label)] = _several()
    condition: Annotated[list[Condition], where.any_of(LISTINGS.condition)] = _several()
    heating_type: Annotated[list[HeatingType], where.any_of(LISTINGS.heating_type)] = _several()
    seller_type: Annotated[list[SellerType], where.any_of(LISTINGS.seller_type)] = _several()
    status: Annotated[list[MarketStatus], where.any_of(LISTINGS.status)] = _several()
    stage: Annotated[list[Stage], where.any_of(LISTINGS.stage)] = _several(
        "How far we are with the advert.", among=[Stage.SCRAPED]
    )
    min_price_eur: Annotated[Euro | None, where.price_at_least()] = Field(
        None, description="A project counts when some of its prices are within."
    )
    max_price_eur: Annotated[Euro | None, where.price_at_most()] = None
    min_price_per_m2_eur: Annotated[Euro | None, where.at_least(where.PRICE_PER_M2_EUR)] = None
    max_price_per_m2_eur: Annotated[Euro | None, where.at_most(where.PRICE_PER_M2_EUR)] = None
    min_bedroom_count: Annotated[Count | None, where.at_least(LISTINGS.bedroom_count)] = None
    max_bedroom_count: Annotated[Count | None, where.at_most(LISTINGS.bedroom_count)] = None
    min_living_area_m2: Annotated[SquareMetres | None, where.at_least(LISTINGS.living_area_m2)] = None
    max_living_area_m2: Annotated[SquareMetres | None, where.at_most(LISTINGS.living_area_m2)] = None
    min_land_area_m2: Annotated[SquareMetres | None, where.at_least(LISTINGS.land_area_m2)] = None
    max_land_area_m2: Annotated[SquareMetres | None, where.at_most(LISTINGS.land_area_m2)] = None
    min_epc_kwh_m2_year: Annotated[Energy | None, where.at_least(LISTINGS.epc_kwh_m2_year)] = None
    max_epc_kwh_m2_year: Annotated[Energy | None, where.at_most(LISTINGS.epc_kwh_m2_year)] = None
    min_construction_year: Annotated[Year | None, where.at_least(LISTINGS.construction_year)] = None
    max_construction_year: Annotated[Year | None, where.at_most(LISTINGS.construction_year)] = None
    min_days_on_market: Annotated[Days | None, where.at_least(where.DAYS_ON_MARKET)] = None
    max_days_on_market: Annotated[Days | None, where.days_at_most()] = None
    has_garden: Annotated[bool | None, where.equal(LISTINGS.has_garden)] = None
    has_terrace: Annotated[bool | None, where.equal(LISTINGS.has_terrace)] = None
    has_garage: Annotated[bool | None, where.equal(LISTINGS.has_garage)] = None
    has_lift: Annotated[bool | None, where.equal(LISTINGS.has_lift)] = None
    has_cellar: Annotated[bool | None, where.equal(LISTINGS.has_cellar)] = None
    has_swimming_pool: Annotated[bool | None, where.equal(LISTINGS.has_swimming_pool)] = None
    has_solar_panels: Annotated[bool | None, where.equal(LISTINGS.has_solar_panels)] = None
    has_heat_pump: Annotated[bool | None, where.equal(LISTINGS.has_heat_pump)] = None
    is_furnished: Annotated[bool | None, where.equal(LISTINGS.is_furnished)] = None
    first_seen_since: Annotated[Moment | None, where.at_least(LISTINGS.first_seen_at)] = Field(
        None,
        json_schema_extra={"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "maxLength": 0}]},
    )
    price_dropped: Annotated[Recently | None, where.price_fell()] = Field(
        None, description="The price fell within so many days."
    )
    back_on_market: Annotated[Recently | None, where.came_back()] = Field(
        None, description="It came back within so many days, after it had gone."
    )
    bbox: Annotated[BoxText | None, where.in_box()] = Field(
        None, description="west,south,east,north (WGS 84).", examples=["4.3,50.8,4.5,50.9"]
    )
    polygon: Annotated[RingText | None, where.in_ring()] = Field(
        None,
        description="3 to 100 corners: lon,lat;lon,lat;… (WGS 84). It closes by itself.",
        examples=["4.3,50.8;4.5,50.8;4.5,50.9"],
    )
    one_per_property: bool = Field(
        False, description="Of the adverts of one dwelling that fit, only the cheapest; of equals the oldest."
    )

    @model_validator(mode="before")
    @classmethod
    def _given(cls, values: Any) -> Any:
        """Without what a form left empty."""
        if not isinstance(values, Mapping):
            return values
        lists = {name: [one for one in value if one != ""] for name, value in values.items() if isinstance(value, list)}
        return {
            name: value for name, value in {**values, **lists}.items() if value is not None and value not in ("", [])
        }

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Several values are a set: the same search is spelled the same."""
        for name in SearchTerms.model_fields:
            value = getattr(self, name)
            if isinstance(value, list):
                value[:] = sorted(set(value))
        return self

    def search(self, order: str = "-first_seen_at") -> Search:
        """What to look for, in an order of `immobe.storage.search.ORDERS`."""
        return Search(terms=self, order=order)

    def conditions(self) -> list[ColumnElement[bool]]:
        """What they ask of a row of `listings`."""
        asked = [condition.holds(value) for name, value in self._values() for condition in _conditions(name)]
        return [*asked, where.is_preferred(asked)] if self.one_per_property else asked

    def changed(self, **changes: Any) -> SearchTerms:
        """The same search with other values; None takes a filter away. Raises ValueError."""
        return SearchTerms.model_validate({**dict(self._values()), **changes})

    def query_string(self, **changes: Any) -> str:
        """The one spelling of this search, with other values if given (as in `changed`), as URL parameters.

        >>> SearchTerms(postal_code=["9000", "1000"], max_price_eur=Decimal("3E5")).query_string(min_bedroom_count=2)
        'postal_code=1000&postal_code=9000&max_price_eur=300000&min_bedroom_count=2'
        """
        fields, terms = SearchTerms.model_fields, self.changed(**changes)
        given = [(name, value) for name, value in terms._values() if value != fields[name].default]
        return urlencode([(name, _spelled(value)) for name, value in given], doseq=True, safe=",;")

    @classmethod
    def from_query_string(cls, text: str) -> Self:
        """What `query_string` or a form has written. Raises ValueError for what is no search.

        >>> SearchTerms.from_query_string("?min_price_eur=&platform=zimmo").platform
        ['zimmo']
        """
        given = parse_qs(text.removeprefix("?"), keep_blank_values=True, max_num_fields=1000)
        listed = {name for name, field in cls.model_fields.items() if isinstance(field.default, list)}
        return cls.model_validate({name: each if name in listed else each[-1] for name, each in given.items()})

    def _values(self) -> Iterator[tuple[str, Any]]:
        """Filters that have a value, in the order of their declaration."""
        for name in SearchTerms.model_fields:
            value = getattr(self, name)
            if value is not None and value != []:
                yield name, value


def _conditions(name: str) -> list[Where]:
    return [part for part in SearchTerms.model_fields[name].metadata if isinstance(part, Where)]


def _spelled(value: Any) -> Any:
    if isinstance(value, list):
        return [str(one) for one in value]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat()
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which listings, in which order: one of `immobe.storage.search.ORDERS`, downwards with a `-` before it."""

    terms: SearchTerms = field(default_factory=SearchTerms)
    order: str = "-first_seen_at"

    def narrow(self, query: Select[Any]) -> Select[Any]:
        """`query` with the conditions of the terms."""
        return query.where(*self.terms.conditions())
