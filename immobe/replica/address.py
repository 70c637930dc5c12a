"""Streets, numbers and points, plausible and made up."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, radians, sin, sqrt

from immobe.items import PropertyType, Region
from immobe.replica.chance import Draws
from immobe.replica.core import Core
from immobe.replica.streets import DUTCH, FRENCH, GERMAN, GERMAN_TOWNS

HIDDEN_SHARE = 0.11
_KM_PER_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class Address:
    """All None when the seller hides where it is; the postal code is always told."""

    street: str | None
    house_number: str | None
    box: str | None
    latitude: float | None
    longitude: float | None


HIDDEN = Address(None, None, None, None, None)


def draw_address(draws: Draws, core: Core) -> Address:
    if draws.chance(HIDDEN_SHARE):
        return HIDDEN
    place = core.place
    # The square root spreads points evenly over the circle.
    distance_km, angle = place.radius_km * sqrt(draws.unit()), 2 * pi * draws.unit()
    north = distance_km * sin(angle) / _KM_PER_DEGREE
    east = distance_km * cos(angle) / (_KM_PER_DEGREE * cos(radians(place.latitude)))
    has_box = core.kind.property_type is PropertyType.APARTMENT and draws.chance(0.6)
    return Address(
        street=draws.pick(_streets(draws, core)),
        house_number=f"{draws.between(1, 240)}{draws.pick(('', '', '', '', '', 'A', 'B'))}",
        box=draws.pick(("1", "2", "3", "4", "0101", "0202", "302", "B1")) if has_box else None,
        latitude=round(place.latitude + north, 7),
        longitude=round(place.longitude + east, 7),
    )


def _streets(draws: Draws, core: Core) -> tuple[str, ...]:
    place = core.place
    if place.municipality_nis in GERMAN_TOWNS:
        return GERMAN
    if place.region is Region.BRUSSELS:
        return FRENCH if draws.chance(0.8) else DUTCH
    return DUTCH if place.region is Region.FLANDERS else FRENCH
