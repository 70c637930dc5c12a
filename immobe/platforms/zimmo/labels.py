"""Zimmo's labels, in French, Dutch and English: the list of what is read from a listing page.

Short forms stand in the main features (French ones as captured in June 2026, Dutch ones as a report of 2025 has them),
long ones in the tables below them (reports of 2020); words of neither are general knowledge.
"""

from __future__ import annotations

from collections.abc import Iterable

from immobe.geo import place_key
from immobe.platforms import html

# {our name: {language: labels}}
_LABELS: dict[str, dict[str, tuple[str, ...]]] = {
    "price": {
        "fr": ("Prix", "Prix demandé", "Loyer", "Loyer mensuel"),
        "nl": ("Prijs", "Vraagprijs", "Huurprijs"),
        "en": ("Price", "Rent"),
    },
    "address": {"fr": ("Adresse",), "nl": ("Adres",), "en": ("Address",)},
    "type": {"fr": ("Type de bien",), "nl": ("Type woning", "Type pand"), "en": ("Property type",)},
    "living_area": {
        "fr": ("Surf. habitable", "Surface habitable", "Superficie habitable"),
        "nl": ("Woonopp.", "Woonoppervlakte", "Bewoonbare opp.", "Bewoonbare oppervlakte"),
        "en": ("Living area", "Habitable area"),
    },
    "land_area": {
        "fr": ("Sup. du terrain", "Superficie du terrain", "Surface du terrain"),
        "nl": ("Grondopp.", "Grondoppervlakte", "Perceelopp.", "Perceeloppervlakte"),
        "en": ("Land area", "Plot area"),
    },
    "bedroom_count": {
        "fr": ("Chambres", "Nombre de chambres"),
        "nl": ("Slaapkamers", "Aantal slaapkamers"),
        "en": ("Bedrooms",),
    },
    "bathroom_count": {
        "fr": ("Salles de bain", "Salles de bains", "Nombre de salles de bain"),
        "nl": ("Badkamers", "Aantal badkamers"),
        "en": ("Bathrooms",),
    },
    "shower_room_count": {"fr": ("Salles de douche",), "nl": ("Douchekamers",), "en": ("Shower rooms",)},
    "toilet_count": {"fr": ("Toilettes", "Nombre de toilettes"), "nl": ("Toiletten", "Aantal toiletten"), "en": ()},
    "construction_year": {
        "fr": ("Construit en", "Année de construction"),
        "nl": ("Bouwjaar",),
        "en": ("Built in", "Construction year", "Year of construction"),
    },
    "construction": {"fr": ("Construction",), "nl": ("Bebouwing", "Type bebouwing"), "en": ()},
    "facade_count": {
        "fr": ("Façades", "Nombre de façades"),
        "nl": ("Gevels", "Aantal gevels"),
        "en": ("Facades", "Number of facades"),
    },
    "floor": {"fr": ("Étage",), "nl": ("Verdieping",), "en": ("Floor",)},
    "floor_count": {"fr": ("Nombre d'étages",), "nl": ("Aantal verdiepingen",), "en": ("Number of floors",)},
    "condition": {
        "fr": ("État", "État du bien", "État du bâtiment"),
        "nl": ("Staat", "Staat van het pand", "Staat van het gebouw"),
        "en": ("Condition",),
    },
    "epc": {"fr": ("PEB", "PEB (kWh)", "Valeur PEB", "Label PEB"), "nl": ("EPC-waarde", "EPC-label"), "en": ()},
    "epc_reference": {
        "fr": ("Code unique PEB", "Numéro du certificat PEB", "Référence PEB"),
        "nl": ("Unieke code EPC", "EPC-certificaatnummer", "Certificaatnummer EPC"),
        "en": (),
    },
    "e_level": {"fr": ("Niveau E",), "nl": ("E-peil",), "en": ("E-level",)},
    "renovation_obligation": {
        "fr": ("Obligation de rénovation",),
        "nl": ("Renovatieplicht", "Renovatieverplichting"),
        "en": ("Renovation obligation",),
    },
    "cadastral_income": {"fr": ("RC", "Revenu cadastral"), "nl": ("KI", "Kadastraal inkomen"), "en": ()},
    "monthly_charges": {
        "fr": ("Charges", "Charges mensuelles", "Charges communes"),
        "nl": ("Lasten", "Maandelijkse lasten", "Gemeenschappelijke kosten"),
        "en": ("Charges", "Monthly charges"),
    },
    "heating": {"fr": ("Chauffage", "Type de chauffage"), "nl": ("Verwarming", "Type verwarming"), "en": ("Heating",)},
    "glazing": {"fr": ("Vitrage",), "nl": ("Beglazing",), "en": ("Glazing",)},
    "garden": {"fr": ("Jardin",), "nl": ("Tuin",), "en": ("Garden",)},
    "terrace": {"fr": ("Terrasse",), "nl": ("Terras",), "en": ("Terrace",)},
    "lift": {"fr": ("Ascenseur",), "nl": (), "en": ("Elevator",)},
    "swimming_pool": {"fr": ("Piscine",), "nl": ("Zwembad",), "en": ("Swimming pool",)},
    "furnished": {"fr": ("Meublé",), "nl": ("Gemeubeld", "Bemeubeld"), "en": ("Furnished",)},
    "cellar": {"fr": ("Cave",), "nl": ("Kelder",), "en": ("Cellar",)},
    "available_from": {
        "fr": ("Disponible à partir du", "Disponibilité", "Libre le"),
        "nl": ("Beschikbaar vanaf", "Beschikbaarheid", "Vrij op"),
        "en": ("Available from",),
    },
    "reference": {"fr": ("Référence",), "nl": ("Referentie",), "en": ("Reference",)},
}
# Labels that two languages share tell nothing about the page's.
_SHARED = {
    "type": ("Type",), "epc": ("EPC",), "garages": ("Garage", "Garages"), "lift": ("Lift",), "p_score": ("P-score",),
    "g_score": ("G-score",),
}  # fmt: skip
NAMES = html.label_names(
    {name: tuple(label for labels in spelled.values() for label in labels) for name, spelled in _LABELS.items()}
) | html.label_names(_SHARED)
_OF_ONE_LANGUAGE: dict[str, set[str]] = {}
for _spelled in _LABELS.values():
    for _language, _words in _spelled.items():
        for _word in _words:
            _OF_ONE_LANGUAGE.setdefault(place_key(_word), set()).add(_language)


def language_of(labels: Iterable[str]) -> str | None:
    """The language that most of a page's labels belong to; None when they do not tell.

    >>> language_of(["Prix", "Type", "Chambres"]), language_of(["Type", "EPC"])
    ('fr', None)
    """
    told = [found for label in labels for found in (_OF_ONE_LANGUAGE.get(place_key(label), set()),) if len(found) == 1]
    words = [language for found in told for language in found]
    return max(sorted(set(words)), key=words.count) if words else None
