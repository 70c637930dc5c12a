"""The facts of a listing in groups, and why the others lack: a silent advert, our failure, or a rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from immobe.items import MarketStatus, Stage
from immobe.items.terms import NOT_IN_ADVERT, NOT_PARSED
from immobe.watchtower.languages import N_
from immobe.watchtower.words import FIELDS

Kind = Literal["euro", "m2", "number", "plain", "yes_no", "word", "day", "moment", "town", "link"]
Absence = Literal["not_in_advert", "not_read", "refused"]

_REFUSED = "rejected:"
_PRIVATE = "private"

GROUPS: dict[str, tuple[str, ...]] = {
    N_("Price and terms"): (
        "price_eur", "price_kind", "price_min_eur", "price_max_eur", "previous_price_eur", "monthly_charges_eur",
        "annuity_lump_sum_eur", "annuity_monthly_eur", "subject_to_vat", "cadastral_income_eur", "transaction_type",
        "sale_method", "status", "auction_ends_at", "available_from",
    ),
    N_("Building"): (
        "property_type", "property_subtype", "condition", "construction_year", "facade_count", "floor_count", "floor",
        "has_lift", "has_cellar",
    ),
    N_("Rooms and areas"): (
        "living_area_m2", "bedroom_count", "bathroom_count", "shower_room_count", "toilet_count", "room_count",
        "is_furnished",
    ),
    N_("Outside"): (
        "land_area_m2", "has_garden", "garden_area_m2", "has_terrace", "terrace_area_m2", "has_garage",
        "parking_count", "has_swimming_pool",
    ),
    N_("Energy and flood risk"): (
        "epc_label", "epc_kwh_m2_year", "epc_reference", "e_level", "co2_kg_m2_year", "renovation_obligation",
        "heating_type", "has_heat_pump", "has_solar_panels", "has_double_glazing", "flood_zone", "p_score", "g_score",
    ),
    N_("Place"): (
        "street", "house_number", "box", "postal_code", "locality", "municipality_nis", "province", "region",
        "latitude", "longitude", "location_precision",
    ),
    N_("Advert and seller"): (
        "seller_type", "seller_name", "seller_licence", "external_reference", "listing_kind", "project_id",
        "language", "published_at", "modified_at", "virtual_tour_url",
    ),
}  # fmt: skip
"""{heading: fields}, in the order of the page."""

_KINDS: dict[str, Kind] = {
    "municipality_nis": "town",
    "available_from": "day",
    "published_at": "moment",
    "modified_at": "moment",
    "auction_ends_at": "moment",
    "virtual_tour_url": "link",
    "co2_kg_m2_year": "number",
    "epc_kwh_m2_year": "number",
    "subject_to_vat": "yes_no",
    "renovation_obligation": "yes_no",
    "is_furnished": "yes_no",
}
_WORDS = (
    *("price_kind", "transaction_type", "sale_method", "status", "property_type", "property_subtype", "condition"),
    *("heating_type", "flood_zone", "province", "region", "location_precision", "seller_type", "listing_kind"),
)

RULES = {
    "out_of_range": N_("outside what is possible"),
    "minimum_above_maximum": N_("the lowest is above the highest"),
    "unknown_postal_code": N_("no such postal code exists"),
    "not_in_belgium": N_("not in Belgium"),
    "outside_belgium": N_("outside Belgium"),
    "far_from_postal_code": N_("far from its postal code"),
    "half_a_coordinate": N_("only half of a coordinate"),
    "wrong_type": N_("not of the right kind"),
    "not_on_scale_of_flanders": N_("not on the EPC scale of Flanders"),
    "not_on_scale_of_wallonia": N_("not on the EPC scale of Wallonia"),
    "not_on_scale_of_brussels": N_("not on the EPC scale of Brussels"),
    "suspicious_page": N_("the page lacked what every advert has"),
}
"""{rule of `immobe.mapping.validation`: what it says}."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One field. `raw`: the advert's own text; `doubt`: why the latest page proved nothing about it."""

    field: str
    kind: Kind
    value: Any
    absence: Absence | None = None
    rule: str | None = None
    raw: str | None = None
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """What is told, what we failed to read or refused, and the names of what the advert does not tell."""

    heading: str
    told: list[Fact]
    lost: list[Fact]
    silent: list[str]


def groups(row: Mapping[str, Any]) -> Iterator[Group]:
    """All facts of a row of `listings`. A private seller's name is never among them."""
    for heading, names in GROUPS.items():
        facts = [fact_of(row, name) for name in names if not (_is_private(row, name) or _is_ours(row, name))]
        told = [fact for fact in facts if fact.absence is None]
        lost = [fact for fact in facts if fact.absence in ("not_read", "refused")]
        yield Group(heading, told, lost, [fact.field for fact in facts if fact.absence == "not_in_advert"])


def fact_of(row: Mapping[str, Any], name: str) -> Fact:
    """A field's value, or why there is none."""
    value, raw, doubt = row[name], row["raw"].get(name), row["doubted"].get(name)
    if value is not None:
        return Fact(name, kind_of(name), value, raw=raw, doubt=_rule(doubt))
    reason = doubt or row["missing"].get(name, NOT_IN_ADVERT)
    if reason.startswith(_REFUSED):
        return Fact(name, kind_of(name), None, "refused", _rule(reason), raw)
    if reason == NOT_IN_ADVERT:
        return Fact(name, kind_of(name), None, "not_in_advert")
    return Fact(name, kind_of(name), None, "not_read", None if reason == NOT_PARSED else _rule(reason), raw)


def reason_in_words(reason: str) -> tuple[str | None, str]:
    """(field, why) of a reason for quarantine; what concerns no field of ours has none.

    >>> reason_in_words("postal_code: rejected:unknown_postal_code"), reason_in_words("no_price")
    (('postal_code', 'no such postal code exists'), (None, 'no price'))
    """
    name, _, why = reason.partition(": ")
    if name not in FIELDS:
        return None, reason.replace("_", " ")
    return name, N_("not in the advert") if why == NOT_IN_ADVERT else _rule(why) or why


def _rule(reason: str | None) -> str | None:
    """In words; a rule without words by its name."""
    if reason is None or reason == NOT_PARSED:
        return reason and N_("our reading failed")
    rule = reason.removeprefix(_REFUSED)
    return RULES.get(rule, rule.replace("_", " "))


def _is_private(row: Mapping[str, Any], name: str) -> bool:
    return name in ("seller_name", "seller_licence") and row["seller_type"] == _PRIVATE


def _is_ours(row: Mapping[str, Any], name: str) -> bool:
    """`withdrawn` is what we make of an advert that is gone: it never said so."""
    return name == "status" and row["stage"] == Stage.GONE and row["status"] == MarketStatus.WITHDRAWN


def kind_of(name: str) -> Kind:
    """How its values are written."""
    if name in _KINDS:
        return _KINDS[name]
    if name in _WORDS:
        return "word"
    if name.startswith("has_"):
        return "yes_no"
    return "euro" if name.endswith("_eur") else "m2" if name.endswith("_m2") else "plain"
