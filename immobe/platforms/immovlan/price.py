"""How an Immovlan advert is sold, and for how much."""

from __future__ import annotations

import re

from immobe.items import NOT_PARSED, PriceKind, SaleMethod, TransactionType
from immobe.mapping.convert import flag, known, readable
from immobe.mapping.mapper import Draft, as_found
from immobe.platforms.immovlan import kinds, readings
from immobe.platforms.immovlan.derived import is_project, words_of_address
from immobe.platforms.immovlan.readings import settle

_FROM = re.compile(r"\b(?:from|partir|apd|dès|vanaf|ab)\b|àpd", re.IGNORECASE)
_YEARLY = re.compile(r"/\s*(?:year|an|année|jaar|jahr)\b|\b(?:per year|par an|per jaar|pro jahr)\b", re.IGNORECASE)
_ANNUITY = re.compile(r"\b(?:life annuity|viager|lijfrente|leibrente)\b", re.IGNORECASE)
_CHARGES = re.compile(r"\+\s*([\d\s.,\u00a0\u202f]+)\s*€")


def sale_method(draft: Draft) -> None:
    if draft.values.get("transaction_type") is not TransactionType.SALE:
        return
    told = " ".join(str(draft.find(at) or "") for at in ("header.title", "header.price"))
    said = str(draft.find("data_layer.transaction_type")) + str(draft.find("details.transactionType"))
    if readable(flag, draft.find("labels.life_annuity")) or _ANNUITY.search(told) or "annuity" in said.lower():
        draft.values["sale_method"] = SaleMethod.LIFE_ANNUITY
    elif any(
        kinds.is_public_sale(value)
        for value in (
            draft.find("data_layer.transaction_type"),
            draft.find("details.transactionType"),
            words_of_address(draft)[1],
        )
    ):
        draft.values["sale_method"] = SaleMethod.PUBLIC_AUCTION
    else:
        draft.values["sale_method"] = SaleMethod.PRIVATE_TREATY


def price(draft: Draft) -> None:
    """What the header shows decides. A header without a figure hides the price, whatever the scripts say."""
    shown = draft.find("header.price")
    shown = shown if isinstance(shown, str) else None
    if draft.values.get("sale_method") is SaleMethod.LIFE_ANNUITY:
        draft.read("annuity_lump_sum_eur", known, "labels.annuity_lump_sum")
        draft.read("annuity_monthly_eur", known, "labels.annuity_monthly")
        if shown:
            draft.raw["price_eur"] = as_found(shown)
        return
    if is_project(draft):
        _range(draft, shown)
        return
    if shown is not None and not re.search(r"\d", shown):
        draft.values["price_kind"] = PriceKind.ON_REQUEST
        if shown:
            draft.raw["price_eur"] = as_found(shown)
        return
    if _YEARLY.search(shown or ""):
        # A yearly figure is no monthly rent; no capture shows one.
        draft.missing["price_eur"], draft.raw["price_eur"] = NOT_PARSED, as_found(shown)
        return
    _one_price(draft, shown)


def _one_price(draft: Draft, shown: str | None) -> None:
    settle(
        draft, "price_eur", readings.amount,
        ("header", shown), ("labels", draft.find("labels.price", "labels.rent", "labels.starting_price")),
        ("json_ld", draft.find("linked.price")), ("meta", draft.find("meta.prix")),
        ("data_layer", draft.find("data_layer.price")), ("details", draft.find("details.price")),
        tolerance=1,
    )  # fmt: skip
    rent = draft.values.get("transaction_type") is TransactionType.RENT
    if rent:
        beside = _CHARGES.search(shown or "")
        if draft.read("monthly_charges_eur", known, "labels.monthly_charges") is None and beside:
            draft.put("monthly_charges_eur", known, beside[1])
    if draft.values.get("price_eur") is None:
        if draft.missing.get("price_eur") != NOT_PARSED:
            draft.values["price_kind"] = PriceKind.ON_REQUEST
    elif rent:
        draft.values["price_kind"] = PriceKind.MONTHLY_RENT
    elif draft.values.get("sale_method") is SaleMethod.PUBLIC_AUCTION:
        draft.values["price_kind"] = PriceKind.STARTING_BID
    elif shown is not None or draft.find("layout") != "classic":
        # A classic page tells a floor in its header alone: without one, the kind is not known.
        draft.values["price_kind"] = PriceKind.FROM if _FROM.search(shown or "") else PriceKind.ASKING


def _range(draft: Draft, shown: str | None) -> None:
    """`435 000 € - 465 000 €`; one figure alone is where prices begin."""
    figures = re.findall(r"\d[\d\s.,\u00a0\u202f]*(?=\s*€)|(?<=€)\s*\d[\d\s.,\u00a0\u202f]*", shown or "")
    low, high = (figures[0], figures[-1]) if figures else (None, None)
    for name, figure in (("min", low), ("max", high if len(figures) > 1 else None)):
        settle(
            draft, f"price_{name}_eur", readings.amount,
            ("header", figure), ("data_layer", draft.find(f"data_layer.price_{name}")), tolerance=1,
        )  # fmt: skip
    stated = draft.values.get("price_min_eur") or draft.values.get("price_max_eur")
    draft.values["price_kind"] = PriceKind.FROM if stated else PriceKind.ON_REQUEST
