"""What Immoweb's object (`window.classified`, or a search card) means: which path holds which field of the record."""

from __future__ import annotations

from typing import Any

from immobe.mapping import belgian, mapper, vocabulary
from immobe.mapping.convert import (
    area,
    count,
    day,
    decimal,
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
from immobe.platforms.immoweb import derived

VERSION = "immoweb-1"


def _not_zero(value: object) -> str | None:
    """A house number or box, which Immoweb writes as "0" when there is none."""
    found = text(value)
    return None if found in ("0", "-") else found


FIELDS = (
    field_at("language", belgian.language, "price.language"),
    field_at("external_reference", text, "externalReference"),
    field_at("transaction_type", word_to(vocabulary.TRANSACTION), "transaction.type"),
    field_at("previous_price_eur", known, "price.oldValue", "transaction.sale.oldPrice"),
    field_at("subject_to_vat", flag, "transaction.sale.isSubjectToVat"),
    field_at("cadastral_income_eur", known_whole, "transaction.sale.cadastralIncome"),
    field_at("property_type", word_to(vocabulary.PROPERTY_TYPE), "property.type"),
    field_at("property_subtype", word_to(vocabulary.PROPERTY_SUBTYPE), "property.subtype"),
    field_at("condition", word_to(vocabulary.CONDITION), "property.building.condition"),
    field_at("construction_year", known_whole, "property.building.constructionYear"),
    field_at("facade_count", known_whole, "property.building.facadeCount"),
    field_at("floor_count", known_whole, "property.building.floorCount"),
    field_at("floor", whole, "property.location.floor"),
    field_at("bedroom_count", count, "property.bedroomCount"),
    field_at("bathroom_count", count, "property.bathroomCount"),
    field_at("shower_room_count", count, "property.showerRoomCount"),
    field_at("toilet_count", count, "property.toiletCount"),
    field_at("room_count", known_whole, "property.roomCount"),
    field_at("living_area_m2", area, "property.netHabitableSurface"),
    field_at("land_area_m2", area, "property.land.surface", "property.landSurface"),
    field_at("garden_area_m2", area, "property.gardenSurface"),
    field_at("terrace_area_m2", area, "property.terraceSurface"),
    field_at("epc_label", belgian.epc_label, "transaction.certificates.epcScore", "transaction.certificate"),
    field_at("epc_kwh_m2_year", known_whole, "transaction.certificates.primaryEnergyConsumptionPerSqm"),
    field_at("epc_reference", text, "transaction.certificates.epcReference"),
    field_at("e_level", known_whole, "property.propertyCertificates.primaryEnergyConsumptionLevel"),
    field_at("co2_kg_m2_year", known, "transaction.certificates.carbonEmission"),
    field_at("renovation_obligation", flag, "transaction.certificates.renovationObligation"),
    field_at("heating_type", word_to(vocabulary.HEATING), "property.energy.heatingType"),
    field_at("has_heat_pump", flag, "property.energy.hasHeatPump"),
    # Thermal panels (hasThermicPanels) heat water; solar panels make electricity.
    field_at("has_solar_panels", flag, "property.energy.hasPhotovoltaicPanels"),
    field_at("has_double_glazing", flag, "property.energy.hasDoubleGlazing"),
    field_at("flood_zone", word_to(vocabulary.FLOOD_ZONE), "property.constructionPermit.floodZoneType"),
    field_at("p_score", belgian.flood_score, "property.constructionPermit.pScore"),
    field_at("g_score", belgian.flood_score, "property.constructionPermit.gScore"),
    field_at("street", _not_zero, "property.location.street"),
    field_at("house_number", _not_zero, "property.location.number"),
    field_at("box", _not_zero, "property.location.box"),
    field_at("postal_code", belgian.postal_code, "property.location.postalCode"),
    field_at("locality", text, "property.location.locality"),
    field_at("latitude", decimal, "property.location.latitude"),
    field_at("longitude", decimal, "property.location.longitude"),
    field_at("has_garden", flag, "property.hasGarden"),
    field_at("has_terrace", flag, "property.hasTerrace"),
    field_at("has_lift", flag, "property.hasLift"),
    field_at("has_swimming_pool", flag, "property.hasSwimmingPool"),
    field_at("is_furnished", flag, "transaction.sale.isFurnished", "transaction.rental.isFurnished"),
    field_at("has_cellar", flag, "property.hasBasement"),
    field_at("image_urls", image_urls, "media.pictures[].largeUrl", "media.pictures[].mediumUrl"),
    field_at("virtual_tour_url", web_url, "media.virtualTourUrl", "media.virtualExperienceUrl"),
    field_at("published_at", timestamp, "publication.creationDate"),
    field_at("modified_at", timestamp, "publication.lastModificationDate"),
    field_at("available_from", day, "transaction.availabilityDate"),
)


MAPPING = PlatformMapping(
    version=VERSION,
    fields=FIELDS,
    derive=(
        derived.kind,
        derived.sale_method,
        derived.price,
        derived.status,
        derived.place,
        belgian.epc_sign,
        derived.equipment,
        derived.seller,
        derived.texts,
    ),
    branches=("property", "transaction", "price", "property.location"),
)


def card_facts(card: dict[str, Any]) -> dict[str, Any]:
    """What a search card states, by the record's field names."""
    return mapper.card_facts(
        card,
        FIELDS,
        (derived.kind, derived.sale_method, derived.price, derived.status, derived.place, belgian.epc_sign),
    )
