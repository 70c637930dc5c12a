"""The small boxes of cards and headers: a number in bold, and what it counts beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from parsel import Selector

from immobe.geo import place_key
from immobe.platforms import html

# Words for what is counted, after `place_key`, singular and plural in one; "m²" stands alone for the living area.
_MEANINGS = (
    ("bedroom_count", ("bedroom", "chambre", "slaapkamer", "schlafzimmer")),
    ("bathroom_count", ("bathroom", "salledebain", "sallesdebain", "badkamer", "badezimmer")),
    ("garage_count", ("garage",)),
    ("garden_area", ("garden", "jardin", "tuin", "garten")),
    ("terrace_area", ("terrace", "terrasse", "terras")),
    ("land_area", ("land", "terrain", "grond", "grundstuck")),
    ("living_area", ("livablesurface", "surfacehabitable", "bewoonbareoppervlakte", "wohnflache")),
    ("unit_count", ("unit", "unite", "eenheid", "eenheden", "einheit")),
)


_RANGE = re.compile(r"\d\D*\s[-–]\s*\d")


def pills(found: Iterable[Selector]) -> dict[str, str]:
    """{our name of a label: text in bold}, `…_range` for two numbers; what nothing is known of is left out.

    >>> pills(Selector(text="<p><strong>3 - 4</strong> Chambre(s)</p><p><strong>95</strong> m²</p>").css("p"))
    {'bedroom_count_range': '3 - 4', 'living_area': '95'}
    """
    told: dict[str, str] = {}
    for pill in found:
        number = html.text_of(pill.css("strong"))
        words = (html.text_of(pill) or "").removeprefix(number or "")
        name = _meaning(words)
        if name and number and re.search(r"\d", number):
            told.setdefault(f"{name}_range" if _RANGE.search(number) else name, number)
    return told


def _meaning(words: str) -> str | None:
    key = place_key(words.replace("(s)", "s"))
    if key in ("m", "m2"):
        return "living_area"
    return next((name for name, meanings in _MEANINGS if key.startswith(meanings)), None)
