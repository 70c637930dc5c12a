"""The same home on an English, a French, a Dutch and a German page of ours gives the same record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from immobe.items import Listing
from immobe.parsing import parse_page
from tests.unit.platforms.immovlan_pages import classic, v3

WHEN = datetime(2026, 11, 20, tzinfo=UTC)
LANGUAGES = ("en", "fr", "nl", "de")
ADDRESSES = {
    "en": "https://immovlan.be/en/detail/master-house/for-sale/9000/gent/vzz10001",
    "fr": "https://immovlan.be/fr/detail/maison-de-maitre/a-vendre/9000/gand/vzz10001",
    "nl": "https://immovlan.be/nl/detail/herenhuis/te-koop/9000/gent/vzz10001",
    "de": "https://immovlan.be/de/detail/herrenhaus/zu-verkaufen/9000/gent/vzz10001",
}
# One row a label: its words, then its values, in the order of LANGUAGES.
TABLE: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        ("State of the property", "État du bien", "Staat van het goed", "Zustand"),
        ("To renovate", "À rénover", "Te renoveren", "Zu renovieren"),
    ),
    (
        ("Availability", "Disponibilité du bien", "Beschikbaarheid", "Verfügbarkeit"),
        ("From 01/03/2027", "À partir du 01/03/2027", "Vanaf 01/03/2027", "Ab 01/03/2027"),
    ),
    (("Build Year", "Année de construction", "Bouwjaar", "Baujahr"), ("1931",) * 4),
    (
        ("Number of bedrooms", "Nombre de chambres à coucher", "Aantal slaapkamers", "Anzahl Schlafzimmer"),
        ("4",) * 4,
    ),
    (("Livable surface", "Surface habitable", "Bewoonbare oppervlakte", "Wohnfläche"), ("212 m²",) * 4),
    (("Furnished", "Meublé", "Gemeubeld", "Möbliert"), ("No", "Non", "Nee", "Nein")),
    (("Cellar", "Cave(s)", "Kelder", "Keller"), ("Yes", "Oui", "Ja", "Ja")),
    (("Garage",) * 4, ("Yes", "Oui", "Ja", "Ja")),
    (("Number of garages", "Nombre de garages", "Aantal garages", "Anzahl Garagen"), ("1",) * 4),
    (
        ("Number of bathrooms", "Nombre de salles de bain", "Aantal badkamers", "Anzahl Badezimmer"),
        ("2",) * 4,
    ),
    (("Number of showers", "Nombre de douches", "Aantal douches", "Anzahl Duschen"), ("1",) * 4),
    (("Number of toilets", "Nombre de toilettes", "Aantal toiletten", "Anzahl Toiletten"), ("3",) * 4),
    (
        ("Type of heating", "Type de chauffage", "Type verwarming", "Heizungsart"),
        ("Fuel oil", "Mazout", "Stookolie", "Heizöl"),
    ),
    (
        ("Type of glazing", "Type de vitrage", "Type beglazing", "Verglasung"),
        ("Double glass", "Double vitrage", "Dubbele beglazing", "Doppelverglasung"),
    ),
    (("Heat pump", "Pompe à chaleur", "Warmtepomp", "Wärmepumpe"), ("No", "Non", "Neen", "Nein")),
    (("Elevator", "Ascenseur", "Lift", "Aufzug"), ("No", "Non", "Neen", "Nein")),
    (("Number of floors", "Nombre d'étages", "Aantal verdiepingen", "Anzahl Etagen"), ("3",) * 4),
    (("Number of facades", "Nombre de façades", "Aantal gevels", "Anzahl Fassaden"), ("2",) * 4),
    (
        ("Total land surface", "Surface totale du terrain", "Totale oppervlakte terrein", "Grundstücksfläche"),
        ("2 ares 50", "2 ares 50", "2 are 50", "2 a 50"),
    ),
    (("Garden", "Jardin", "Tuin", "Garten"), ("Yes", "Oui", "Ja", "Ja")),
    (("Surface garden", "Surface du jardin", "Oppervlakte tuin", "Gartenfläche"), ("120 m²",) * 4),
    (("Terrace", "Terrasse", "Terras", "Terrasse"), ("No", "Non", "Neen", "Nein")),
    (("Swimming pool", "Piscine", "Zwembad", "Schwimmbad"), ("No", "Non", "Neen", "Nein")),
    (
        (
            "Specific primary energy consumption",
            "Conso. spécifique d'énergie primaire",
            "Specifiek primair energieverbruik",
            "Spezifischer Primärenergieverbrauch",
        ),
        ("431 kWh/m²/year", "431 kWh/m²/an", "431 kWh/m²/jaar", "431 kWh/m²/Jahr"),
    ),
    (
        ("EPC/PEB reference", "Référence PEB", "EPC-referentie", "PEB-Referenz"),
        ("20260101-0000000001-RES-1",) * 4,
    ),
    (
        ("Flooding Area type", "Type de zone inondable", "Type overstromingsgebied", "Flooding Area type"),
        ("no flooding area", "Pas de risque d'inondation", "geen overstromingsgebied", "no flooding area"),
    ),
)
FINANCIAL = {
    "en": {"Price": "395\u202f000 €", "Cadastral income": "1\u202f150 €", "VAT": "No"},
    "fr": {"Prix": "395\u202f000 €", "Revenu cadastral": "1\u202f150 €", "TVA": "Non"},
    "nl": {"Prijs": "€ 395.000", "Kadastraal inkomen": "€ 1.150", "BTW": "Nee"},
    "de": {"Preis": "395.000 €", "Katastereinkommen": "1.150 €", "MwSt": "Nein"},
}
FROM = {
    "en": "From 395\u202f000 €",
    "fr": "À partir de 395\u202f000 €",
    "nl": "Vanaf € 395.000",
    "de": "Ab 395.000 €",
}
TITLES = {
    "en": "Master house for sale - Gent",
    "fr": "Maison de maître à vendre - Gand",
    "nl": "Herenhuis te koop - Gent",
    "de": "Herrenhaus zu verkaufen - Gent",
}
LAYER = {
    "property_type": "house",
    "property_sub_type": "masterHouse",
    "transaction_type": "sale",
    "zip_code": "9000",
    "vlan_code": "vzz10001",
    "livable_surface": "212.00",
    "price": "395000.00",
    "seller_type": "estateAgents",
    "seller_id": "90001",
    "is_new_construction_project": False,
}
# Of the page, not of the home.
OF_THE_PAGE = {"language", "url", "title", "description", "raw", "locality"}


def labels_in(language: str) -> dict[str, str]:
    position = LANGUAGES.index(language)
    return {words[position]: values[position] for words, values in TABLE}


def as_classic(language: str) -> str:
    return classic(
        url=ADDRESSES[language],
        language=language,
        title=TITLES[language],
        price=FROM[language],
        labels=labels_in(language),
        financial=FINANCIAL[language],
        layer=LAYER,
        metas={"prix": "395000.00", "peb": "FlandersE", "jardin": "oui", "section": "A vendre"},
        street="Voorbeeldstraat 12 0201",
        city="9000 Gent",
        summary=f"{TITLES[language]} | Voorbeeldstraat 12 - 9000 Gent | 395 000 €",
        epc="FlandersE",
        seller='<img src="x" title="Immo Voorbeeld"/>',
        reference="REF-1",
        minified=language == "fr",
    )


def as_v3(language: str) -> str:
    home = {
        "@type": "House",
        "address": {"@type": "PostalAddress", "streetAddress": "Voorbeeldstraat 12", "postalCode": "9000"},
        "numberOfBedrooms": 4,
    }
    offers = {"@type": "Offer", "price": 395000, "offeredBy": {"@type": "RealEstateAgent", "name": "Immo Voorbeeld"}}
    return v3(
        url=ADDRESSES[language],
        language=language,
        listing={"name": TITLES[language], "datePosted": "2026-10-01", "mainEntity": home, "offers": offers},
        labels=labels_in(language),
        layer=LAYER,
        metas={"peb": "FlandersE"},
    )


def facts(page: str, language: str) -> dict[str, Any]:
    result = parse_page("immovlan", page, url=ADDRESSES[language], fetched_at=WHEN)
    assert result.valid, result.reasons
    assert isinstance(result.listing, Listing)
    assert result.listing.language == language
    return result.listing.model_dump(exclude=OF_THE_PAGE)


@pytest.mark.parametrize("language", LANGUAGES[1:])
@pytest.mark.parametrize("layout", [as_classic, as_v3], ids=["classic", "v3"])
def test_a_home_is_the_same_in_every_language(layout: Any, language: str) -> None:
    assert facts(layout(language), language) == facts(layout("en"), "en")


def test_what_every_language_says() -> None:
    found = facts(as_classic("fr"), "fr")
    assert not {name: why for name, why in found["missing"].items() if why != "not_in_advert"}
    told = {
        "price_eur": 395000, "price_kind": "from", "property_type": "house", "property_subtype": "mansion",
        "condition": "to_renovate", "heating_type": "fuel_oil", "epc_label": "E", "epc_kwh_m2_year": 431,
        "land_area_m2": 250, "cadastral_income_eur": 1150, "box": "0201", "has_terrace": False, "has_garden": True,
    }  # fmt: skip
    assert {name: found[name] for name in told} == told
    assert str(found["available_from"]) == "2027-03-01"
