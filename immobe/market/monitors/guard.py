"""Watches fields while pages come. From the moment a field is found broken, what it says is doubted.

Nulls of a field that the platform's adverts usually fill then prove nothing and do not replace what is stored; numbers
that lie a factor from all that is usual are refused, and kept as found. The first pages, which gave the alarm, are
stored as they came: see docs/monitors.md for what becomes of them.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from immobe.items import Listing, ListingKind, MappedListing
from immobe.market.monitors.findings import FILL_RATE, VALUES, Finding, Key, figure, percent
from immobe.market.monitors.judging import DEVIATIONS, FILLED, MEDIAN
from immobe.market.monitors.tally import BINS, FIELDS, NUMBERS, bin_of, is_filled, kind_of, number_in
from immobe.market.monitors.usual import History, Usual

_WINDOW, _FIRST = 40, 10
"""Adverts looked back on, and with how many it begins."""
_LEAST_DROP = 0.4
_VALUES, _MOST_STRANGE = 10, 8  # of so many values in a row, so many must be strange
_STRANGE = math.log(8) * BINS


class Guard:
    """For one process's run. `broken`: keys of alerts that are open from earlier runs, doubted from the first page."""

    def __init__(self, history: History, broken: Collection[Key] = ()) -> None:
        rates = {f: history.usual(Key(FILL_RATE, f, FILLED)) for f in FIELDS}
        medians = {f: history.usual(Key(VALUES, f, MEDIAN)) for f in NUMBERS}
        self._fill = {f: _FillWatch(f, usual) for f, usual in rates.items() if usual is not None}
        self._values = {f: _ValueWatch(f, usual) for f, usual in medians.items() if usual is not None}
        self._no_nulls = {key.field for key in broken if key.monitor == FILL_RATE}
        self._no_strangers = {key.field for key in broken if key.monitor == VALUES and key.measure == MEDIAN}

    def notice(self, listing: Listing) -> Iterator[Finding]:
        """Takes note of a validated record; yields what is found broken by it, each once."""
        if listing.listing_kind == ListingKind.UNIT:
            return
        kind = kind_of(listing)
        for name, watch in self._fill.items():
            found = watch.add(kind, is_filled(getattr(listing, name)))
            if found and name not in self._no_nulls:
                self._no_nulls.add(name)
                yield Finding(Key(FILL_RATE, name, FILLED), *found)
        for name, values in self._values.items():
            strange = values.add(kind, getattr(listing, name))
            if strange and name not in self._no_strangers:
                self._no_strangers.add(name)
                yield Finding(Key(VALUES, name, MEDIAN), *strange)

    def doubting(self, record: MappedListing) -> MappedListing:
        """The record, with `rejected:` reasons for what must not replace a stored value."""
        listing = record.listing
        nulls = {name for name in self._no_nulls if not is_filled(getattr(listing, name))}
        kind = kind_of(listing)
        strange = {
            name
            for name in self._no_strangers
            if name in self._values and not self._values[name].is_usual(kind, getattr(listing, name))
        }
        return doubted(record, nulls, strange)


NULL_IN_DOUBT, VALUE_IN_DOUBT = f"rejected:{FILL_RATE}", f"rejected:{VALUES}"
"""Reasons in `missing` and `doubted`."""


def still_doubted(record: MappedListing, doubts: Mapping[str, str], *, same_mapper: bool) -> MappedListing:
    """A stored object that is mapped again, with the doubts under which it was stored.

    Its nulls are doubted as before; the values that were strange are believed when another mapper has read them.
    """
    ours = {name: why for name, why in doubts.items() if why in (NULL_IN_DOUBT, VALUE_IN_DOUBT)}
    filled = {name for name in ours if is_filled(getattr(record.listing, name))}
    strange = {name for name in filled if same_mapper and ours[name] == VALUE_IN_DOUBT}
    return doubted(record, ours.keys() - filled, strange)


def doubted(record: MappedListing, nulls: Collection[str], strange: Collection[str] = ()) -> MappedListing:
    """The record with these nulls marked as none of the advert's, and these values taken out and kept as found."""
    if not nulls and not strange:
        return record
    listing = record.listing
    reasons = dict.fromkeys(nulls, NULL_IN_DOUBT) | dict.fromkeys(strange, VALUE_IN_DOUBT)
    # Why a field is null is not forgotten when the page itself said it better.
    missing = reasons | {n: why for n, why in listing.missing.items() if why.startswith("rejected:")}
    raw = {name: str(getattr(listing, name)) for name in strange} | listing.raw
    update = dict.fromkeys(strange) | {"missing": {**listing.missing, **missing}, "raw": raw}
    return replace(record, listing=listing.model_copy(update=update))


class _FillWatch:
    """One field's share among the latest adverts, against the usual share of adverts of their kinds."""

    def __init__(self, name: str, usual: Usual) -> None:
        self._name, self._usual = name, usual
        self._latest: deque[tuple[float, bool]] = deque()
        self._expected, self._variance, self._found = 0.0, 0.0, 0

    def add(self, kind: str, filled: bool) -> tuple[str, str] | None:
        """(usual share, share now) when the field is broken."""
        rate = self._usual.fill_rate(kind, self._name)
        if rate is None:
            return None
        self._latest.append((rate, filled))
        self._weigh(rate, filled, 1)
        if len(self._latest) > _WINDOW:
            self._weigh(*self._latest.popleft(), -1)
        count, drop = len(self._latest), self._expected - self._found
        if filled or count < _FIRST or drop <= _LEAST_DROP * count or drop**2 <= DEVIATIONS**2 * self._variance:
            return None
        return percent(self._expected / count), percent(self._found / count)

    def _weigh(self, rate: float, filled: bool, sign: int) -> None:
        self._expected += sign * rate
        self._variance += sign * rate * (1 - rate)
        self._found += sign * filled


class _ValueWatch:
    """One number's distance from the usual median of adverts of its kind."""

    def __init__(self, name: str, usual: Usual) -> None:
        self._name, self._usual = name, usual
        self._latest: deque[bool] = deque(maxlen=_VALUES)

    def add(self, kind: str, value: Decimal | int | None) -> tuple[str, str] | None:
        """(usual, found) when nearly all of the latest values are strange."""
        middle = self._usual.median_bin(kind, self._name)
        if middle is None or value is None or value <= 0:
            return None
        self._latest.append(not self.is_usual(kind, value))
        if sum(self._latest) < _MOST_STRANGE:
            return None
        return f"{figure(number_in(middle))} ({kind})", f"{figure(float(value))} ({kind})"

    def is_usual(self, kind: str, value: Decimal | int | None) -> bool:
        """At most eight times the usual, and at least an eighth; a value that cannot be compared is not usual."""
        if value is None:
            return True
        middle = self._usual.median_bin(kind, self._name)
        return middle is not None and value > 0 and abs(bin_of(float(value)) - middle) <= _STRANGE
