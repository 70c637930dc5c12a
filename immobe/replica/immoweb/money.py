"""How Immoweb writes prices for people, and the `price` object."""

from __future__ import annotations

from typing import Any

from immobe.items import PriceKind, TransactionType
from immobe.replica.advert import Advert

_LABELS = {
    "sale": {"en": "Price", "fr": "Prix", "nl": "Prijs"},
    "rent": {"en": "Rent", "fr": "Loyer", "nl": "Huur"},
    "range": {"en": "From - to", "fr": "De - à", "nl": "Van - tot"},
    "annuity": {"en": "Lump sum and annuity", "fr": "Bouquet et rente", "nl": "Boeket en rente"},
}
_NOTHING: dict[str, Any] = dict.fromkeys(
    ("mainValue", "alternativeValue", "additionalValue", "oldValue", "minRangeValue", "maxRangeValue")
)


def display(euro: int, language: str) -> str:
    """
    >>> display(449000, "en"), display(449000, "nl")
    ('€449,000', '€ 449.000')
    """
    if language == "en":
        return f"€{euro:,}"
    if language == "fr":
        return f"{euro:,} €".replace(",", "\u00a0")
    return f"€ {euro:,}".replace(",", ".")


def _short(euro: int, language: str) -> str:
    thousands = f"{euro / 1000:.1f}".removesuffix(".0") + "K"
    return {"en": f"€{thousands}", "fr": f"{thousands}&nbsp;€", "nl": f"€&nbsp;{thousands}"}[language]


def price_type(advert: Advert) -> str:
    price = advert.price
    if advert.units:
        return "group_sale"
    if price.annuity_lump_sum is not None:
        return "annuity_monthly_amount" if price.annuity_monthly is not None else "annuity_lump_sum"
    if price.annuity_monthly is not None:
        return "annuity_without_lump_sum"
    return "residential_monthly_rent" if advert.core.transaction is TransactionType.RENT else "residential_sale"


def hides_price(advert: Advert) -> bool:
    """A price on request is told by the flag, or by the lack of a value alone."""
    return advert.price.kind is PriceKind.ON_REQUEST and advert.index % 3 != 0


def hidden_value(advert: Advert) -> int | None:
    """Now and then the object still holds the price that the page hides."""
    return advert.core.first_price_eur if hides_price(advert) and advert.index % 7 == 0 else None


def _values(advert: Advert) -> dict[str, Any]:
    price = advert.price
    if advert.units:
        return _NOTHING | {"minRangeValue": price.lowest, "maxRangeValue": price.highest}
    if price.annuity_lump_sum is not None:
        return _NOTHING | {"mainValue": price.annuity_lump_sum, "additionalValue": price.annuity_monthly}
    if price.annuity_monthly is not None:
        return _NOTHING | {"mainValue": price.annuity_monthly}
    if price.main is None:
        return _NOTHING | {"mainValue": hidden_value(advert)}
    return _NOTHING | {
        "mainValue": price.main,
        "additionalValue": price.monthly_charges,
        "oldValue": price.previous,
    }


def _shown(advert: Advert, language: str) -> tuple[str, str, str]:
    """(main, short and spoken price)"""
    price = advert.price
    if advert.units and price.lowest is not None and price.highest is not None:
        ends = [price.lowest] if price.lowest == price.highest else [price.lowest, price.highest]
        return (
            " - ".join(display(end, language) for end in ends),
            " - ".join(_short(end, language) for end in ends),
            " - ".join(f"{end}€" for end in ends),
        )
    value = price.main or price.annuity_lump_sum or price.annuity_monthly
    if value is None:
        return "", "", ""
    extra = price.monthly_charges or (price.annuity_monthly if price.annuity_lump_sum else None)
    main = display(value, language)
    if extra:
        joined = f" (+ {display(extra, language)})" if price.monthly_charges else f" + {display(extra, language)}"
        return main + joined, _short(value, language), f"{value}€ + {extra}€ per month"
    return main, _short(value, language), f"{value}€"


def _label(advert: Advert, kind: str, language: str) -> str:
    if kind == "group_sale":
        return _LABELS["range"][language]
    if kind.startswith("annuity"):
        return _LABELS["annuity"][language]
    return _LABELS["rent" if advert.core.transaction is TransactionType.RENT else "sale"][language]


def price_object(advert: Advert, language: str) -> dict[str, Any]:
    kind = price_type(advert)
    main, short, spoken = _shown(advert, language)
    old = advert.price.previous
    return {
        "type": kind,
        **_values(advert),
        "mainDisplayPrice": main,
        "HTMLDisplayPrice": f'<span aria-hidden="true">{main}</span>',
        "alternativeDisplayPrice": "",
        "oldDisplayPrice": None if old is None else display(old, language),
        "shortDisplayPrice": short,
        "accessibilityPrice": spoken,
        "label": _label(advert, kind, language),
        "date": None,
        "language": language,
        "hidePrice": hides_price(advert),
    }
