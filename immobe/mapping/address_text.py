"""An address as a page writes it in one line, to its parts."""

from __future__ import annotations

import re

from immobe.mapping.convert import clean
from immobe.mapping.mapper import Draft

# "Stationsstraat 16, 9420 Burst, Erpe-Mere"; "1050 - Ixelles"; the country and the municipality may follow.
_PLACE = re.compile(r"(?:^|[\s,(-])(?:B-?)?(?P<code>[1-9]\d{3})\s*[-–,]?\s+(?P<town>[^\d,()]*[^\W\d_][^\d,()]*)")
_HOUSE = re.compile(
    r"(?P<street>.*?[^\W\d_].*?)[\s,]+(?P<number>\d{1,4}(?:\s?[a-zA-Z]\b)?(?:[-/]\d{1,4}[a-zA-Z]?)?)"
    r"(?:(?:\s*(?:bte|boîte|boite|bus|box|b\.)|\s+/)\s*(?P<box>[\w./+-]{1,8}))?"
)


def parts(line: str) -> dict[str, str]:
    """Street, house number, box, postal code and locality of a line, as far as it has them, by the record's names.

    >>> parts("Stationsstraat 16, 9420 Burst, Erpe-Mere")
    {'street': 'Stationsstraat', 'house_number': '16', 'postal_code': '9420', 'locality': 'Burst'}
    >>> parts("1050 - Ixelles"), parts("Rue de la Loi 16 bte 3, 1000 Bruxelles")["box"], parts("Gent")
    ({'postal_code': '1050', 'locality': 'Ixelles'}, '3', {})
    """
    text = " ".join(clean(line[:300]).split())
    places = list(_PLACE.finditer(text))
    if not places:
        return {}
    place = places[-1]
    before = text[: place.start()].strip(" ,-–(")
    found = {"postal_code": place["code"], "locality": place["town"].strip(" -–")}
    house = _HOUSE.fullmatch(before)
    if house:
        box = {"box": house["box"]} if house["box"] else {}
        return {"street": house["street"].strip(" ,"), "house_number": house["number"].strip(), **box, **found}
    return {"street": before, **found} if any(map(str.isalpha, before)) else found


def address(draft: Draft, *at: str) -> None:
    """Sets the parts of the first of these paths that holds an address line with a postal code."""
    for path in at:
        line = draft.find(path)
        found = parts(line) if isinstance(line, str) else {}
        if found:
            for name, value in found.items():
                draft.values.setdefault(name, value)
            return
