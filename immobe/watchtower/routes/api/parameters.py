"""Parameters of the API that several routes take."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from immobe.items import EpcLabel, MarketStatus, PropertyType, Region, Stage, TransactionType
from immobe.storage.queries import ListingFilter
from immobe.storage.search import Box, Search

Name = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
PostalCode = Annotated[str, Field(pattern=r"^[1-9][0-9]{3}$")]
Euro = Annotated[Decimal, Field(ge=0, le=10**12, allow_inf_nan=False)]
SquareMetres = Annotated[Decimal, Field(ge=0, le=10**9, allow_inf_nan=False)]
_MOST = 200


def _within_reach(moment: datetime) -> datetime:
    """In the first and the last year an offset may lead out of the calendar."""
    if not 1900 <= moment.year <= 2999:
        raise ValueError("it must lie between the years 1900 and 2999")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_within_reach)]


def _box(text: str | None) -> str | None:
    if text is not None:
        parse_box(text)
    return text


def parse_box(text: str) -> Box:
    """West, south, east, north in degrees, with commas between. Raises ValueError.

    >>> parse_box("4.3,50.8,4.5,50.9").north
    Decimal('50.9')
    """
    try:
        west, south, east, north = (Decimal(part.strip()) for part in text.split(","))
        inside = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    except (ValueError, InvalidOperation):
        raise ValueError("it must be west,south,east,north in degrees, as in 4.3,50.8,4.5,50.9") from None
    if not inside:
        raise ValueError("west must not lie east of east, nor south north of north, nor any outside of the world")
    return Box(south, west, north, east)


class ListingParameters(BaseModel):
    """Which listings. A parameter that is given several times means any of its values; bounds are included."""

    model_config = ConfigDict(extra="forbid")

    platform: list[Name] = Field([], max_length=_MOST, examples=[["immoweb"]])
    transaction_type: list[TransactionType] = Field([], max_length=_MOST)
    property_type: list[PropertyType] = Field([], max_length=_MOST)
    postal_code: list[PostalCode] = Field([], max_length=_MOST, examples=[["9000", "9040"]])
    province: list[Name] = Field([], max_length=_MOST, description="`brussels`, which has none, counts as one.")
    region: list[Region] = Field([], max_length=_MOST)
    epc_label: list[EpcLabel] = Field([], max_length=_MOST)
    status: list[MarketStatus] = Field([], max_length=_MOST)
    stage: list[Stage] = Field([Stage.SCRAPED], max_length=_MOST, description="How far we are with the advert.")
    min_price_eur: Euro | None = Field(None, description="A project counts when some of its prices are within.")
    max_price_eur: Euro | None = None
    min_bedroom_count: int | None = Field(None, ge=0, le=1000)
    min_living_area_m2: SquareMetres | None = None
    max_living_area_m2: SquareMetres | None = None
    first_seen_since: Moment | None = None
    bbox: Annotated[str | None, AfterValidator(_box)] = Field(
        None, max_length=100, description="west,south,east,north (WGS 84).", examples=["4.3,50.8,4.5,50.9"]
    )

    def search(self, order: str = "-first_seen_at") -> Search:
        """What to look for."""
        which = ListingFilter(
            platforms=tuple(self.platform),
            transaction_types=tuple(self.transaction_type),
            property_types=tuple(self.property_type),
            postal_codes=tuple(self.postal_code),
            provinces=tuple(self.province),
            regions=tuple(self.region),
            epc_labels=tuple(self.epc_label),
            statuses=tuple(self.status),
            stages=tuple(self.stage),
            min_price_eur=self.min_price_eur,
            max_price_eur=self.max_price_eur,
            min_bedroom_count=self.min_bedroom_count,
            min_living_area_m2=self.min_living_area_m2,
            max_living_area_m2=self.max_living_area_m2,
            first_seen_since=self.first_seen_since,
        )
        return Search(which=which, box=parse_box(self.bbox) if self.bbox else None, order=order)
