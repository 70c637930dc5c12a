"""One list of search pages: what to look for, as a value that travels with a request and comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from immobe.geo import PROVINCES, postal_codes_of_province

PROVINCE_NAMES = (*PROVINCES.values(), "brussels")
# Where a band of prices is first divided, in euro; beyond, each step is four times as dear.
_FIRST_PRICE = {"sale": 250_000, "rent": 1_000}
_STEP = 4
_FITS_AGAIN = 0.7


@dataclass(frozen=True, slots=True)
class SearchScope:
    """What to look for. Prices in euro, both bounds included; empty means everything."""

    transaction: str
    property_type: str
    """The portal's own word."""
    postal_codes: tuple[str, ...] = ()
    min_price_eur: int | None = None
    max_price_eur: int | None = None

    @property
    def province(self) -> str | None:
        """The province (or `brussels`) whose postal codes are exactly these, for portals that search by province."""
        return _province_of(self.postal_codes)

    @property
    def within_province(self) -> str | None:
        """The province (or `brussels`) that holds all of these postal codes."""
        held = {_province_by_code().get(code) for code in self.postal_codes}
        return held.pop() if len(held) == 1 else None

    @property
    def key(self) -> str:
        """The scope as one text, equal for equal scopes.

        >>> SearchScope("sale", "house", postal_codes_of_province("namur"), None, 250_000).key
        'sale house namur -250000'
        >>> SearchScope("rent", "flat").key
        'rent flat - -'
        """
        where = self.province or ",".join(self.postal_codes) or "-"
        return f"{self.transaction} {self.property_type} {where} {self.min_price_eur or ''}-{self.max_price_eur or ''}"

    @classmethod
    def from_key(cls, key: str) -> SearchScope:
        """The scope of a key. Raises ValueError for any other text.

        >>> SearchScope.from_key("rent flat 9000,9040 500-1500").postal_codes
        ('9000', '9040')
        """
        transaction, property_type, where, price = key.split(" ")
        codes = postal_codes_of_province(where) if where in PROVINCE_NAMES else tuple(where.split(","))
        low, high = (int(bound) if bound else None for bound in price.split("-"))
        return cls(transaction, property_type, () if where == "-" else codes, low, high)

    def parts(self) -> tuple[SearchScope, ...]:
        """The same scope in smaller pieces, always the same ones; () when it cannot be divided further.

        First the provinces, then halves of the postal codes, then bands of prices. A price on request is within no
        band: of a single postal code too large for one search, those adverts are found only while they are new.
        """
        if not self.postal_codes:
            return tuple(replace(self, postal_codes=postal_codes_of_province(name)) for name in PROVINCE_NAMES)
        if len(self.postal_codes) > 1:
            codes, middle = self.postal_codes, len(self.postal_codes) // 2
            return replace(self, postal_codes=codes[:middle]), replace(self, postal_codes=codes[middle:])
        low, high = self.min_price_eur or 0, self.max_price_eur
        middle = self._middle_price(low, high)
        if high is not None and middle >= high:
            return ()
        return replace(self, max_price_eur=middle), replace(self, min_price_eur=middle + 1)

    def _middle_price(self, low: int, high: int | None) -> int:
        first = _FIRST_PRICE[self.transaction]
        if high is None:
            return first if low <= first else low * _STEP
        return first if low < first < high else (low + high) // 2


def divided(scope: SearchScope, totals: Mapping[str, int | None], limit: int) -> list[SearchScope]:
    """The searches to begin with, given what was seen before: `totals` are {key: results of a search that fitted}.

    A search that was divided is divided again, without asking for it first, unless its parts have become so few that
    they would fit into it (below 0.7 of `limit`); what was never seen begins whole. `totals` holds None for a search
    that did not fit.
    """
    if totals.get(scope.key, 0) is not None:
        return [scope]
    parts = [leaf for part in scope.parts() for leaf in divided(part, totals, limit)]
    together: int | None = 0
    for part in parts:
        known = totals.get(part.key)
        together = None if together is None or known is None else together + known
    return [scope] if not parts or (together is not None and together < _FITS_AGAIN * limit) else parts


@cache
def _province_of(postal_codes: tuple[str, ...]) -> str | None:
    name = _province_by_code().get(postal_codes[0]) if postal_codes else None
    return name if name and postal_codes_of_province(name) == postal_codes else None


@cache
def _province_by_code() -> dict[str, str]:
    return {code: name for name in PROVINCE_NAMES for code in postal_codes_of_province(name)}
