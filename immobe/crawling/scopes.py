"""The scope of a crawl: which part of the market to look at, as an operator writes it.

    transaction=sale type=house,apartment province=namur,hainaut price=100000-300000
    postal_code=9000,9040

Keys are separated by blanks or `;`, values by commas. What is not named is not limited.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from immobe.errors import ScopeError
from immobe.geo import locate, postal_codes_of_province
from immobe.items import PropertyType, TransactionType
from immobe.platforms import Platform, SearchScope
from immobe.platforms.search_scope import PROVINCE_NAMES

_EXAMPLE = "for example: transaction=sale type=house,apartment province=namur price=100000-300000"


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the market. Empty tuples and None mean: all of it."""

    transactions: tuple[TransactionType, ...] = ()
    property_types: tuple[PropertyType, ...] = ()
    postal_codes: tuple[str, ...] = ()
    min_price_eur: int | None = None
    max_price_eur: int | None = None

    @property
    def key(self) -> str:
        """The scope as one canonical text: equal for equal scopes.

        >>> parse_scope("type=house,apartment transaction=sale").key
        'transaction=sale type=apartment,house'
        """
        price = f"{self.min_price_eur or ''}-{self.max_price_eur or ''}"
        parts = {
            "transaction": ",".join(sorted(self.transactions)),
            "type": ",".join(sorted(self.property_types)),
            "postal_code": ",".join(sorted(self.postal_codes)),
            "price": "" if price == "-" else price,
        }
        return " ".join(f"{key}={value}" for key, value in parts.items() if value) or "all"

    def searches(self, platform: Platform) -> Iterator[SearchScope]:
        """The searches of a platform that cover the scope; two property types may share one."""
        asked = (
            SearchScope(transaction, word, self.postal_codes, self.min_price_eur, self.max_price_eur)
            for transaction in self.transactions or tuple(TransactionType)
            for property_type in self.property_types or tuple(PropertyType)
            for word in platform.search_types.get(property_type, ())
        )
        yield from dict.fromkeys(search for scope in asked for search in platform.searchable(scope))


def parse_scope(text: str) -> Scope:
    """The scope that a text describes; an empty text is the whole market. Raises ScopeError, saying what is wrong.

    >>> parse_scope("postal_code=9000; price=-250000").max_price_eur
    250000
    """
    given: dict[str, str] = {}
    for part in re.split(r"[;\s]+", text.strip()):
        if not part or part == "all":
            continue
        key, separator, value = part.partition("=")
        if not separator or not value:
            raise ScopeError(f"scope: {part!r} is no key=value; {_EXAMPLE}")
        if key not in ("transaction", "type", "postal_code", "province", "price"):
            raise ScopeError(f"scope: unknown key {key!r}; there are transaction, type, postal_code, province, price")
        if key in given:
            raise ScopeError(f"scope: {key} is given twice; write its values with commas")
        if not value.strip(","):
            raise ScopeError(f"scope: {key} has no value; {_EXAMPLE}")
        given[key] = value
    low, high = _price_band(given.get("price", "-"))
    return Scope(
        tuple(TransactionType(v) for v in _members(given, "transaction", tuple(TransactionType))),
        tuple(PropertyType(v) for v in _members(given, "type", tuple(PropertyType))),
        _postal_codes(given),
        low,
        high,
    )


def _values(given: dict[str, str], key: str) -> tuple[str, ...]:
    return tuple(v for v in given.get(key, "").split(",") if v)


def _members(given: dict[str, str], key: str, known: tuple[str, ...]) -> tuple[str, ...]:
    values = _values(given, key)
    for value in values:
        if value not in known:
            raise ScopeError(f"scope: unknown {key} {value!r}; there are {', '.join(known)}")
    return values


def _postal_codes(given: dict[str, str]) -> tuple[str, ...]:
    codes = _values(given, "postal_code")
    for code in codes:
        if locate(code) is None:
            raise ScopeError(f"scope: {code!r} is no Belgian postal code")
    provinces = _members(given, "province", PROVINCE_NAMES)
    return tuple(sorted({*codes, *(code for name in provinces for code in postal_codes_of_province(name))}))


def _price_band(text: str) -> tuple[int | None, int | None]:
    band = re.fullmatch(r"(\d{0,9})-(\d{0,9})", text)
    if band is None:
        raise ScopeError(f"scope: price={text!r} is no band; for example price=100000-300000, price=-250000")
    low, high = (int(t) if t else None for t in band.groups())
    if high == 0:
        raise ScopeError(f"scope: price={text!r} leaves nothing")
    if low is not None and high is not None and low > high:
        raise ScopeError(f"scope: price={text!r} has its minimum above its maximum")
    return low, high
