"""Zimmo's addresses on the web: what a listing's path says, and how a search is asked for.

    /fr/antwerpen-2000/a-vendre/appartement/LJ75K/     a listing, in either language; place, transaction, type, code
    /nl/beernem-8730/te-koop/nieuwbouwproject/1004T93/ a project
    /nl/zoeken/?search=<base64 of JSON>&p=2            a search, filtered as the site's own search form does

As captured from 2020 to September 2026; the filter's keys are those of searches that others published (2023 to 2026).
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from immobe.geo import place_key

HOST = "www.zimmo.be"
CODE = r"[A-Z0-9]{5,8}"
PATH = re.compile(
    r"/(?P<language>fr|nl|en)/(?P<place>[^/]+)/(?P<transaction>a-vendre|te-koop|for-sale|a-louer|te-huur|to-rent|for-rent)"
    rf"/(?P<type>[^/]+)/(?P<id>(?i:{CODE}))/?"
)
_PROJECTS = frozenset(map(place_key, ("nieuwbouwproject", "projet-immobilier", "new-construction-project", "project")))
# Pages are numbered by `p` in searches with a filter, by `pagina` in those of a place.
_SEARCHES = re.compile(r"/(?:nl/zoeken|fr/rechercher|en/search)/?")
_NUMBERS = ("p", "pagina")
_STATUS = {"sale": ["FOR_SALE"], "rent": ["TO_RENT"]}


def path_facts(url: str) -> dict[str, str]:
    """What a listing's URL says: `language`, `place`, `transaction`, `type`, `id` (upper case); {} for any other URL.

    >>> path_facts("https://www.zimmo.be/nl/gent-9000/te-koop/huis/lrzla?search=x")["id"]
    'LRZLA'
    """
    try:
        found = PATH.fullmatch(urlsplit(url).path)
    except ValueError:
        return {}
    return {**found.groupdict(), "id": found["id"].upper()} if found else {}


def is_project(type_word: object) -> bool:
    """Whether the type in a listing's URL is that of a new-build project.

    >>> is_project("projet-immobilier"), is_project("maison")
    (True, False)
    """
    return isinstance(type_word, str) and place_key(type_word) in _PROJECTS


def absolute(url: str | None) -> str | None:
    """A link of a page as a whole URL, without query and trailing slash; None when it is no listing's.

    >>> absolute("/nl/gent-9000/te-koop/huis/LR6DK/?search=x")
    'https://www.zimmo.be/nl/gent-9000/te-koop/huis/LR6DK'
    """
    facts = path_facts(url or "")
    return f"https://{HOST}/{'/'.join(facts.values())}" if facts else None


def search_url(
    transaction: str, category: str, postal_codes: tuple[str, ...], low_eur: int | None, high_eur: int | None
) -> str:
    """The first page of a search, newest adverts first; bounds included, without adverts on request when given."""
    band = {key: bound for key, bound in (("min", low_eur), ("max", high_eur)) if bound is not None}
    wanted: dict[str, Any] = {"status": {"in": _STATUS[transaction]}, "category": {"in": [category]}}
    if postal_codes:
        wanted["postalCode"] = {"in": list(postal_codes)}
    if band:
        wanted["price"] = {"unknown": False, "range": band}
    search = {"filter": wanted, "sorting": [{"type": "DATE", "order": "DESC"}]}
    encoded = base64.b64encode(json.dumps(search, separators=(",", ":")).encode()).decode()
    return f"https://{HOST}/nl/zoeken/?{urlencode({'search': encoded, 'p': 1})}"


def page_number(url: str) -> int:
    """The number of a page of results.

    >>> page_number("https://www.zimmo.be/fr/gent-9000/a-vendre/?pagina=3"), page_number("/nl/zoeken/")
    (3, 1)
    """
    numbers = [value for key, value in _query(url) if key in _NUMBERS and re.fullmatch(r"\d{1,6}", value)]
    return max(1, int(numbers[-1])) if numbers else 1


def page_url(url: str, number: int) -> str:
    """The same search at another page.

    >>> page_url("https://www.zimmo.be/nl/zoeken/?search=e30%3D&p=1#gallery", 2)
    'https://www.zimmo.be/nl/zoeken/?search=e30%3D&p=2'
    """
    parts = urlsplit(url)
    kept = [(key, value) for key, value in _query(url) if key not in _NUMBERS]
    name = _NUMBERS[0] if _SEARCHES.fullmatch(parts.path) else _NUMBERS[1]
    return parts._replace(query=urlencode([*kept, (name, str(number))]), fragment="").geturl()


def _query(url: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        return []
