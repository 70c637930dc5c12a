"""What travels from a page to a row.

A spider yields a `DetectedPage` (the cards of a search page, each a `DetectedListing`) and `RawListing`s (a platform's
own objects, as read from listing pages). The mapper turns these into a `Listing`, the one canonical record.
`RemovedListing` is evidence that an advert went; `QuarantinedRecord` holds what could not be used, with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer


class ListingKind(StrEnum):
    SINGLE = "single"
    PROJECT = "project"
    UNIT = "unit"


class TransactionType(StrEnum):
    SALE = "sale"
    RENT = "rent"


class SaleMethod(StrEnum):
    PRIVATE_TREATY = "private_treaty"
    PUBLIC_AUCTION = "public_auction"
    LIFE_ANNUITY = "life_annuity"


class MarketStatus(StrEnum):
    AVAILABLE = "available"
    UNDER_OPTION = "under_option"
    SOLD = "sold"
    RENTED = "rented"
    WITHDRAWN = "withdrawn"


class PriceKind(StrEnum):
    ASKING = "asking"
    FROM = "from"
    STARTING_BID = "starting_bid"
    MONTHLY_RENT = "monthly_rent"
    ON_REQUEST = "on_request"


class PropertyType(StrEnum):
    HOUSE = "house"
    APARTMENT = "apartment"
    LAND = "land"
    GARAGE = "garage"
    OFFICE = "office"
    RETAIL = "retail"
    INDUSTRIAL = "industrial"
    OTHER = "other"


class PropertySubtype(StrEnum):
    HOUSE = "house"
    VILLA = "villa"
    MANSION = "mansion"
    TOWN_HOUSE = "town_house"
    BUNGALOW = "bungalow"
    CHALET = "chalet"
    FARMHOUSE = "farmhouse"
    COUNTRY_COTTAGE = "country_cottage"
    MANOR_HOUSE = "manor_house"
    PAVILION = "pavilion"
    CASTLE = "castle"
    SHOW_HOUSE = "show_house"
    APARTMENT_BLOCK = "apartment_block"
    MIXED_USE_BUILDING = "mixed_use_building"
    EXCEPTIONAL_PROPERTY = "exceptional_property"
    APARTMENT = "apartment"
    GROUND_FLOOR = "ground_floor"
    DUPLEX = "duplex"
    TRIPLEX = "triplex"
    PENTHOUSE = "penthouse"
    LOFT = "loft"
    STUDIO = "studio"
    SERVICE_FLAT = "service_flat"
    STUDENT_ROOM = "student_room"
    BUILDING_LAND = "building_land"
    AGRICULTURAL_LAND = "agricultural_land"
    RECREATIONAL_LAND = "recreational_land"
    UNBUILDABLE_LAND = "unbuildable_land"
    FIELD = "field"
    FOREST = "forest"
    ORCHARD = "orchard"
    MEADOW = "meadow"
    CLOSED_GARAGE = "closed_garage"
    COVERED_PARKING_SPACE = "covered_parking_space"
    OUTDOOR_PARKING_SPACE = "outdoor_parking_space"
    OFFICE = "office"
    OFFICE_BLOCK = "office_block"
    COMMERCIAL_PREMISES = "commercial_premises"
    HOTEL = "hotel"
    CATERING = "catering"
    WAREHOUSE = "warehouse"
    INDUSTRIAL_PREMISES = "industrial_premises"
    OTHER = "other"


class Condition(StrEnum):
    NEW = "new"
    RENOVATED = "renovated"
    GOOD = "good"
    TO_REFRESH = "to_refresh"
    TO_RENOVATE = "to_renovate"
    TO_RESTORE = "to_restore"
    TO_DEMOLISH = "to_demolish"
    UNDER_CONSTRUCTION = "under_construction"


class EpcLabel(StrEnum):
    A_PLUS_PLUS = "A++"
    A_PLUS = "A+"
    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"
    G = "G"


class HeatingType(StrEnum):
    GAS = "gas"
    FUEL_OIL = "fuel_oil"
    ELECTRIC = "electric"
    HEAT_PUMP = "heat_pump"
    PELLET = "pellet"
    WOOD = "wood"
    SOLAR = "solar"
    COAL = "coal"
    HOT_AIR = "hot_air"


class FloodZone(StrEnum):
    """The zones that Belgian adverts name beside, or before, the Flemish P- and G-scores of 2023."""

    NONE = "none"
    POSSIBLE = "possible"
    RECOGNIZED = "recognized"
    CIRCUMSCRIBED = "circumscribed"
    CIRCUMSCRIBED_WATERSIDE = "circumscribed_waterside"
    POSSIBLE_CIRCUMSCRIBED = "possible_circumscribed"
    POSSIBLE_CIRCUMSCRIBED_WATERSIDE = "possible_circumscribed_waterside"
    RECOGNIZED_CIRCUMSCRIBED = "recognized_circumscribed"
    RECOGNIZED_CIRCUMSCRIBED_WATERSIDE = "recognized_circumscribed_waterside"


class Region(StrEnum):
    FLANDERS = "flanders"
    WALLONIA = "wallonia"
    BRUSSELS = "brussels"


class LocationPrecision(StrEnum):
    EXACT = "exact"
    APPROXIMATE = "approximate"
    MUNICIPALITY = "municipality"


class SellerType(StrEnum):
    AGENCY = "agency"
    NOTARY = "notary"
    DEVELOPER = "developer"
    PRIVATE = "private"


class Stage(StrEnum):
    """How far we are with a listing; not what the market does with it (that is `status`)."""

    DISCOVERED = "discovered"
    SCRAPED = "scraped"
    REJECTED = "rejected"
    FAILED = "failed"
    GONE = "gone"


Language = Literal["fr", "nl", "en", "de"]
Score = Literal["A", "B", "C", "D"]
NOT_IN_ADVERT, NOT_PARSED = "not_in_advert", "not_parsed"


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


@dataclass(frozen=True, slots=True)
class DetectedListing:
    """A card of a search page: the advert exists, at this URL. `card` holds what the card says, by Listing's names."""

    platform: str
    platform_listing_id: str
    url: str
    seen_at: datetime
    correlation_id: str
    card: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DetectedPage:
    """All cards of one search page: one item, so that they are committed together."""

    listings: tuple[DetectedListing, ...]


@dataclass(frozen=True, slots=True)
class RawListing:
    """The platform's own object of one advert, without personal data of private sellers."""

    platform: str
    platform_listing_id: str
    url: str
    payload: dict[str, Any]
    fetched_at: datetime
    correlation_id: str
    project_id: str | None = None


@dataclass(frozen=True, slots=True)
class MappedListing:
    """A canonical record beside the object it was made from, on its way to the database.

    `suspicious` marks a page that lacks what every advert has: its nulls say nothing about the advert.
    """

    listing: Listing
    source: RawListing
    suspicious: bool = False


@dataclass(frozen=True, slots=True)
class RemovedListing:
    """Evidence that an advert is no longer there: `http_404`, `http_410` or `redirected_home`."""

    platform: str
    platform_listing_id: str
    url: str
    evidence: str
    seen_at: datetime
    correlation_id: str


@dataclass(frozen=True, slots=True)
class QuarantinedRecord:
    """What could not be used, kept with its reasons. `payload` is the object, or the first part of the page."""

    platform: str
    url: str
    reasons: tuple[str, ...]
    payload: dict[str, Any] | str
    seen_at: datetime
    correlation_id: str
    platform_listing_id: str | None = None


Item = DetectedPage | RawListing | MappedListing | RemovedListing | QuarantinedRecord
