"""A lot's properties as one home: what the leading one says, and what all of them say together.

A lot is sold as a whole, for one price, so it is one advert. Its leading property is the first home (house or
apartment) in it, else the first that is no garage, else the first. Of the lot's homes, areas and rooms are added up
when every home states them; a value of which there can be one only (year, energy label) is kept when they agree. Plots
are added up over every house and piece of land. A garage beside a home is a fact about the home.
"""

from __future__ import annotations

from typing import Any

from immobe.items import NOT_PARSED, PropertyType
from immobe.mapping import paths
from immobe.mapping.convert import Convert, Unconvertible, area, readable
from immobe.mapping.mapper import Draft, as_found
from immobe.mapping.vocabulary import type_of_word

_HOMES = (PropertyType.HOUSE, PropertyType.APARTMENT)
_WITH_PLOT = (PropertyType.HOUSE, PropertyType.LAND)
# Buildings of several homes, which others report beside the types that all portals have; they are houses here.
_BUILDINGS = ("BUILDING", "MIXED_USE")


def property_type(value: object) -> PropertyType | None:
    """
    >>> property_type("BUILDING"), property_type("PARKING")
    (<PropertyType.HOUSE: 'house'>, <PropertyType.GARAGE: 'garage'>)
    """
    return PropertyType.HOUSE if value in _BUILDINGS else type_of_word(value)


def properties(draft: Draft) -> list[dict[str, Any]]:
    """The properties of the lot; a copy of the object may hold anything."""
    found = draft.find("properties")
    return [value for value in found if isinstance(value, dict)] if isinstance(found, list) else []


def type_of(value: dict[str, Any]) -> PropertyType | None:
    """What a property is: by its code; without one by the first word of its title, as in "Woning te …"."""
    return readable(property_type, stated_type(value))


def stated_type(value: dict[str, Any]) -> Any:
    """The code, else the title's first word that names a type; None when nothing does."""
    if value.get("propertyType") is not None:
        return value["propertyType"]
    titles = value.get("title")
    for title in titles.values() if isinstance(titles, dict) else ():
        word = title.split(" ")[0] if isinstance(title, str) else ""
        if readable(type_of_word, word) is not None:
            return word
    return None


def homes(draft: Draft) -> list[dict[str, Any]]:
    """The houses and apartments of the lot; of a lot without one, its leading property."""
    found = [value for value in properties(draft) if type_of(value) in _HOMES]
    leader = leading(draft)
    return found or ([leader] if leader else [])


def leading(draft: Draft) -> dict[str, Any]:
    """The property that gives the lot its type, address and title; {} for a lot without properties."""
    found = properties(draft)
    return min(found, key=_rank, default={})


def _rank(value: dict[str, Any]) -> int:
    kind = type_of(value)
    return 0 if kind in _HOMES else 2 if kind is PropertyType.GARAGE else 1


def lead(draft: Draft, name: str, convert: Convert, *at: str) -> None:
    """Sets `name` from the leading property."""
    found = paths.first(leading(draft), *at)
    if found is not None:
        draft.put(name, convert, found)


def agreed(draft: Draft, name: str, convert: Convert, *at: str) -> None:
    """Sets `name` when all homes that state it agree; else null, and what was found."""
    found = [value for home in homes(draft) if (value := paths.first(home, *at)) is not None]
    distinct = list(dict.fromkeys(as_found(value) for value in found))
    if len(distinct) == 1:
        draft.put(name, convert, found[0])
    elif distinct:
        draft.missing[name], draft.raw[name] = NOT_PARSED, ", ".join(distinct)[:200]


def added(draft: Draft, name: str, convert: Convert, *at: str) -> None:
    """Sets `name` to the sum over the homes, when each of them states it."""
    _add(draft, name, convert, homes(draft), at)


def added_over_all(draft: Draft, name: str, convert: Convert, *at: str) -> None:
    """Sets `name` to the sum over all properties, when each of them states it."""
    _add(draft, name, convert, properties(draft), at)


def added_plots(draft: Draft, *at: str) -> None:
    """The plots together: of every house and piece of land, and of what else states one."""
    with_plot = [p for p in properties(draft) if type_of(p) in _WITH_PLOT or paths.first(p, *at) is not None]
    _add(draft, "land_area_m2", area, with_plot, at)


def _add(draft: Draft, name: str, convert: Convert, among: list[dict[str, Any]], at: tuple[str, ...]) -> None:
    values: list[Any] = []
    for value in among:
        found = paths.first(value, *at)
        try:
            values.append(None if found is None else convert(found))
        except Unconvertible:
            draft.missing[name], draft.raw[name] = NOT_PARSED, as_found(found)
            return
    if values and None not in values:
        draft.values[name] = sum(values[1:], start=values[0])
