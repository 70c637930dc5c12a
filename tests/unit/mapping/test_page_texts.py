"""Prices and addresses as pages write them for people."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from immobe.items import PriceKind, SaleMethod, TransactionType
from immobe.mapping import price_text
from immobe.mapping.address_text import parts
from immobe.mapping.mapper import Draft

SALE, RENT = TransactionType.SALE, TransactionType.RENT


def priced(text: str, transaction: TransactionType = SALE) -> Draft:
    draft = Draft({}, values={"transaction_type": transaction})
    price_text.sale_method(draft, text)
    price_text.price(draft, text)
    return draft


@pytest.mark.parametrize(
    ("text", "transaction", "price", "kind"),
    [
        ("€ 559.000,00", SALE, "559000.00", PriceKind.ASKING),
        ("395 000 €", SALE, "395000", PriceKind.ASKING),
        ("à partir de 78.000 €", SALE, "78000", PriceKind.FROM),
        ("vanaf € 250.000", SALE, "250000", PriceKind.FROM),
        ("From €1,250,000", SALE, "1250000", PriceKind.FROM),
        ("1.150 €/mois", RENT, "1150", PriceKind.MONTHLY_RENT),
        ("Prix sur demande", SALE, None, PriceKind.ON_REQUEST),
        ("Prijs o.t.k.", SALE, None, PriceKind.ON_REQUEST),
        ("Prijs op aanvraag", RENT, None, PriceKind.ON_REQUEST),
        ("Zie omschrijving", SALE, None, PriceKind.ON_REQUEST),
        ("Preis auf Anfrage", SALE, None, PriceKind.ON_REQUEST),
        ("0 €", SALE, None, None),
    ],
)
def test_a_price_says_its_kind(text: str, transaction: TransactionType, price: str | None, kind: Any) -> None:
    values = priced(text, transaction).values
    assert (values.get("price_eur"), values.get("price_kind")) == (None if price is None else Decimal(price), kind)


@pytest.mark.parametrize("text", ["125 €/m²", "12.000 € par an", "€ 9.500 / jaar"])
def test_a_figure_of_another_unit_is_not_taken_for_the_price(text: str) -> None:
    draft = priced(text, RENT)
    assert "price_eur" not in draft.values
    assert draft.missing["price_eur"] == "not_parsed"


def test_a_bouquet_is_no_price() -> None:
    draft = priced("Viager : bouquet 55.000 €")
    assert draft.values["sale_method"] is SaleMethod.LIFE_ANNUITY
    assert "price_eur" not in draft.values
    assert draft.raw["price_eur"] == "Viager : bouquet 55.000 €"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("Stationsstraat 16, 9420 Burst, Erpe-Mere", ("Stationsstraat", "16", None, "9420", "Burst")),
        ("Rue de l'Exemple 8 bte 2, 5000 Namur", ("Rue de l'Exemple", "8", "2", "5000", "Namur")),
        ("Rue du 11 Novembre 12A, 1000 Bruxelles", ("Rue du 11 Novembre", "12A", None, "1000", "Bruxelles")),
        ("Chaussée de Wavre 1200, 1160 Auderghem", ("Chaussée de Wavre", "1200", None, "1160", "Auderghem")),
        ("Kerkstraat 3-5 bus B1, B-9000 Gent", ("Kerkstraat", "3-5", "B1", "9000", "Gent")),
        ("Grote Markt, 2000 Antwerpen", ("Grote Markt", None, None, "2000", "Antwerpen")),
        ("1420 Braine-l'Alleud", (None, None, None, "1420", "Braine-l'Alleud")),
        ("1050 - Ixelles", (None, None, None, "1050", "Ixelles")),
        ("Gent", (None, None, None, None, None)),
    ],
)
def test_an_address_line_has_parts(line: str, wanted: tuple[str | None, ...]) -> None:
    found = parts(line)
    assert tuple(found.get(name) for name in ("street", "house_number", "box", "postal_code", "locality")) == wanted
