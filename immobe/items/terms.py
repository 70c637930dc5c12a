"""The closed lists of values in a record: terms of schema.org and RESO, Belgian ones where only they are exact."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

Language = Literal["fr", "nl", "en", "de"]
Score = Literal["A", "B", "C", "D"]
NOT_IN_ADVERT, NOT_PARSED = "not_in_advert", "not_parsed"


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
