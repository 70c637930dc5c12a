"""An advert's labels, as Immovlan shows them. What it has no label for (E-level, P- and G-score) is not told."""

from __future__ import annotations

from immobe.items import ListingKind, PriceKind, Region, TransactionType
from immobe.replica.advert import Advert
from immobe.replica.immovlan.words import (
    CONDITIONS,
    FLOOD_ZONES,
    GLAZINGS,
    HEATINGS,
    LABELS,
    LANGUAGES,
    NEAREST_CONDITION,
    NO,
    NOT_AVAILABLE,
    NOT_SPECIFIED,
    YEARLY,
    YES,
    Words,
)

Rows = list[tuple[str, str]]
_REGIONS = {Region.FLANDERS: "Flanders", Region.WALLONIA: "Wallonia", Region.BRUSSELS: "Brussels"}
_LETTERS = {"A+": "DoubleA", "A++": "TripleA"}


def rows(advert: Advert, language: str) -> Rows:
    """Label and value, in the page's order; an area of 0 is the portal's word for unknown."""
    at = LANGUAGES.index(language)
    told = {**_state(advert, at), **_rooms(advert, at), **_outside(advert, at), **_certificates(advert, at)}
    return [(LABELS[name][at], value) for name, value in told.items() if value is not None]


def _state(advert: Advert, at: int) -> dict[str, str | None]:
    building = advert.building
    condition = NEAREST_CONDITION.get(building.condition, building.condition)
    return {
        "condition": CONDITIONS[condition][at] if building.states_condition else None,
        "construction_year": _number(building.construction_year),
    }


def _rooms(advert: Advert, at: int) -> dict[str, str | None]:
    building, energy = advert.building, advert.energy
    heating = None if energy.heating is None else HEATINGS.get(energy.heating, NOT_SPECIFIED)
    glazing = None if energy.has_double_glazing is None else GLAZINGS[energy.has_double_glazing]
    return {
        "bedroom_count": _number(advert.core.bedroom_count),
        "living_area": _area(building.living_area_m2),
        "furnished": _yes(building.is_furnished, at),
        "attic": _yes(building.has_attic, at),
        "cellar": _yes(building.has_cellar, at),
        "garage": YES[at] if building.indoor_parking_count else None,
        "garage_count": _number(building.indoor_parking_count),
        "bathroom_count": _number(building.bathroom_count),
        "shower_room_count": _number(building.shower_room_count),
        "toilet_count": _number(building.toilet_count),
        "heating": _word(heating, at),
        "glazing": _word(glazing, at),
        "heat_pump": _yes(energy.has_heat_pump, at),
        "lift": _yes(building.has_lift, at),
    }


def _outside(advert: Advert, at: int) -> dict[str, str | None]:
    building = advert.building
    return {
        "floor": _number(building.floor),
        "floor_count": _number(building.floor_count),
        "facade_count": _number(building.facade_count),
        "outdoor_parking_count": _number(building.outdoor_parking_count),
        "garden": _yes(building.has_garden, at),
        "garden_area": _area(building.garden_area_m2),
        "terrace": _yes(building.has_terrace, at),
        "terrace_area": _area(building.terrace_area_m2),
        "land_area": _area(building.land_area_m2),
        "swimming_pool": _yes(building.has_swimming_pool, at),
    }


def _certificates(advert: Advert, at: int) -> dict[str, str | None]:
    """Of new build whose number is not told, the portal writes 0."""
    energy, zone = advert.energy, advert.building.flood_zone
    kwh = 0 if energy.kwh_m2_year is None and advert.core.is_newly_built else energy.kwh_m2_year
    return {
        "kwh": None if kwh is None else f"{kwh} kWh/m²/{YEARLY[at]}",
        "kwh_year": None if energy.yearly_kwh is None else f"{energy.yearly_kwh} kWh/{YEARLY[at]}",
        "co2": _number(energy.co2_kg_m2_year),
        "epc_reference": energy.reference,
        "flood_zone": (FLOOD_ZONES.get(zone, NOT_AVAILABLE) if zone else NOT_AVAILABLE)[at],
        "demarcated": NOT_AVAILABLE[at],
    }


def financial(advert: Advert, language: str) -> Rows:
    """The list above the labels; the price itself is written by the page."""
    at = LANGUAGES.index(language)
    if advert.core.transaction is TransactionType.RENT:
        charges = advert.price.monthly_charges
        return [] if charges is None else [(LABELS["charges"][at], f"{charges} €")]
    income = advert.building.cadastral_income_eur
    told = [(LABELS["cadastral_income"][at], f"{income:,} €".replace(",", "\u202f"))] if income else []
    return [*told, (LABELS["vat"][at], (YES if advert.core.is_newly_built else NO)[at])]


def epc_code(advert: Advert) -> str:
    label = advert.energy.label
    return "UnknownEpc" if label is None else _REGIONS[advert.core.place.region] + _LETTERS.get(label, label)


def hidden_price(advert: Advert) -> int:
    """What the scripts hold for a price on request: 0, or now and then the figure that the page hides."""
    if advert.price.kind is not PriceKind.ON_REQUEST or advert.core.listing_kind is not ListingKind.SINGLE:
        return 0
    return advert.core.first_price_eur if advert.index % 5 == 0 else 0


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)


def _area(value: int | None) -> str | None:
    return None if value is None else f"{value} m²"


def _yes(value: bool | None, at: int) -> str | None:
    return None if value is None else (YES if value else NO)[at]


def _word(words: Words | None, at: int) -> str | None:
    return None if words is None else words[at]
