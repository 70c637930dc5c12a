"""Pages that tell a home in a table of labels and values: which label means which field, and how it is read.

For platforms that are known from reports alone, so that one allow-list of labels serves them all. The French labels of
Trevi's sites and the English and French ones of Realo are as others' programs read them (2021 to 2026); the rest are
the usual Belgian words. A label that is not here is left out.
"""

from __future__ import annotations

from immobe.items import NOT_PARSED, MarketStatus
from immobe.mapping import belgian, vocabulary
from immobe.mapping.convert import area, count, day, flag, known, known_whole, plain_text, text, whole
from immobe.mapping.mapper import Draft, Field, field_at
from immobe.mapping.vocabulary import word_to
from immobe.platforms.html import label_names

LABELS: dict[str, tuple[str, ...]] = {
    "kind": ("Property type", "Type", "Type of property", "Type de bien", "Type woning", "Type pand", "Objektart"),
    "price": ("Price", "Prix", "Prix de vente", "Prijs", "Vraagprijs", "Verkoopprijs", "Preis"),
    "rent": ("Rent", "Monthly rent", "Loyer", "Loyer mensuel", "Huurprijs", "Huur", "Miete"),
    "monthly_charges_eur": ("Charges / mois", "Charges mensuelles", "Monthly charges", "Maandelijkse kosten"),
    "cadastral_income_eur": ("Revenu cadastral", "RC", "Kadastraal inkomen", "KI", "Cadastral income"),
    "status": ("Status", "Statut"),
    "place": ("Code postal", "Postal code", "Postcode", "Postleitzahl"),
    "address": ("Adresse", "Address", "Adres"),
    "external_reference": ("Reference", "Référence", "Referentie", "Ref", "Réf"),
    "living_area_m2": (
        "Habitable area", "Living area", "Surface habitable", "Superficie habitable", "Bewoonbare oppervlakte",
        "Bewoonbare opp", "Wohnfläche",
    ),
    "land_area_m2": (
        "Lot size", "Plot size", "Land area", "Superficie de la parcelle", "Superficie du terrain",
        "Superficie terrain", "Surface du terrain", "Surface terrain", "Perceeloppervlakte", "Grondoppervlakte",
        "Oppervlakte grond", "Grundstücksfläche",
    ),
    "garden_area_m2": ("Garden area", "Surface du jardin", "Superficie jardin", "Oppervlakte tuin"),
    "terrace_area_m2": ("Terrace area", "Surface de la terrasse", "Superficie terrasse", "Oppervlakte terras"),
    "bedroom_count": (
        "Bedrooms", "Number of bedrooms", "Chambres", "Nbre de chambres", "Nombre de chambres", "Slaapkamers",
        "Aantal slaapkamers", "Schlafzimmer",
    ),
    "bathroom_count": (
        "Bathrooms", "Number of bathrooms", "Salle(s) de bain(s)", "Salles de bain", "Salles de bains", "Salle de bain",
        "Nombre de salles de bain", "Badkamers", "Badkamer(s)", "Aantal badkamers", "Badezimmer",
    ),
    "shower_room_count": ("Shower rooms", "Salle(s) de douche(s)", "Salles de douche", "Douchekamers"),
    "toilet_count": ("Toilets", "Toilettes", "WC", "Toiletten", "Nombre de toilettes", "Aantal toiletten"),
    "floor": ("Floor", "Etage", "Étage", "Verdieping", "Stockwerk"),
    "floor_count": ("Number of floors", "Nombre d'étages", "Aantal verdiepingen"),
    "facade_count": ("Facades", "Number of facades", "Façades", "Nombre de façades", "Gevels", "Aantal gevels"),
    "construction_year": ("Year built", "Construction year", "Année de construction", "Bouwjaar", "Baujahr"),
    "condition": ("State of the building", "Condition", "Etat du bâtiment", "État", "Staat van het gebouw", "Staat"),
    "heating_type": ("Heating type", "Heating", "Type de chauffage", "Chauffage", "Verwarming", "Type verwarming"),
    "epc_label": (
        "Energy classification", "EPC label", "Classe énergétique", "Classe PEB", "Energieklasse", "EPC klasse",
        "Label PEB",
    ),
    "epc_kwh_m2_year": (
        "CPEB", "EPC value", "Consommation spécifique", "E spec", "Espec", "EPC waarde", "EPC-waarde", "PEB (kWh/m²)",
    ),
    "epc_reference": (
        "EPC certificate number", "EPC number", "Numéro du certificat PEB", "N° certificat PEB", "Certificaatnummer",
        "EPC nummer", "Nummer EPC-certificaat",
    ),
    "has_garden": ("Garden", "Jardin", "Tuin", "Garten"),
    "has_terrace": ("Terrace", "Terrasse", "Terras"),
    "has_garage": ("Garage", "Garage(s)"),
    "parking_count": ("Parking", "Parking(s)", "Parkings", "Nombre de parkings", "Parkeerplaatsen"),
    "has_lift": ("Lift", "Elevator", "Ascenseur", "Aufzug"),
    "has_cellar": ("Cellar", "Cave", "Kelder", "Keller"),
    "has_swimming_pool": ("Swimming pool", "Piscine", "Zwembad", "Schwimmbad"),
    "is_furnished": ("Furnished", "Meublé", "Gemeubeld", "Bemeubeld", "Möbliert"),
    "has_double_glazing": ("Double glazing", "Double vitrage", "Dubbele beglazing"),
    "available_from": ("Available from", "Available", "Disponibilité", "Libre le", "Beschikbaar", "Beschikbaar vanaf"),
}  # fmt: skip
NAMES = label_names(LABELS)
GROUND_FLOOR = ("rez-de-chaussée", "rez", "gelijkvloers", "ground floor", "erdgeschoss", "rdc")


