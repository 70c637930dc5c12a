"""How pages write numbers, money, days and shares: the filters of templates, each in a locale.

What is not known (None) is written as nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache, partial

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta, get_timezone
from babel.numbers import format_currency, format_decimal, format_percent

BELGIUM = get_timezone("Europe/Brussels")
Number = Decimal | float | None
_KEPT = 20_000  # amounts that adverts have in common; to write one takes a quarter of a millisecond


@lru_cache(_KEPT)
def number(value: Number, *, locale: str) -> str:
    """
    >>> number(Decimal("1234.50"), locale="nl_BE"), number(None, locale="nl_BE")
    ('1.234,5', '')
    """
    return "" if value is None else format_decimal(value, locale=locale)


@lru_cache(_KEPT)
def euro(value: Number, *, locale: str) -> str:
    """Whole euro.

    >>> euro(295000, locale="nl_BE").replace("\\xa0", " "), euro(None, locale="nl_BE")
    ('€ 295.000', '')
    """
    return "" if value is None else format_currency(value, "EUR", _whole(locale), locale=locale, currency_digits=False)


def euro_per_m2(value: Number, *, locale: str) -> str:
    """
    >>> euro_per_m2(2950, locale="nl_BE").replace("\\xa0", " ")
    '€ 2.950/m²'
    """
    return "" if value is None else f"{euro(value, locale=locale)}/m²"


def m2(value: Number, *, locale: str) -> str:
    """
    >>> m2(Decimal("148.0"), locale="fr_BE").replace("\\xa0", " ")
    '148 m²'
    """
    return "" if value is None else f"{number(round(value), locale=locale)}\xa0m²"


def percent(value: Number, *, locale: str) -> str:
    """A share (1 is all) in whole per cent.

    >>> percent(-0.062, locale="nl_BE")
    '-6%'
    """
    return "" if value is None else format_percent(value, locale=locale)


@cache
def _whole(locale: str) -> str:
    """The locale's pattern for money, without cents."""
    pattern: str = Locale.parse(locale).currency_formats["standard"].pattern
    return pattern.replace(".00", "")


def day(value: date | datetime | None, *, locale: str) -> str:
    """The date in Belgium, as in `24 nov. 2026`."""
    if isinstance(value, datetime):
        value = value.astimezone(BELGIUM).date()
    return "" if value is None else format_date(value, "medium", locale=locale)


def moment(value: datetime | None, *, locale: str) -> str:
    """Date and time in Belgium."""
    return "" if value is None else format_datetime(value, "short", tzinfo=BELGIUM, locale=locale)


def ago(value: datetime | None, *, locale: str) -> str:
    """How long it is gone, or how long it will last: `3 days ago`, `in 2 hours`."""
    if value is None:
        return ""
    return format_timedelta(value - datetime.now(UTC), add_direction=True, threshold=1, locale=locale)


FILTERS: dict[str, Callable[..., str]] = {
    "number": number,
    "euro": euro,
    "euro_per_m2": euro_per_m2,
    "m2": m2,
    "percent": percent,
    "day": day,
    "moment": moment,
    "ago": ago,
}


def filters(locale: str) -> dict[str, Callable[..., str]]:
    """The filters for one locale."""
    return {name: partial(made, locale=locale) for name, made in FILTERS.items()}
