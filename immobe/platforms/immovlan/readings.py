"""Immovlan's values as text: amounts, areas, energy codes, addresses; and how several readings of one fact agree."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import Any

from immobe.items import NOT_PARSED, EpcLabel
from immobe.mapping.convert import Convert, Unconvertible, area, known, readable, text
from immobe.mapping.mapper import Draft, as_found

_MACHINE = re.compile(r"-?\d{1,12}(?:[.,]\d{1,12})?")
_EPC = re.compile(r"(?:Flanders|Wallonia|Brussels)(?P<label>Double|Triple)?(?P<letter>[A-G])(?P<sign>Plus|Minus|\+|-)*")
_NO_EPC = re.compile(r"Unknown\w*|Unknow|None|NotApplicable")
_NUMBER = r"\d+[A-Za-z]{0,2}(?:\s?[-/+&]\s?\d+[A-Za-z]?)*"
_BOX = r"(?=\S*\d)\S{1,8}|[A-Za-z]{1,2}|GLV|RDC|REZ"
_STREET_AND_NUMBER = re.compile(rf"(?P<street>.*?\D)\s+(?P<number>{_NUMBER})")
_ADDRESS = re.compile(rf"{_STREET_AND_NUMBER.pattern}(?:\s+(?P<box>{_BOX}))?")
# Frequent little words, each of one language alone.
_WORDS = {
    "fr": {"le", "les", "des", "et", "avec", "une", "du", "pour", "dans", "au", "sur", "est", "aux", "cette"},
    "nl": {"het", "een", "en", "met", "van", "voor", "op", "aan", "zijn", "naar", "bij", "deze", "te", "tot"},
    "en": {"the", "and", "with", "of", "for", "this", "to", "is", "on", "at", "from", "are", "an", "you"},
    "de": {"der", "die", "das", "und", "mit", "von", "ist", "zu", "auf", "eine", "einer", "im", "dem", "sich"},
}
_CLEAR = 4


def machine_number(value: object) -> Decimal | None:
    """A number as scripts write it: one separator, and it is the decimal one.

    >>> [str(machine_number(v)) for v in ("245000,00", "4.449", 51.5)]
    ['245000.00', '4.449', '51.5']
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Unconvertible(f"not a number: {type(value).__name__}")
    written = str(value).strip()
    if not written:
        return None
    if not _MACHINE.fullmatch(written):
        raise Unconvertible("no number of a script")
    return Decimal(written.replace(",", "."))


def amount(value: object) -> Decimal | None:
    """Euro, as people or scripts write them; 0 is unknown.

    >>> [str(amount(v)) for v in ("From 219\u202f900 €", "1 335 000 €", "356000.00", 245000)]
    ['219900', '1335000', '356000.00', '245000']
    """
    if isinstance(value, str) and not _MACHINE.fullmatch(value.strip()):
        return known(value)
    if isinstance(value, str) and re.fullmatch(r"\d{1,3}\.\d{3}", value.strip()):
        return known(value)  # 12.345 is how people write it; scripts write cents
    found = machine_number(value)
    return found if found is not None and found > 0 else None


def square_metres(value: object) -> Decimal | None:
    """
    >>> square_metres("100 m²"), square_metres("99.70"), square_metres("0")
    (Decimal('100'), Decimal('99.70'), None)
    """
    if isinstance(value, str) and not _MACHINE.fullmatch(value.strip()):
        return area(value)
    found = machine_number(value)
    return found if found is not None and found > 0 else None


def epc_label(value: object) -> EpcLabel | None:
    """From the portal's code of region and label.

    A double A is an A+ (the same page's summary says so, captures of 2026); the signs of Brussels' sub-grades go.

    >>> epc_label("FlandersDoubleA"), epc_label("BrusselsE"), epc_label("UnknownEpc")
    (<EpcLabel.A_PLUS: 'A+'>, <EpcLabel.E: 'E'>, None)
    """
    found = text(value)
    if found is None or _NO_EPC.fullmatch(found):
        return None
    code = _EPC.fullmatch(found)
    if code is None or (code["label"] and code["letter"] != "A"):
        raise Unconvertible("no code of an energy label")
    signs = found.count("+") + found.count("Plus")
    if code["label"] == "Triple" or signs > 1:
        return EpcLabel.A_PLUS_PLUS if code["letter"] == "A" else EpcLabel(code["letter"])
    if code["letter"] == "A" and (code["label"] or signs):
        return EpcLabel.A_PLUS
    return EpcLabel(code["letter"])


def address(full: str, short: str | None = None) -> tuple[str | None, str | None, str | None]:
    """(street, number, box), one behind the other. `short` is the same without its box, when the page tells it.

    >>> address("Zeedijk 435 0501", "Zeedijk 435"), address("Zeedijk 435 0501")
    (('Zeedijk', '435', '0501'), ('Zeedijk', '435', '0501'))
    >>> address("Rue du 11 Novembre 5"), address("Grand-Place"), address("Kerkstraat 20-22 A")
    (('Rue du 11 Novembre', '5', None), ('Grand-Place', None, None), ('Kerkstraat', '20-22', 'A'))
    """
    full = " ".join(full.split())
    if short and full.startswith(short):
        box = full[len(short) :].strip()
        found = _STREET_AND_NUMBER.fullmatch(short)
        if found:
            return found["street"].strip(" ,"), found["number"], box or None
        return short, None, box or None
    found = _ADDRESS.fullmatch(full)
    if found:
        return found["street"].strip(" ,"), found["number"], found["box"]
    return full, None, None


def language_of(found: str, besides: str | None = None) -> str | None:
    """The language that a text is written in, by its little words; None when that is not clear.

    >>> language_of("Dit ruime appartement met terras is gelegen aan het water en te koop", besides="en")
    'nl'
    """
    words = Counter(re.findall(r"[a-zà-ÿ]+", found.casefold()))
    scores = {
        language: sum(words[word] for word in little) for language, little in _WORDS.items() if language != besides
    }
    first, second = sorted(scores, key=lambda language: -scores[language])[:2]
    return first if scores[first] >= _CLEAR and scores[first] >= 2 * scores[second] else None


def settle(
    draft: Draft,
    name: str,
    convert: Convert,
    *found: tuple[str, object],
    tolerance: int = 0,
    is_optional: bool = False,
) -> None:
    """Sets `name` from the first of several (source, value) that can be read; when another differs, `raw` keeps all.

    `tolerance`: numbers this near to each other, or nearer, are the same one, rounded. `is_optional`: what cannot be
    read says nothing, and needs no reason.
    """
    told = [(source, value, readable(convert, value)) for source, value in found if value is not None and value != ""]
    understood = [(source, value, meaning) for source, value, meaning in told if meaning is not None]
    if not understood:
        unclear = [value for _, value, _ in told if _is_unclear(convert, value)]
        if unclear and not is_optional:
            draft.missing[name], draft.raw[name] = NOT_PARSED, as_found(unclear[0])
        return
    draft.put(name, convert, understood[0][1])
    draft.missing.pop(name, None)
    if any(not _same(meaning, understood[0][2], tolerance) for _, _, meaning in understood[1:]):
        draft.raw[name] = as_found("; ".join(f"{source}: {as_found(value)}" for source, value, _ in understood))


def _is_unclear(convert: Convert, value: object) -> bool:
    try:
        convert(value)
    except Unconvertible:
        return True
    return False


def _same(one: Any, other: Any, tolerance: int) -> bool:
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return abs(one - other) <= tolerance
    return bool(one == other)
