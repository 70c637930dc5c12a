"""Labels and consumptions agree on each region's own scale."""

import pytest

from immobe.items import EpcLabel, PropertyType, Region
from immobe.replica.advert import advert_on
from immobe.replica.energy import NO_ENERGY, label_of
from immobe.replica.market import Market, MarketDay


@pytest.mark.parametrize(
    ("region", "kwh", "label"),
    [
        (Region.FLANDERS, 100, EpcLabel.A),
        (Region.FLANDERS, 101, EpcLabel.B),
        (Region.FLANDERS, 900, EpcLabel.F),
        (Region.WALLONIA, 45, EpcLabel.A_PLUS),
        (Region.WALLONIA, 511, EpcLabel.G),
        (Region.BRUSSELS, 45, EpcLabel.A),
        (Region.BRUSSELS, 346, EpcLabel.G),
    ],
)
def test_bounds_of_the_scales(region: Region, kwh: int, label: EpcLabel) -> None:
    assert label_of(region, kwh) is label


def test_the_market_keeps_to_the_scales() -> None:
    day = MarketDay(Market(11, 4_000))
    seen: dict[Region, set[EpcLabel]] = {region: set() for region in Region}
    e_levels = 0
    for index in day.present():
        advert = advert_on(day, index)
        energy, region = advert.energy, advert.core.place.region
        if advert.core.kind.property_type not in (PropertyType.HOUSE, PropertyType.APARTMENT):
            assert energy == NO_ENERGY
        if energy.kwh_m2_year is not None:
            assert 1 <= energy.kwh_m2_year <= 2000
            assert energy.label in (None, label_of(region, energy.kwh_m2_year))
        if energy.label:
            seen[region].add(energy.label)
        if energy.e_level is not None:
            e_levels += 1
            assert region is Region.FLANDERS
            assert advert.core.is_newly_built
        if energy.renovation_obligation:
            assert region is Region.FLANDERS
            assert energy.label in (EpcLabel.E, EpcLabel.F)
    assert EpcLabel.G not in seen[Region.FLANDERS]
    assert EpcLabel.A_PLUS_PLUS in seen[Region.WALLONIA]
    assert seen[Region.BRUSSELS] == set("ABCDEFG")
    assert e_levels > 100
