"""Which places a search asked for, and whether a result lies there.

The portal takes places in the path of a search: `9000-gent`, several with commas, or a whole municipality, `brugge`.
What it does not understand, such as a place of another name or a query parameter, it ignores without a word, and
shows results from all over the country (reported 2026). So each result's place is compared with what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from immobe.geo import place_key
from immobe.geo.towns import slug, town_names, towns_of
from immobe.platforms.immoscoop import urls

# Words for types of property that may follow or precede the places in a search's path.
_NO_PLACES = frozenset({
    "all", "alle", "tout", "huis", "huizen", "woonhuis", "house", "maison", "appartement", "appartementen", "apartment",
    "query", "project", "new-construction", "nieuwbouw",
})  # fmt: skip
_MOST_TOWNS = 12
_CODE = re.compile(r"(?P<code>[1-9]\d{3})-.+")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a search's address asks for; empty: the whole country."""

    postal_codes: frozenset[str]
    towns: frozenset[str]
    """Municipalities, in the letters of `place_key`."""

    def holds(self, postal_code: str | None, *towns: str | None) -> bool | None:
        """Whether a result of that place belongs here; None when its place is not known.

        >>> asked("https://www.immoscoop.be/zoeken/te-koop/brugge").holds("8200", "Sint-Michiels")
        True
        >>> asked("https://www.immoscoop.be/zoeken/te-koop/9000-gent").holds("8200")
        False
        """
        if not self.postal_codes and not self.towns:
            return True
        names = {place_key(town) for town in towns if town}
        if postal_code is None:
            return bool(names & self.towns) or None
        municipality = {place_key(name) for name in town_names(postal_code)}
        return postal_code in self.postal_codes or bool((names | municipality) & self.towns)


def asked(url: str | None) -> Asked:
    """The places in a search's address, those included that do not exist or that stand in its query."""
    parts = urlsplit(url or "")
    segments = parts.path.split("/")
    start = next((n for n, word in enumerate(segments) if word in urls.SALE_WORDS + urls.RENT_WORDS), len(segments))
    names = [name for segment in segments[start + 1 :] for name in segment.split(",")]
    found = [name for name in names if name and name not in _NO_PLACES]
    by_code = [code["code"] for name in found if (code := _CODE.fullmatch(name))]
    in_query = [code for value in parse_qs(parts.query).get("postalCodes", ()) for code in value.split(",")]
    return Asked(
        frozenset({*by_code, *in_query}),
        frozenset(place_key(name) for name in found if not _CODE.fullmatch(name)),
    )


def path_of(codes: Iterable[str]) -> str:
    """The places of a search for these postal codes: whole municipalities by name, parts of one by postal code.

    >>> path_of(("8000", "8200", "8310", "8380")), path_of(("9040",))
    ('brugge', '9040-gent')
    """
    wanted = frozenset(codes)
    names = {
        slug(town) if all_of_it <= wanted else f"{code}-{slug(town)}"
        for code in wanted
        for town, all_of_it in towns_of(code, "nl").items()
    }
    return ",".join(sorted(names))


def parts_of(codes: Iterable[str]) -> list[tuple[str, ...]]:
    """The postal codes in parts that lie in at most twelve municipalities, as many as searches were seen to name.

    >>> [len(part) for part in parts_of(("9000", "9040", "8000"))], len(parts_of(str(n) for n in range(9000, 9999)))
    ([3], 5)
    """
    by_town: dict[str, set[str]] = {}
    for code in codes:
        # A shared postal code goes with the first of its municipalities, so that a part is not divided further.
        for town in list(towns_of(code, "nl"))[:1]:
            by_town.setdefault(town, set()).add(code)
    towns = sorted(by_town)
    parts = (towns[start : start + _MOST_TOWNS] for start in range(0, len(towns), _MOST_TOWNS))
    return [tuple(sorted({code for town in part for code in by_town[town]})) for part in parts]


def outside(cards: Iterable[dict[str, Any]], url: str | None) -> tuple[frozenset[str], str | None]:
    """The ids of the cards that lie elsewhere than asked, and why the walk should end: more than half of them do."""
    places = asked(url)
    answers = {}
    for card in cards:
        address = urls.read(card["url"])
        town = address.town if address else None
        answers[card["platform_listing_id"]] = places.holds(card.get("postal_code"), card.get("locality"), town)
    elsewhere = frozenset(key for key, answer in answers.items() if answer is False)
    known = [answer for answer in answers.values() if answer is not None]
    if 2 * len(elsewhere) <= len(known):
        return elsewhere, None
    return elsewhere, (
        f"{len(elsewhere)} of {len(known)} results lie elsewhere than asked: the portal ignored the place in {url}; "
        "search for the whole municipality instead"
    )
