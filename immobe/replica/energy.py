"""Energy certificates on each region's own scale, and what heats the home."""

from __future__ import annotations

from dataclasses import dataclass

from immobe.items import Condition, EpcLabel, HeatingType, PropertyType, Region
from immobe.replica.chance import Draws
from immobe.replica.core import Core

# Upper bounds in kWh/m² a year; the last one stands for none. Source: adverts of 2023 to 2026 with label and number.
SCALES: dict[Region, tuple[tuple[int, EpcLabel], ...]] = {
    Region.FLANDERS: (
        (0, EpcLabel.A_PLUS),
        (100, EpcLabel.A),
        (200, EpcLabel.B),
        (300, EpcLabel.C),
        (400, EpcLabel.D),
        (500, EpcLabel.E),
        (2000, EpcLabel.F),
    ),
    Region.WALLONIA: (
        (0, EpcLabel.A_PLUS_PLUS),
        (45, EpcLabel.A_PLUS),
        (85, EpcLabel.A),
        (170, EpcLabel.B),
        (255, EpcLabel.C),
        (340, EpcLabel.D),
        (425, EpcLabel.E),
        (510, EpcLabel.F),
        (2000, EpcLabel.G),
    ),
    Region.BRUSSELS: (
        (45, EpcLabel.A),
        (95, EpcLabel.B),
        (150, EpcLabel.C),
        (210, EpcLabel.D),
        (275, EpcLabel.E),
        (345, EpcLabel.F),
        (2000, EpcLabel.G),
    ),
}
_KWH_BY_CONDITION = {
    Condition.NEW: (70, 170),
    Condition.RENOVATED: (90, 230),
    Condition.GOOD: (130, 420),
    Condition.TO_REFRESH: (220, 560),
    Condition.TO_RENOVATE: (340, 820),
    Condition.TO_RESTORE: (420, 990),
}
_HEATINGS = (HeatingType.GAS,) * 15 + (HeatingType.FUEL_OIL,) * 3 + (HeatingType.ELECTRIC,) * 2
_RARE_HEATINGS = (HeatingType.PELLET, HeatingType.WOOD, HeatingType.ELECTRIC)


@dataclass(frozen=True, slots=True)
class Energy:
    label: EpcLabel | None
    kwh_m2_year: int | None
    yearly_kwh: int | None
    co2_kg_m2_year: int | None
    reference: str | None
    e_level: int | None
    renovation_obligation: bool | None
    heating: HeatingType | None
    has_heat_pump: bool | None
    has_solar_panels: bool | None
    has_thermic_panels: bool | None
    has_double_glazing: bool | None


NO_ENERGY = Energy(*[None] * 12)


def label_of(region: Region, kwh_m2_year: int) -> EpcLabel:
    """The label that a region gives to a consumption.

    >>> [str(label_of(region, 400)) for region in Region]
    ['D', 'E', 'G']
    """
    return next(label for bound, label in SCALES[region] if kwh_m2_year <= bound)


def draw_energy(draws: Draws, core: Core, condition: Condition) -> Energy:
    if core.kind.property_type not in (PropertyType.HOUSE, PropertyType.APARTMENT):
        return NO_ENERGY
    region = core.place.region
    low, high = (12, 78) if core.is_newly_built else _KWH_BY_CONDITION[condition]
    kwh = draws.between(low, high)
    label = label_of(region, kwh)
    states_kwh, states_label = draws.chance(0.8), draws.chance(0.87)
    if core.is_newly_built and region is not Region.BRUSSELS and draws.chance(0.06):
        # It yields more than it uses: the number is zero or less, which adverts leave out.
        label, states_kwh = SCALES[region][0][1], False
    heat_pump = core.is_newly_built and draws.chance(0.6)
    return Energy(
        label=label if states_label else None,
        kwh_m2_year=kwh if states_kwh else None,
        yearly_kwh=draws.maybe(0.24, kwh * core.area_m2) if states_kwh else None,
        co2_kg_m2_year=draws.maybe(0.24, max(1, kwh // 5)) if states_kwh else None,
        reference=draws.maybe(0.75, _draw_reference(draws, region)) if states_label else None,
        e_level=draws.between(5, 35) if core.is_newly_built and region is Region.FLANDERS else None,
        renovation_obligation=_renovation(draws, region, label) if states_label else None,
        heating=draws.maybe(0.7, HeatingType.ELECTRIC if heat_pump else _draw_heating(draws)),
        has_heat_pump=draws.maybe(0.34, heat_pump),
        has_solar_panels=draws.maybe(0.34, draws.chance(0.7 if core.is_newly_built else 0.15)),
        has_thermic_panels=draws.maybe(0.35, draws.chance(0.1)),
        has_double_glazing=draws.maybe(0.79, core.is_newly_built or draws.chance(0.93)),
    )


def _draw_heating(draws: Draws) -> HeatingType:
    return draws.pick(_HEATINGS) if draws.chance(0.97) else draws.pick(_RARE_HEATINGS)


def _renovation(draws: Draws, region: Region, label: EpcLabel) -> bool | None:
    if region is Region.FLANDERS and label in (EpcLabel.E, EpcLabel.F):
        return True
    return draws.maybe(0.5, False)


def _draw_reference(draws: Draws, region: Region) -> str:
    day = f"20{draws.between(17, 25)}{draws.between(1, 12):02d}{draws.between(1, 28):02d}"
    if region is Region.FLANDERS:
        return f"{day}-{draws.between(2_000_000, 3_600_000):010d}-RES-{draws.between(1, 2)}"
    if region is Region.WALLONIA:
        return f"{day}{draws.below(1_000_000):06d}"
    return f"{day}-{draws.between(400_000, 700_000):010d}-{draws.between(1, 12):02d}-{draws.between(1, 9)}"
