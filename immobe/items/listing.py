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
    """For sale, or for rent."""
    sale_method: SaleMethod | None = None
    """How it is sold; null for rent."""
    status: MarketStatus | None = None
    """What the market does with it, as the advert says."""
    price_eur: Amount | None = None
    """Euro; what kind of price, `price_kind` says. Never a bouquet, never 0 for "on request"."""
    price_kind: PriceKind | None = None
    """What `price_eur` is: an asking price, a starting bid, a monthly rent, …."""
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
    """VAT is due on it, as for new build."""
    cadastral_income_eur: int | None = None
    """Euro a year, not indexed (RC/KI)."""

    property_type: PropertyType | None = None
    """The kind of property, broadly."""
    property_subtype: PropertySubtype | None = None
    """The kind of property, closely."""
    condition: Condition | None = None
    """State of the building, as the advert says."""
    construction_year: int | None = None
    """Year in which the building was finished."""
    facade_count: int | None = None
    """2 terraced, 3 semi-detached, 4 detached."""
    floor_count: int | None = None
    """Storeys of the building."""
    floor: int | None = None
    """Storey of the dwelling; 0 = ground floor."""
    bedroom_count: int | None = None
    """Bedrooms."""
    bathroom_count: int | None = None
    """Bathrooms."""
    shower_room_count: int | None = None
    """Rooms with a shower and no bath."""
    toilet_count: int | None = None
    """Toilets."""
    room_count: int | None = None
    """Rooms altogether, as the advert counts them."""
    living_area_m2: Amount | None = None
    """Net habitable area in m²."""
    land_area_m2: Amount | None = None
    """Area of the plot in m²."""
    garden_area_m2: Amount | None = None
    """Area of the garden in m²."""
    terrace_area_m2: Amount | None = None
    """Area of terraces in m²."""

    epc_label: EpcLabel | None = None
    """On the scale of the listing's own region."""
    epc_kwh_m2_year: int | None = None
    """Primary energy, kWh per m² and year."""
    epc_reference: str | None = None
    """Number of the energy certificate."""
    e_level: int | None = None
    """Flemish E-level of new build (E30 = 30); not kWh/m²."""
    co2_kg_m2_year: Amount | None = None
    """kg CO2 per m² and year."""
    renovation_obligation: bool | None = None
    """The buyer must renovate for energy (Flanders, since 2023)."""
    heating_type: HeatingType | None = None
    """What it is heated with."""
    has_heat_pump: bool | None = None
    """Whether there is a heat pump."""
    has_solar_panels: bool | None = None
    """Whether there are solar panels."""
    has_double_glazing: bool | None = None
    """Whether windows have two panes or more."""
    flood_zone: FloodZone | None = None
    """The zone of flood risk that the advert names."""
    p_score: Score | None = None
    """Flood score of the plot (Flanders, since 2023)."""
    g_score: Score | None = None
    """Flood score of the building (Flanders, since 2023)."""

    street: str | None = None
    """Name of the street."""
    house_number: str | None = None
    """Number in the street."""
    box: str | None = None
    """Box within the building."""
    postal_code: str | None = Field(default=None, pattern=r"^[1-9][0-9]{3}$")
    """Belgian postal code."""
    locality: str | None = None
    """Place name as the advert writes it."""
    municipality_nis: str | None = Field(default=None, pattern=r"^[0-9]{5}$")
    """REFNIS code of the municipality."""
    province: str | None = None
    """snake_case, as in `east_flanders`; null in Brussels, which has no province."""
    region: Region | None = None
    """The region."""
    latitude: Amount | None = None
    """WGS 84, degrees."""
    longitude: Amount | None = None
    """WGS 84, degrees."""
    location_precision: LocationPrecision | None = None
    """How exactly latitude and longitude tell the place."""

    has_garden: bool | None = None
    """Whether there is a garden."""
    has_terrace: bool | None = None
    """Whether there is a terrace."""
    has_garage: bool | None = None
    """Whether there is a garage."""
    parking_count: int | None = None
    """Parking places, indoors and outdoors."""
    has_lift: bool | None = None
    """Whether there is a lift."""
    has_swimming_pool: bool | None = None
    """Whether there is a swimming pool."""
    is_furnished: bool | None = None
    """Whether it is let or sold furnished."""
    has_cellar: bool | None = None
    """Whether there is a cellar."""

    seller_type: SellerType | None = None
    """Who offers it."""
    seller_name: str | None = None
    """Professional sellers only."""
    seller_id: str | None = None
    """The platform's id of a professional seller."""
    seller_licence: str | None = None
    """IPI/BIV number of a professional seller."""

    title: dict[Language, str] = Field(default_factory=dict)
    """Title per language."""
    description: dict[Language, str] = Field(default_factory=dict)
    """Plain text per language."""
    image_urls: list[str] = Field(default_factory=list)
    """Pictures, in the advert's order."""
    virtual_tour_url: str | None = None
    """A tour or film."""

    published_at: AwareDatetime | None = None
    """When the portal says that it was first published."""
    modified_at: AwareDatetime | None = None
    """When the portal says that it was last changed."""
    available_from: date | None = None
    """From when it can be moved into."""
    auction_ends_at: AwareDatetime | None = None
    """When bidding ends."""

    missing: dict[str, str] = Field(default_factory=dict)
    """{field: `not_in_advert` | `not_parsed` | `rejected:<rule>`} for nulls that matter."""
    raw: dict[str, str] = Field(default_factory=dict)
    """{field: the text as found} where a value was normalised or refused."""
    mapper_version: str
    """Version of the mapping that made this record."""
    fetched_at: AwareDatetime
    """When the page was fetched that this record comes from."""
