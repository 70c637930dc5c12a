"""Text and JSON values to typed values. Pure functions.

Each takes what a page holds and answers the value, or None when the page's value means "unknown" (an empty text, a
sentinel). What it cannot make sense of raises Unconvertible: the mapper then notes `not_parsed` and keeps the text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar
from urllib.parse import urlsplit

from w3lib.html import remove_tags, remove_tags_with_content, replace_entities

Convert = Callable[[object], object]
_Value = TypeVar("_Value")


class Unconvertible(ValueError):  # noqa: N818 - it says what the value is
    """The value is there but cannot be read as what it should be."""


def readable(convert: Callable[[object], _Value | None], value: object) -> _Value | None:
    """The value converted; None when there is none, or when it cannot be read.

    >>> readable(number, "92,5"), readable(number, "many"), readable(number, None)
    (Decimal('92.5'), None, None)
    """
    try:
        return None if value is None else convert(value)
    except Unconvertible:
        return None


_SPACES = re.compile(r"[\s\u00a0\u202f\u2009]+")
_NUMBER = re.compile(r"[-+]?\d[\d.,]*")
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:[.,]\d{3})+")
_DECIMAL = re.compile(r"[-+]?[0-9]+(?:[.,][0-9]+)?")
_MAX_DIGITS = 30


def clean(value: str) -> str:
    """Text that any store takes: no NUL, no lone surrogate, no white space around.

    >>> clean(" a\\x00b\\ud800 ")
    'ab?'
    """
    if not value.isascii():
        value = value.encode("utf-8", "replace").decode()
    return value.replace("\x00", "").strip()


def text(value: object) -> str | None:
    """A text; None when empty.

    >>> text("  Rue Haute "), text(""), text(5421344)
    ('Rue Haute', None, '5421344')
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(number(value))
    if not isinstance(value, str):
        raise Unconvertible(f"not a text: {type(value).__name__}")
    return clean(value) or None


