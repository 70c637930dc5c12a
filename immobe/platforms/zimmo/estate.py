"""What objects of the portal's own service tell in lists: rooms, equipment, flood questions, former prices."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from immobe.items import FloodZone
from immobe.mapping import vocabulary
from immobe.mapping.convert import known, readable
from immobe.mapping.mapper import Draft
from immobe.mapping.vocabulary import word_to

_HEATING = word_to(vocabulary.HEATING)
_COUNTED = {"BEDROOM": "bedroom_count", "BATHROOM": "bathroom_count", "TOILET": "toilet_count"}
_PARKED = ("GARAGE", "PARKING")
_AREAS = {"GARDEN": ("has_garden", "garden_area_m2"), "TERRACE": ("has_terrace", "terrace_area_m2")}
_GLAZED_TWICE = ("DOUBLE", "TRIPLE", "HIGH_EFFICIENCY", "SUPER_INSULATING")
# Five questions with yes, no or unknown. Which zone the answers name; the first that fits.
_ZONES = (
    (FloodZone.RECOGNIZED_CIRCUMSCRIBED, ("EFFECTIVELY_VULNERABLE", "DEFINED_FLOOD_AREA")),
    (FloodZone.RECOGNIZED_CIRCUMSCRIBED_WATERSIDE, ("EFFECTIVELY_VULNERABLE", "DEFINED_BANK_AREA")),
    (FloodZone.RECOGNIZED, ("EFFECTIVELY_VULNERABLE",)),
    (FloodZone.POSSIBLE_CIRCUMSCRIBED, ("POSSIBLY_VULNERABLE", "DEFINED_FLOOD_AREA")),
    (FloodZone.POSSIBLE_CIRCUMSCRIBED_WATERSIDE, ("POSSIBLY_VULNERABLE", "DEFINED_BANK_AREA")),
    (FloodZone.POSSIBLE, ("POSSIBLY_VULNERABLE",)),
    (FloodZone.CIRCUMSCRIBED, ("DEFINED_FLOOD_AREA",)),
    (FloodZone.CIRCUMSCRIBED_WATERSIDE, ("DEFINED_BANK_AREA",)),
)


def rooms(draft: Draft) -> None:
    """Rooms are listed one by one; a kind that is not listed is not stated."""
    kinds = [space.get("spaceType") for space in _objects(draft, "estate.layout")]
    for space_type, name in _COUNTED.items():
        if name not in draft.values and space_type in kinds:
            draft.values[name] = kinds.count(space_type)


def equipment(draft: Draft) -> None:
    """Garages, cellars, gardens and terraces are spaces too; heating and glazing are lists of codes."""
    spaces = list(_objects(draft, "estate.layout"))
    kinds = [space.get("spaceType") for space in spaces]
    parked = sum(kinds.count(space_type) for space_type in _PARKED)
    if parked:
        draft.values["parking_count"] = parked
    for space_type, name in (("GARAGE", "has_garage"), ("CELLAR", "has_cellar")):
        if space_type in kinds:
            draft.values[name] = True
    for space_type, (has, size) in _AREAS.items():
        if space_type in kinds:
            draft.values[has] = True
            _set_total(draft, size, [space for space in spaces if space.get("spaceType") == space_type])
        elif size in draft.values:
            draft.values[has] = True
    _heating(draft)
    _glazing(draft)


def _set_total(draft: Draft, name: str, spaces: list[dict[str, Any]]) -> None:
    """The area of all such spaces; unknown when one of them tells none."""
    total = Decimal(0)
    for space in spaces:
        surface = space.get("spaceSurface")
        size = readable(known, surface.get("value")) if isinstance(surface, dict) else None
        if size is None:
            return
        total += size
    draft.values[name] = total


def _heating(draft: Draft) -> None:
    codes = draft.find("estate.heatingGenerationTypes")
    if isinstance(codes, list) and codes:
        if "HEAT_PUMP" in codes:
            draft.values["has_heat_pump"] = True
        if len(codes) == 1:
            draft.put("heating_type", _HEATING, codes[0])


def _glazing(draft: Draft) -> None:
    codes = draft.find("estate.glazing.types")
    if isinstance(codes, list) and codes:
        draft.values["has_double_glazing"] = any(code in _GLAZED_TWICE for code in codes)


def flooding(draft: Draft) -> None:
    """No zone only when both questions about risk are answered no, and none of the others yes."""
    answers = {
        str(answer.get("floodingType")): answer.get("floodingStatus")
        for answer in _objects(draft, "estate.flooding.floodingValues")
    }
    yes = {question for question, answer in answers.items() if answer == "YES"}
    for zone, questions in _ZONES:
        if yes.issuperset(questions):
            draft.values["flood_zone"] = zone
            return
    if not yes and answers.get("EFFECTIVELY_VULNERABLE") == answers.get("POSSIBLY_VULNERABLE") == "NO":
        draft.values["flood_zone"] = FloodZone.NONE


def previous_price(draft: Draft) -> None:
    """The price before the last change that an object tells."""
    changes = [c for c in _objects(draft, "priceHistory") if isinstance(c.get("diff"), dict)]
    if changes:
        last = max(changes, key=lambda change: str(change.get("date")))
        draft.put("previous_price_eur", known, last["diff"].get("before"))


def _objects(draft: Draft, at: str) -> Iterator[dict[str, Any]]:
    found = draft.find(at)
    yield from (value for value in found if isinstance(value, dict)) if isinstance(found, list) else ()
