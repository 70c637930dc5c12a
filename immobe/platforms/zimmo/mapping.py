"""What Zimmo's objects mean: which path holds which field of the record.

Three shapes, told apart by their keys: what we read of a page or tile (`labels`), the objects of `app.start` on search
pages (`code`, `prijs`, …) and the saved objects of the portal's own service (`estate`, `dealer`, …).
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from immobe.items import EpcLabel
from immobe.mapping import belgian, mapper, vocabulary
from immobe.mapping.convert import (
    area,
    count,
    day,
    decimal,
    flag,
    known,
    known_whole,
    text,
    timestamp,
    web_url,
    whole,
)
from immobe.mapping.mapper import PlatformMapping, field_at
from immobe.mapping.vocabulary import word_to
from immobe.platforms.zimmo import derived, estate, prices

VERSION = "zimmo-1"
_CERTIFICATE = "estate.certificate.epcCertificate"
_UNSTATED = ("unknown", "x", "none", "notapplicable", "nolabel")


def _label(value: object) -> EpcLabel | None:
    """
    >>> str(_label("A_PLUS")), str(_label("c")), _label("UNKNOWN")
    ('A+', 'C', None)
    """
    found = text(value)
    if found is None or re.sub(r"[^a-z]", "", found.lower()) in _UNSTATED:
        return None
    return belgian.epc_label(found.upper().replace("_PLUS", "+").replace("_MINUS", "-"))


def _applies(value: object) -> bool | None:
    """Whether a duty applies, in a page's words or the service's.

    >>> _applies("N'est pas applicable"), _applies("Van toepassing"), _applies("UNKNOWN")
    (False, True, None)
    """
    found = (text(value) or "").casefold()
    if re.search(r"\b(?:niet|pas|not)\b", found):
        return False
    if re.search(r"van toepassing|applicable|d'application|applies", found):
        return True
    return flag(found)


def _has(value: object) -> bool | None:
    """A yes or no, or the number or area of what there is.

    >>> _has("yes"), _has("2"), _has("120 m²"), _has("0")
    (True, True, True, False)
    """
    found = text(value)
    return whole(found) != 0 if found and re.fullmatch(r"\d+(?:\s*m²)?", found) else flag(found or "")


def _area_in(value: object) -> Any:
    """An area, where a label may also say yes or no."""
    return area(value) if isinstance(value, str) and "m²" in value else None


def _number_in(value: object) -> int | None:
    """How many, where a label may also say yes or no."""
    return count(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None


def _facades(value: object) -> int | None:
    """
    >>> _facades("4-façades"), _facades("3"), _facades("Bois")
    (4, 3, None)
    """
    found = re.match(r"(\d)(?:\s*-?\s*(?:fa[cç]ades?|gevels?))?$", text(value) or "", re.IGNORECASE)
    return int(found[1]) or None if found else None


def _day(value: object) -> date | None:
    """A day; words such as "at once" are none."""
    found = text(value)
    return day(found) if found and any(map(str.isdigit, found)) else None


def _added(value: object) -> datetime | None:
    """Unix seconds, which the search pages write as a text."""
    return timestamp(int(value) if isinstance(value, str) and re.fullmatch(r"\d{9,11}", value) else value)


FIELDS = (
    field_at("language", belgian.language, "language"),
    field_at("external_reference", text, "labels.reference"),
    field_at("previous_price_eur", known, "previous_price", "zprijs"),
    field_at("cadastral_income_eur", known_whole, "labels.cadastral_income", "estate.cadastralIncome.value"),
    field_at("condition", word_to(vocabulary.CONDITION), "labels.condition", "estate.condition"),
    field_at("construction_year", known_whole, "labels.construction_year", "bouwjaar", "estate.constructionYear"),
    field_at("facade_count", _facades, "labels.facade_count", "labels.construction"),
    field_at("facade_count", known_whole, "estate.facadesCount"),
    field_at("floor_count", known_whole, "labels.floor_count", "estate.floorsCount"),
    field_at("floor", whole, "labels.floor"),
    field_at("bedroom_count", count, "labels.bedroom_count", "enriched.bedrooms"),
    field_at("bedroom_count", known_whole, "slaapkamers"),
    field_at("bathroom_count", count, "labels.bathroom_count", "enriched.bathrooms"),
    field_at("shower_room_count", count, "labels.shower_room_count"),
    field_at("toilet_count", count, "labels.toilet_count", "estate.toiletCount"),
    field_at("living_area_m2", area, "labels.living_area", "b_woonopp", "estate.floorspaceSurface.value"),
    field_at("land_area_m2", area, "labels.land_area", "estate.plot.plotSurface.value"),
    field_at("garden_area_m2", _area_in, "labels.garden"),
    field_at("terrace_area_m2", _area_in, "labels.terrace"),
    field_at("epc_label", _label, "energyLabel", f"{_CERTIFICATE}.energyLabel"),
    field_at("epc_kwh_m2_year", known_whole, "energyWaarde", f"{_CERTIFICATE}.epcValue.value"),
    field_at("epc_reference", text, "labels.epc_reference", f"{_CERTIFICATE}.epcCertificateNumber"),
    field_at("e_level", known_whole, "labels.e_level", "estate.certificate.eLevel"),
    field_at("co2_kg_m2_year", known, "estate.co2Emission.value"),
    field_at("renovation_obligation", _applies, "labels.renovation_obligation", f"{_CERTIFICATE}.renovationObligation"),
    field_at("heating_type", word_to(vocabulary.HEATING), "labels.heating"),
    field_at("p_score", belgian.flood_score, "labels.p_score", "estate.pScore"),
    field_at("g_score", belgian.flood_score, "labels.g_score", "estate.gScore"),
    field_at("street", text, "estate.location.street"),
    field_at("house_number", text, "estate.location.streetNumber"),
    field_at("box", text, "estate.location.streetBus"),
    field_at("postal_code", belgian.postal_code, "postcode", "estate.location.postalCode"),
    field_at("locality", text, "gemeente", "estate.location.locality.nl", "estate.location.locality.fr"),
    field_at("latitude", decimal, "point.latitude", "lat", "estate.location.coordinates.latitude"),
    field_at("longitude", decimal, "point.longitude", "lon", "estate.location.coordinates.longitude"),
    field_at("has_garden", _has, "labels.garden"),
    field_at("has_terrace", _has, "labels.terrace"),
    field_at("has_garage", _has, "labels.garages"),
    field_at("has_lift", _has, "labels.lift"),
    # The key is by the object's habit (`swimmingPool`, `alarm`): no object that was seen has a lift.
    field_at("has_lift", flag, "estate.elevator.bool"),
    field_at("has_swimming_pool", _has, "labels.swimming_pool"),
    field_at("has_swimming_pool", flag, "estate.swimmingPool.bool"),
    field_at("is_furnished", _has, "labels.furnished"),
    field_at("is_furnished", flag, "estate.furnished.bool"),
    field_at("has_cellar", _has, "labels.cellar"),
    field_at("parking_count", _number_in, "labels.garages"),
    field_at("virtual_tour_url", web_url, "estate.virtualVisitUrl"),
    field_at("published_at", timestamp, "options.publication.start", "createdAt"),
    field_at("published_at", _added, "toegevoegd"),
    field_at("modified_at", timestamp, "updatedAt"),
    field_at("available_from", _day, "labels.available_from"),
)
_OF_CARDS = (
    derived.language,
    derived.kind,
    derived.transaction,
    derived.property_kind,
    prices.price,
    prices.status,
    derived.place,
    estate.rooms,
    derived.energy,
)

MAPPING = PlatformMapping(
    version=VERSION,
    fields=FIELDS,
    derive=(*_OF_CARDS, estate.equipment, estate.flooding, derived.seller, derived.texts, derived.images),
    branches=(),
)


def card_facts(card: dict[str, Any], url: str) -> dict[str, Any]:
    """What a search card states, by the record's field names."""
    return mapper.card_facts(card, FIELDS, _OF_CARDS, url)
