"""The property itself: rooms, building, grounds, comfort, flood risk. None means that the advert does not say."""

from __future__ import annotations

from dataclasses import dataclass

from immobe.items import Condition, FloodZone, PropertySubtype, PropertyType, Region
from immobe.replica.chance import Draws
from immobe.replica.core import Core

_CONDITIONS = (
    (Condition.GOOD,) * 50
    + (Condition.NEW,) * 16
    + (Condition.TO_RENOVATE,) * 12
    + (Condition.TO_REFRESH,) * 10
    + (Condition.RENOVATED,) * 10
    + (Condition.TO_RESTORE,) * 2
)
_FLOOD_ZONES = (FloodZone.NONE,) * 92 + (FloodZone.POSSIBLE,) * 4 + (FloodZone.RECOGNIZED,) * 2 + tuple(FloodZone)[3:5]
_SCORES = "AAAAAABBCCDD"
_ORIENTATIONS = ("NORTH", "NORTH_EAST", "EAST", "SOUTH_EAST", "SOUTH", "SOUTH_WEST", "WEST", "NORTH_WEST")
_WITH_LAND = (PropertyType.HOUSE, PropertyType.LAND, PropertyType.INDUSTRIAL)


@dataclass(frozen=True, slots=True)
class Building:
    condition: Condition
    """Always known to the market; `states_condition` says whether the advert tells it."""
    states_condition: bool
    construction_year: int | None
    facade_count: int | None
    floor_count: int | None
    floor: int | None
    living_area_m2: int | None
    land_area_m2: int | None
    bathroom_count: int | None
    shower_room_count: int | None
    toilet_count: int | None
    room_count: int | None
    bedroom_areas_m2: tuple[int, ...]
    has_garden: bool | None
    garden_area_m2: int | None
    garden_orientation: str | None
    has_terrace: bool | None
    terrace_area_m2: int | None
    terrace_orientation: str | None
    indoor_parking_count: int | None
    outdoor_parking_count: int | None
    has_lift: bool | None
    has_cellar: bool | None
    has_attic: bool | None
    has_swimming_pool: bool | None
    is_furnished: bool | None
    flood_zone: FloodZone | None
    p_score: str | None
    g_score: str | None
    cadastral_income_eur: int
    """0 is the portals' word for unknown."""


def draw_building(draws: Draws, core: Core) -> Building:
    is_home, property_type = core.kind.is_home, core.kind.property_type
    is_apartment = property_type is PropertyType.APARTMENT
    condition = Condition.NEW if core.is_newly_built else draws.pick(_CONDITIONS)
    bedrooms = core.bedroom_count or 0
    floor_count = draws.between(3, 9) if is_apartment else draws.between(1, 3)
    garden = is_home and draws.chance(0.15 if is_apartment else 0.6)
    terrace = is_home and draws.chance(0.69)
    flemish = core.place.region is Region.FLANDERS
    return Building(
        condition=condition,
        states_condition=property_type is not PropertyType.LAND and draws.chance(0.82),
        construction_year=_draw_year(draws, core, condition),
        facade_count=draws.maybe(0.72, draws.pick((2, 2, 2, 3, 4))) if is_home else None,
        floor_count=draws.maybe(0.48, floor_count) if property_type is not PropertyType.LAND else None,
        floor=_draw_floor(draws, core, floor_count) if is_apartment else None,
        living_area_m2=draws.maybe(0.95, core.area_m2) if is_home else None,
        land_area_m2=_draw_land(draws, core),
        bathroom_count=draws.maybe(0.97, max(1, bedrooms // 3)) if is_home else None,
        shower_room_count=draws.maybe(0.54, draws.pick((0, 0, 1, 1, 2))) if is_home else None,
        toilet_count=draws.maybe(0.88, draws.between(1, 3)) if is_home else None,
        room_count=draws.maybe(0.3, bedrooms + draws.between(1, 5)) if is_home else None,
        bedroom_areas_m2=tuple(draws.between(8, 21) for _ in range(bedrooms)) if draws.chance(0.53) else (),
        has_garden=True if garden else None,
        garden_area_m2=draws.maybe(0.6, draws.between(15, 900)) if garden else None,
        garden_orientation=draws.maybe(0.3, draws.pick(_ORIENTATIONS)) if garden else None,
        has_terrace=True if terrace else None,
        terrace_area_m2=draws.maybe(0.52, draws.between(3, 60)) if terrace else None,
        terrace_orientation=draws.maybe(0.3, draws.pick(_ORIENTATIONS)) if terrace else None,
        indoor_parking_count=draws.maybe(0.3, draws.pick((1, 1, 1, 2, 3))) if is_home else None,
        outdoor_parking_count=draws.maybe(0.27, draws.pick((1, 1, 2, 3))) if is_home else None,
        has_lift=draws.maybe(0.53, is_apartment and draws.chance(0.8)) if is_home else None,
        has_cellar=draws.maybe(0.43, True) if is_home else None,
        has_attic=draws.maybe(0.3, True) if property_type is PropertyType.HOUSE else None,
        has_swimming_pool=draws.maybe(0.37, draws.chance(0.1)) if is_home else None,
        is_furnished=draws.maybe(0.39, draws.chance(0.07)) if is_home else None,
        flood_zone=draws.maybe(0.68, draws.pick(_FLOOD_ZONES)),
        p_score=draws.maybe(0.82, draws.pick(_SCORES)) if flemish else None,
        g_score=draws.maybe(0.82, draws.pick(_SCORES)) if flemish else None,
        cadastral_income_eur=0 if core.is_newly_built or draws.chance(0.45) else draws.between(120, 3200),
    )


def _draw_year(draws: Draws, core: Core, condition: Condition) -> int | None:
    if core.kind.property_type is PropertyType.LAND:
        return None
    if core.is_newly_built:
        return draws.maybe(0.6, draws.between(2024, 2027))
    recent = condition is Condition.NEW
    return draws.maybe(0.68, draws.between(2012, 2024) if recent else 2005 - int(125 * draws.unit() ** 1.5))


def _draw_floor(draws: Draws, core: Core, floor_count: int) -> int | None:
    if core.kind.subtype is PropertySubtype.GROUND_FLOOR:
        return 0
    if core.kind.subtype is PropertySubtype.PENTHOUSE:
        return floor_count
    return draws.maybe(0.95, draws.between(0, floor_count))


def _draw_land(draws: Draws, core: Core) -> int | None:
    """0 is the portals' word for an unknown area."""
    if core.kind.property_type not in _WITH_LAND or core.kind.subtype is PropertySubtype.MIXED_USE_BUILDING:
        return None
    if core.kind.property_type is PropertyType.LAND:
        return core.area_m2
    return 0 if draws.chance(0.12) else round(core.area_m2 * (0.6 + 6 * draws.unit() ** 3))
