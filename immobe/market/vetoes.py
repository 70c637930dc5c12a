"""What makes two adverts different dwellings, whatever else agrees. Only a person's word stands above a veto."""

from __future__ import annotations

from collections.abc import Callable

from immobe.market.comparing import amounts, other_box, other_number, price_gap, same_street
from immobe.market.homes import Home

PRICE_GAP = 0.30
"""Of the greater price."""
UNIT_AREA_GAP = 0.06
"""Of the greater living area: two portals write the area of one home more alike than this."""


def _both_differ(name: str) -> Callable[[Home, Home], bool]:
    def differ(a: Home, b: Home) -> bool:
        first, second = getattr(a, name), getattr(b, name)
        return first is not None and second is not None and first != second

    return differ


def _other_kind(a: Home, b: Home) -> bool:
    """A project is no dwelling; it is the same as another portal's project only."""
    return a.is_project != b.is_project


def _one_project(a: Home, b: Home) -> bool:
    """Different units that one portal names of one project."""
    return a.platform == b.platform and a.project_id is not None and a.project_id == b.project_id


def _neighbours(a: Home, b: Home) -> bool:
    return bool(other_number(a, b)) and same_street(a, b) is not False


def _other_box(a: Home, b: Home) -> bool:
    return bool(other_box(a, b)) and same_street(a, b) is not False


def _price_gap(a: Home, b: Home) -> bool:
    return (price_gap(a, b) or 0) > PRICE_GAP


def _other_unit(a: Home, b: Home) -> bool:
    """New homes beside each other differ in little; what differs then says that they are two."""
    if a.is_project or not (a.is_new_build or b.is_new_build):
        return False
    if a.bedroom_count is not None and b.bedroom_count is not None and a.bedroom_count != b.bedroom_count:
        return True
    return amounts(a.living_area_m2, b.living_area_m2, 0, UNIT_AREA_GAP) == "differs"


VETOES: dict[str, Callable[[Home, Home], bool]] = {
    "other_transaction": _both_differ("transaction_type"),
    "other_type": _both_differ("property_type"),
    "project_and_home": _other_kind,
    "units_of_one_project": _one_project,
    "other_floor": _both_differ("floor"),
    "other_box": _other_box,
    "other_house_number": _neighbours,
    "price_gap": _price_gap,
    "other_unit_of_new_build": _other_unit,
}


def veto(a: Home, b: Home) -> str | None:
    """The first veto that applies, by its name; None when the two may be one dwelling."""
    return next((name for name, applies in VETOES.items() if applies(a, b)), None)
