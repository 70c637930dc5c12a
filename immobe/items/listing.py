"""The canonical record: one advert of any platform."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

from immobe.items.terms import (
    Condition,
    EpcLabel,
    FloodZone,
    HeatingType,
    Language,
    ListingKind,
    LocationPrecision,
    MarketStatus,
    PriceKind,
    PropertySubtype,
    PropertyType,
    Region,
    SaleMethod,
    Score,
    SellerType,
    TransactionType,
)


def json_number(value: Decimal) -> int | float:
    """A Decimal as JSON writes it: whole numbers without a fraction."""
    return int(value) if value == value.to_integral_value() else float(value)


# A number in JSON, an exact Decimal in Python and PostgreSQL.
Amount = Annotated[Decimal, PlainSerializer(json_number, return_type=int | float, when_used="json")]


class Listing(BaseModel):
    """The canonical record of one advert. `None` means unknown; `missing` then says why."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, strict=True)

    platform: str
    """Name of the portal, as in `immoweb`."""
    platform_listing_id: str
    """The advert's id on the platform, as the platform writes it, normalised."""
    url: str
    """Canonical URL, without tracking parameters."""
    language: Language | None = None
    """Language of the page."""
    listing_kind: ListingKind = ListingKind.SINGLE
    """A new-build project, a unit of one, or an ordinary advert."""
    project_id: str | None = None
    """The platform's id of the project that a unit belongs to."""
    external_reference: str | None = None
    """The seller's own reference: the same on every portal the seller uses."""

    transaction_type: TransactionType | None = None
    sale_method: SaleMethod | None = None
    """How it is sold; null for rent."""
    status: MarketStatus | None = None
    price_eur: Amount | None = None
    """Euro; what kind of price, `price_kind` says. Never a bouquet, never 0 for "on request"."""
    price_kind: PriceKind | None = None
    price_min_eur: Amount | None = None
    """Euro; cheapest unit of a project."""
    price_max_eur: Amount | None = None
    """Euro; dearest unit of a project."""
    previous_price_eur: Amount | None = None
    """Euro; as the page states it."""
    monthly_charges_eur: Amount | None = None
    """Euro a month beside the rent."""
    annuity_lump_sum_eur: Amount | None = None
    """Euro; the bouquet of a life annuity."""
    annuity_monthly_eur: Amount | None = None
    """Euro a month; the rent of a life annuity."""
    subject_to_vat: bool | None = None
    cadastral_income_eur: int | None = None
    """Euro a year, not indexed (RC/KI)."""

    property_type: PropertyType | None = None
    property_subtype: PropertySubtype | None = None
    condition: Condition | None = None
    construction_year: int | None = None
    facade_count: int | None = None
    """2 terraced, 3 semi-detached, 4 detached."""
    floor_count: int | None = None
    """Storeys of the building."""
    floor: int | None = None
    """Storey of the dwelling; 0 = ground floor."""
    bedroom_count: int | None = None
    bathroom_count: int | None = None
    shower_room_count: int | None = None
    toilet_count: int | None = None
    room_count: int | None = None
    living_area_m2: Amount | None = None
    """Net habitable area in m²."""
    land_area_m2: Amount | None = None
    """Area of the plot in m²."""
    garden_area_m2: Amount | None = None
    terrace_area_m2: Amount | None = None

    epc_label: EpcLabel | None = None
    """On the scale of the listing's own region."""
    epc_kwh_m2_year: int | None = None
    """Primary energy, kWh per m² and year."""
    epc_reference: str | None = None
    e_level: int | None = None
    """Flemish E-level of new build (E30 = 30); not kWh/m²."""
    co2_kg_m2_year: Amount | None = None
    """kg CO2 per m² and year."""
    renovation_obligation: bool | None = None
    heating_type: HeatingType | None = None
    has_heat_pump: bool | None = None
    has_solar_panels: bool | None = None
    has_double_glazing: bool | None = None
    flood_zone: FloodZone | None = None
    p_score: Score | None = None
    """Flood score of the plot (Flanders, since 2023)."""
    g_score: Score | None = None
    """Flood score of the building (Flanders, since 2023)."""

    street: str | None = None
    house_number: str | None = None
    box: str | None = None
    postal_code: str | None = Field(default=None, pattern=r"^[1-9][0-9]{3}$")
    locality: str | None = None
    """Place name as the advert writes it."""
    municipality_nis: str | None = Field(default=None, pattern=r"^[0-9]{5}$")
    """REFNIS code of the municipality."""
    province: str | None = None
    """snake_case, as in `east_flanders`; null in Brussels, which has no province."""
    region: Region | None = None
    latitude: Amount | None = None
    """WGS 84, degrees."""
    longitude: Amount | None = None
    """WGS 84, degrees."""
    location_precision: LocationPrecision | None = None

    has_garden: bool | None = None
    has_terrace: bool | None = None
    has_garage: bool | None = None
    parking_count: int | None = None
    has_lift: bool | None = None
    has_swimming_pool: bool | None = None
    is_furnished: bool | None = None
    has_cellar: bool | None = None

    seller_type: SellerType | None = None
    seller_name: str | None = None
    """Professional sellers only."""
    seller_id: str | None = None
    """The platform's id of a professional seller."""
    seller_licence: str | None = None
    """IPI/BIV number of a professional seller."""

    title: dict[Language, str] = Field(default_factory=dict)
    description: dict[Language, str] = Field(default_factory=dict)
    """Plain text per language."""
    image_urls: list[str] = Field(default_factory=list)
    virtual_tour_url: str | None = None

    published_at: AwareDatetime | None = None
    modified_at: AwareDatetime | None = None
    available_from: date | None = None
    auction_ends_at: AwareDatetime | None = None

    missing: dict[str, str] = Field(default_factory=dict)
    """{field: `not_in_advert` | `not_parsed` | `rejected:<rule>`} for nulls that matter."""
    raw: dict[str, str] = Field(default_factory=dict)
    """{field: the text as found} where a value was normalised or refused."""
    mapper_version: str
    fetched_at: AwareDatetime
