"""Words of an advert's names, compared without case and accents: the same in Python and in PostgreSQL's index."""

from __future__ import annotations

from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, Text, func, literal
from sqlalchemy.sql.base import ReadOnlyColumnCollection

_ACCENTED = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿ"
_PLAIN = "aaaaaaceeeeiiiinooooouuuuyy"
_BETWEEN = "-'’/.,;:()&+_#\""
_FROM, _TO = _ACCENTED + _BETWEEN, _PLAIN + " " * len(_BETWEEN)
_TABLE = str.maketrans(_FROM, _TO)
_NAMES = ("street", "house_number", "postal_code", "locality", "external_reference", "platform_listing_id",
          "seller_name")  # fmt: skip


def words(text: str) -> list[str]:
    """As the stored names are compared.

    >>> words("Braine-l'Alleud, Rue du Théâtre 5")
    ['braine', 'l', 'alleud', 'rue', 'du', 'theatre', '5']
    """
    return text.lower().translate(_TABLE).split()


def names(listings: ReadOnlyColumnCollection[str, Any]) -> ColumnElement[str]:
    """All names of a row, each word after a space. Immutable: an index has the same expression."""
    each = (literal(" ").op("||")(func.coalesce(listings[name], "")) for name in _NAMES)
    joined = reduce(lambda before, after: before.op("||")(after), each)
    return func.translate(func.lower(joined), _FROM, _TO, type_=Text)
