"""What Immovlan's object means: which label or source holds which field of the record."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from immobe.geo import place_key
from immobe.mapping import belgian, mapper, vocabulary
from immobe.mapping.convert import (
    Convert,
    Unconvertible,
    area,
    count,
    day,
    flag,
    image_urls,
    known,
    known_whole,
    text,
    timestamp,
    web_url,
    whole,
)
from immobe.mapping.mapper import PlatformMapping, field_at
from immobe.mapping.vocabulary import word_to
from immobe.platforms.immovlan import derived, price
from immobe.platforms.immovlan.readings import machine_number

VERSION = "immovlan-1"

_NOT_TOLD = frozenset(
    map(
        place_key,
        (
            "Not specified", "Non spécifié", "Niet gespecificeerd", "Niet bepaald", "Nicht angegeben",
            "(information not available)", "Information non communiquée", "(information non disponible)",
            "Information non disponible", "Informatie niet beschikbaar", "(informatie niet beschikbaar)",
            "Niet meegedeeld", "Unknown", "Inconnu", "Onbekend",
        ),
    )
)  # fmt: skip
_DOUBLE = ("double", "dubbel", "doppel", "triple", "driedubbel", "drievoudig", "dreifach")
_SINGLE = ("simple", "single", "enkel", "einfach")
# No day: at once, at the deed, to be agreed.
_NO_DAY = frozenset(
    map(
        place_key,
        (
            "On contract", "At the deed", "Immediately", "Negotiable", "To be agreed", "À l’acte", "A l'acte",
            "Immédiatement", "Immédiate", "Libre immédiatement", "À convenir", "À négocier", "Bij akte", "Bij de akte",
            "Onmiddellijk", "Overeen te komen", "In overleg", "Te bespreken", "Sofort", "Nach Vereinbarung",
        ),
    )
)  # fmt: skip


def _told(convert: Convert) -> Convert:
    """The same conversion; what the portal writes for "unknown" is None."""

    def converted(value: object) -> object:
        found = text(value)
        return None if found is None or place_key(found) in _NOT_TOLD else convert(found)

    return converted


def _double_glazing(value: object) -> bool | None:
    """Double or better.

    >>> _double_glazing("Triple glass"), _double_glazing("Simple vitrage")
    (True, False)
    """
    key = place_key(text(value) or "")
    if key.startswith(_DOUBLE):
        return True
    if key.startswith(_SINGLE):
        return False
    raise Unconvertible("unknown glazing")


def _available_from(value: object) -> date | None:
    """
    >>> str(_available_from("From 01/09/2026")), _available_from("A l’acte")
    ('2026-09-01', None)
    """
    found = text(value)
    written = re.search(r"\d{1,2}/\d{1,2}/\d{4}", found or "")
    if written:
        return day(written[0])
    if found is None or place_key(found) in _NO_DAY or place_key(found) in _NOT_TOLD:
        return None
    raise Unconvertible("no day, and no word for one")


FIELDS = (
    field_at("language", belgian.language, "language"),
    field_at("external_reference", text, "reference"),
    field_at("subject_to_vat", _told(flag), "labels.vat"),
    field_at("cadastral_income_eur", known_whole, "labels.cadastral_income"),
    field_at("condition", _told(word_to(vocabulary.CONDITION)), "labels.condition"),
    field_at("construction_year", known_whole, "labels.construction_year", "linked.year"),
    field_at("facade_count", known_whole, "labels.facade_count"),
    field_at("floor_count", known_whole, "labels.floor_count"),
    field_at("floor", whole, "labels.floor"),
    field_at("bedroom_count", count, "labels.bedroom_count", "linked.bedrooms", "meta.chambres"),
    field_at("bathroom_count", count, "labels.bathroom_count", "linked.bathrooms"),
    field_at("shower_room_count", count, "labels.shower_room_count"),
    field_at("toilet_count", count, "labels.toilet_count"),
    field_at("land_area_m2", area, "labels.land_area"),
    field_at("garden_area_m2", area, "labels.garden_area"),
    field_at("terrace_area_m2", area, "labels.terrace_area"),
    field_at("epc_kwh_m2_year", known_whole, "labels.epc_kwh_m2_year"),
    field_at("epc_reference", text, "labels.epc_reference"),
    field_at("e_level", known_whole, "labels.e_level"),
    field_at("co2_kg_m2_year", known, "labels.co2"),
    field_at("renovation_obligation", _told(flag), "labels.renovation_obligation"),
    field_at("heating_type", _told(word_to(vocabulary.HEATING)), "labels.heating"),
    field_at("has_heat_pump", _told(flag), "labels.heat_pump"),
    field_at("has_solar_panels", _told(flag), "labels.solar_panels"),
    field_at("has_double_glazing", _told(_double_glazing), "labels.glazing"),
    field_at("flood_zone", _told(word_to(vocabulary.FLOOD_ZONE)), "labels.flood_zone"),
    field_at("p_score", _told(belgian.flood_score), "labels.p_score"),
    field_at("g_score", _told(belgian.flood_score), "labels.g_score"),
    field_at("locality", text, "linked.locality", "details.city"),
    field_at("latitude", machine_number, "linked.latitude", "map.latitude"),
    field_at("longitude", machine_number, "linked.longitude", "map.longitude"),
    field_at("has_terrace", _told(flag), "labels.terrace"),
    field_at("has_lift", _told(flag), "labels.lift"),
    field_at("has_swimming_pool", _told(flag), "labels.swimming_pool"),
    field_at("is_furnished", _told(flag), "labels.furnished"),
    field_at("has_cellar", _told(flag), "labels.cellar"),
    field_at("image_urls", image_urls, "image_urls"),
    field_at("virtual_tour_url", web_url, "virtual_tour_url"),
    field_at("published_at", timestamp, "linked.posted"),
    field_at("modified_at", timestamp, "modified", "linked.modified"),
    field_at("available_from", _available_from, "labels.availability"),
    field_at("auction_ends_at", timestamp, "labels.auction_ends_at"),
)

_FACTS = (
    derived.language,
    derived.kind,
    derived.types,
    price.sale_method,
    price.price,
    derived.area,
    derived.status,
    derived.place,
    derived.energy,
)
MAPPING = PlatformMapping(
    version=VERSION,
    fields=FIELDS,
    derive=(*_FACTS, derived.equipment, derived.seller, derived.texts),
    branches=("data_layer",),
)


def card_facts(card: dict[str, Any], url: str) -> dict[str, Any]:
    """What a search card states, by the record's field names."""
    return mapper.card_facts(card, FIELDS, _FACTS, url)