def number(value: object) -> Decimal | None:
    """A number in any Belgian or English spelling, with or without a unit behind it; exact.

    A group of three digits behind a point or comma is thousands, any other is a fraction.

    >>> [str(number(t)) for t in ("299.000 €", "299 000 €", "€299,000", "245000,00", "1,829 m²", "92,5", 12.5)]
    ['299000', '299000', '299000', '245000.00', '1829', '92.5', '12.5']
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Unconvertible(f"not a number: {type(value).__name__}")
    if isinstance(value, int):
        if value.bit_length() > 100:
            raise Unconvertible("a number of absurd length")
        return Decimal(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Unconvertible(f"not a finite number: {value}")
        return Decimal(repr(value))
    return _number_in(value)


def _number_in(value: str) -> Decimal | None:
    compact = _SPACES.sub("", value)
    if not compact:
        return None
    found = _NUMBER.search(compact)
    if found is None or len(found[0]) > _MAX_DIGITS:
        raise Unconvertible("no number in it")
    digits = found[0].rstrip(".,")
    if _GROUPED.fullmatch(digits):
        digits = re.sub("[.,]", "", digits)
    else:
        whole, fraction = re.fullmatch(r"([-+\d.,]*?)(?:[.,](\d+))?", digits).groups()  # type: ignore[union-attr] # always fits
        digits = re.sub("[.,]", "", whole) + (f".{fraction}" if fraction else "")
    try:
        return Decimal(digits)
    except InvalidOperation:
        raise Unconvertible("no number in it") from None


def decimal(value: object) -> Decimal | None:
    """A number without thousands, such as a coordinate: its point or comma is a fraction's, however many digits follow.

    >>> [str(decimal(t)) for t in ("50.850", "4,352", " -0.5 ", 50.85, 4)]
    ['50.850', '4.352', '-0.5', '50.85', '4']
    """
    if not isinstance(value, str):
        return number(value)
    compact = value.strip()
    if compact and not (_DECIMAL.fullmatch(compact) and len(compact) <= _MAX_DIGITS):
        raise Unconvertible("not a decimal number")
    return Decimal(compact.replace(",", ".")) if compact else None


def known(value: object) -> Decimal | None:
    """A number for which the portals write 0 or -1 when they do not know it.

    >>> known(0), known("-1"), known(449000)
    (None, None, Decimal('449000'))
    """
    found = number(value)
    return found if found is not None and found > 0 else None


def whole(value: object) -> int | None:
    """A whole number, 0 included.

    >>> whole(0), whole("3"), whole(2.0)
    (0, 3, 2)
    """
    found = number(value)
    if found is None:
        return None
    if found != found.to_integral_value():
        raise Unconvertible(f"not a whole number: {found}")
    return int(found)


def count(value: object) -> int | None:
    """A whole number of things; the portals write -1 for "some".

    >>> count(0), count(-1)
    (0, None)
    """
    found = whole(value)
    return None if found is None or found < 0 else found


def known_whole(value: object) -> int | None:
    """A whole number; 0 and below mean unknown. A fraction is rounded.

    >>> known_whole(0), known_whole(745), known_whole("123.4")
    (None, 745, 123)
    """
    found = known(value)
    return None if found is None else int(found.to_integral_value()) or None


_AREA_UNITS = {"a": 100, "are": 100, "ares": 100, "aren": 100, "ha": 10_000, "hectare": 10_000, "hectares": 10_000}


def area(value: object) -> Decimal | None:
    """Square metres; ares and hectares are converted; 0 means unknown.

    >>> area(0), area("12 a 50"), area("1,5 ha"), area("2.578m²")
    (None, Decimal('1250'), Decimal('15000.0'), Decimal('2578'))
    """
    if not isinstance(value, str):
        return known(value)
    parts = re.fullmatch(r"\s*([\d.,\s]*\d)\s*([a-zA-Z]+)\.?\s*(\d{1,2})?\s*(?:ca)?\s*", value)
    factor = _AREA_UNITS.get(parts[2].lower()) if parts else None
    if parts is None or factor is None:
        return known(value)
    main = number(parts[1])
    return None if not main else main * factor + int(parts[3] or 0)


_YES = {"true", "yes", "oui", "ja", "1"}
_NO = {"false", "no", "non", "nee", "neen", "nein", "0"}


def flag(value: object) -> bool | None:
    """True or false in a boolean or a word of any of the four languages.

    >>> flag(True), flag("non"), flag("Ja"), flag("inconnu")
    (True, False, True, None)
    """
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        raise Unconvertible(f"not a yes or no: {type(value).__name__}")
    word = value.strip().casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    if word in {"", "inconnu", "onbekend", "unknown"}:
        return None
    raise Unconvertible("not a yes or no")


_ZONE_WITHOUT_COLON = re.compile(r"([+-]\d{2})(\d{2})$")


def timestamp(value: object) -> datetime | None:
    """A moment in UTC, from ISO 8601 (`Z`, `+0000`, `+01:00`, or none = UTC), `dd/mm/yyyy`, or Unix seconds.

    >>> str(timestamp("2023-06-30T06:52:55.913+0000")), str(timestamp("2025-09-21T16:59:20Z"))
    ('2023-06-30 06:52:55.913000+00:00', '2025-09-21 16:59:20+00:00')
    >>> str(timestamp("31/12/2025")), str(timestamp(1700000000))
    ('2025-12-31 00:00:00+00:00', '2023-11-14 22:13:20+00:00')
    """
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        if not isinstance(value, str):
            raise Unconvertible(f"not a date: {type(value).__name__}")
        if not value.strip():
            return None
        return _moment(value.strip()).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Unconvertible(f"not a date: {error}") from None


def _moment(value: str) -> datetime:
    if re.fullmatch(r"\d{1,2}/\d{1,2}/\d{4}", value):
        day, month, year = map(int, value.split("/"))
        return datetime(year, month, day, tzinfo=UTC)
    found = datetime.fromisoformat(_ZONE_WITHOUT_COLON.sub(r"\1:\2", value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def day(value: object) -> date | None:
    """A calendar day, from the same spellings as `timestamp`; the day as written, whatever the zone.

    >>> str(day("2024-12-01")), str(day("2023-07-03T00:00:00.000+0000"))
    ('2024-12-01', '2023-07-03')
    """
    if isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}", value.strip()):
        try:
            return date.fromisoformat(value.strip()[:10])
        except ValueError as error:
            raise Unconvertible(f"not a date: {error}") from None
    moment = timestamp(value)
    return moment.date() if moment else None


# What needs no closer look, as nearly every picture's address.
_PLAIN_ADDRESS = re.compile(r"https?://[a-z0-9.-]*[a-z0-9](?:[/?#]|$)")


def web_url(value: object) -> str | None:
    """An http(s) URL with its scheme in lower case.

    >>> web_url("Https://servisco.be/x"), web_url("")
    ('https://servisco.be/x', None)
    """
    found = text(value)
    if found is None or _PLAIN_ADDRESS.match(found):
        return found
    try:
        parts = urlsplit(found)
        if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
            raise Unconvertible("not a web address")
    except ValueError as error:
        raise Unconvertible(f"not a web address: {error}") from None
    return f"{parts.scheme.lower()}://{found.partition('://')[2]}"


_MAX_IMAGES = 200


def image_urls(value: object) -> list[str]:
    """Web addresses of pictures, each once, without a cache's key; what is no address is left out."""
    if not isinstance(value, list):
        raise Unconvertible("no list of pictures")
    addresses = (readable(web_url, picture) for picture in value[:_MAX_IMAGES])
    return list(dict.fromkeys(address.partition("?cache=")[0] for address in addresses if address))


_BREAK = re.compile(r"<\s*(?:br|/p|/li|/div|/h\d)\b[^>]*>", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\u00a0\u202f]+")
_EMPTY_LINES = re.compile(r"\n\s*\n\s*(?:\n\s*)*")


def plain_text(value: object) -> str | None:
    """A text without markup: breaks become lines, scripts go, entities are resolved. None when it says nothing.

    >>> plain_text("Tr&egrave;s <b>beau</b><br/>bien<script>x()</script>"), plain_text("-")
    ('Très beau\\nbien', None)
    """
    found = text(value)
    if found is None:
        return None
    found = remove_tags(remove_tags_with_content(_BREAK.sub("\n", found), ("script", "style")))
    # Once more: an entity may have hidden a tag.
    found = remove_tags(remove_tags_with_content(replace_entities(found), ("script", "style")))
    found = _EMPTY_LINES.sub("\n\n", _BLANKS.sub(" ", clean(found).replace("\r\n", "\n")))
    found = "\n".join(line.strip() for line in found.splitlines()).strip()
    return found if any(c.isalnum() for c in found) else None