def _has(value: object) -> bool | None:
    """A yes or no, or a number of them.

    >>> _has("2"), _has("Oui"), _has("0")
    (True, True, False)
    """
    found = text(value)
    return int(found) > 0 if found and found.isascii() and found.isdigit() else flag(found or "")


def _floor(value: object) -> int | None:
    """
    >>> _floor("Rez-de-chaussée"), _floor("3e étage")
    (0, 3)
    """
    found = text(value)
    return 0 if found and found.casefold() in GROUND_FLOOR else whole(found or "")


_CONVERTERS = {
    "external_reference": text,
    "monthly_charges_eur": known,
    "cadastral_income_eur": known_whole,
    "living_area_m2": area,
    "land_area_m2": area,
    "garden_area_m2": area,
    "terrace_area_m2": area,
    "bedroom_count": count,
    "bathroom_count": count,
    "shower_room_count": count,
    "toilet_count": count,
    "floor": _floor,
    "floor_count": known_whole,
    "facade_count": known_whole,
    "construction_year": known_whole,
    "condition": word_to(vocabulary.CONDITION),
    "heating_type": word_to(vocabulary.HEATING),
    "epc_label": belgian.epc_label,
    "epc_kwh_m2_year": known_whole,
    "epc_reference": text,
    "has_garden": _has,
    "has_terrace": _has,
    "has_garage": _has,
    "parking_count": count,
    "has_lift": _has,
    "has_cellar": _has,
    "has_swimming_pool": _has,
    "is_furnished": _has,
    "has_double_glazing": _has,
    "available_from": day,
}
FIELDS: tuple[Field, ...] = tuple(field_at(name, convert, f"labels.{name}") for name, convert in _CONVERTERS.items())


def kind(draft: Draft, *at: str) -> None:
    """Property type and subtype from the first of these paths whose word the vocabulary knows."""
    for path in at:
        if draft.read("property_type", vocabulary.type_of_word, path) is not None:
            draft.read("property_subtype", vocabulary.subtype_of_word, path)
            return


def status(draft: Draft, *at: str) -> None:
    """The market's status, as far as a word of the page says it."""
    draft.read("status", word_to(vocabulary.STATUS), *at)


def on_offer(draft: Draft) -> None:
    """A home whose own page says nothing else is available; a card may just not show it."""
    if "status" not in draft.values and draft.missing.get("status") != NOT_PARSED:
        draft.values["status"] = MarketStatus.AVAILABLE


def texts(draft: Draft) -> None:
    """Title and description, in the language of the page."""
    language = draft.values.get("language")
    for name in ("title", "description") if language else ():
        found = draft.find(name)
        plain = plain_text(found) if isinstance(found, str) else None
        if plain:
            draft.values[name] = {language: plain}
