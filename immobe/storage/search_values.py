"""The values that a search of listings takes: names, codes, amounts, moments, and pieces of the map."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, WithJsonSchema

from immobe.storage.words import words


@dataclass(frozen=True, slots=True)
class Box:
    """A piece of the map: WGS 84 degrees, bounds included."""

    south: Decimal
    west: Decimal
    north: Decimal
    east: Decimal

    def __str__(self) -> str:
        """As the parameter `bbox` has it."""
        return ",".join(format(edge, "f") for edge in (self.west, self.south, self.east, self.north))


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


def parse_ring(text: str) -> list[tuple[Decimal, Decimal]]:
    """Corners of a polygon: `lon,lat` in degrees with semicolons between; it closes by itself. Raises ValueError.

    >>> len(parse_ring("4.3,50.8;4.5,50.8;4.5,50.9;4.3,50.8"))
    3
    """
    try:
        pairs = [[Decimal(part.strip()) for part in pair.split(",")] for pair in text.split(";")]
        corners = [(longitude, latitude) for longitude, latitude in pairs]
        inside = all(abs(longitude) <= 180 and abs(latitude) <= 90 for longitude, latitude in corners)
    except (ValueError, InvalidOperation):
        raise ValueError("it must be lon,lat;lon,lat;… in degrees, as in 4.3,50.8;4.5,50.8;4.5,50.9") from None
    if not inside:
        raise ValueError("a corner lies outside of the world")
    if len(corners) > 1 and corners[0] == corners[-1]:
        del corners[-1]
    if not 3 <= len(corners) <= 100:
        raise ValueError("a polygon has 3 to 100 corners")
    return corners


def ring_text(corners: list[tuple[Decimal, Decimal]]) -> str:
    """As the parameter `polygon` has it."""
    return ";".join(f"{longitude:f},{latitude:f}" for longitude, latitude in corners)


def _no_number(value: object) -> object:
    """Seconds since 1970 are no moment of the API's document, though pydantic would read them."""
    if isinstance(value, str) and "-" not in value[1:]:
        raise ValueError("it must be a date and time with its zone (RFC 3339)")
    return value


def _within_reach(moment: datetime) -> datetime:
    """In the first and the last year an offset may lead out of the calendar."""
    if not 1900 <= moment.year <= 2999:
        raise ValueError("it must lie between the years 1900 and 2999")
    return moment


def _with_words(text: str) -> str:
    if "\x00" in text or not words(text):
        raise ValueError("it has no word to look for")
    return " ".join(text.split())


Words = Annotated[str, Field(max_length=100), AfterValidator(_with_words)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
PostalCode = Annotated[str, Field(pattern=r"^[1-9][0-9]{3}$")]
Nis = Annotated[str, Field(pattern=r"^[0-9]{5}$")]


def _or_empty(**schema: object) -> WithJsonSchema:
    """Of a parameter that a form leaves empty."""
    return WithJsonSchema({"anyOf": [schema, {"type": "string", "maxLength": 0}]})


Euro = Annotated[
    Decimal, Field(ge=0, le=10**12, allow_inf_nan=False), _or_empty(type="number", minimum=0, maximum=10**12)
]
SquareMetres = Annotated[
    Decimal, Field(ge=0, le=10**9, allow_inf_nan=False), _or_empty(type="number", minimum=0, maximum=10**9)
]
Count = Annotated[int, Field(ge=0, le=1000)]
Days = Annotated[int, Field(ge=0, le=36_500)]
Recently = Annotated[int, Field(ge=1, le=3650, description="Within so many days.")]
Energy = Annotated[int, Field(ge=-1000, le=10_000)]
Year = Annotated[int, Field(ge=1000, le=2999)]
Moment = Annotated[AwareDatetime, BeforeValidator(_no_number), AfterValidator(_within_reach)]
BoxText = Annotated[
    str, Field(max_length=100, json_schema_extra={"format": "bbox"}), AfterValidator(lambda text: str(parse_box(text)))
]
RingText = Annotated[
    str,
    Field(max_length=4000, json_schema_extra={"format": "polygon"}),
    AfterValidator(lambda text: ring_text(parse_ring(text))),
]
