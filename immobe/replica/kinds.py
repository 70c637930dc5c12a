"""Which kinds of property the market holds: how many, how large, how dear beside an ordinary home."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from itertools import accumulate

from immobe.items import PropertySubtype as Sub
from immobe.items import PropertyType as Type
from immobe.replica.chance import Draws


@dataclass(frozen=True, slots=True)
class Kind:
    """One subtype of property."""

    property_type: Type
    subtype: Sub
    weight: float
    """Adverts in a thousand."""
    area_m2: tuple[int, int]
    """Smallest and largest: living area, or the plot for land, or the floor for the rest."""
    price_factor: float
    """Price of a square metre compared with an ordinary home of the place."""
    rent_share: float

    @property
    def is_home(self) -> bool:
        return self.property_type in (Type.HOUSE, Type.APARTMENT)


KINDS = (
    Kind(Type.HOUSE, Sub.HOUSE, 240, (75, 240), 0.95, 0.06),
    Kind(Type.HOUSE, Sub.VILLA, 45, (150, 450), 1.2, 0.05),
    Kind(Type.HOUSE, Sub.TOWN_HOUSE, 25, (130, 300), 1.0, 0.04),
    Kind(Type.HOUSE, Sub.MANSION, 15, (180, 480), 0.95, 0.03),
    Kind(Type.HOUSE, Sub.BUNGALOW, 9, (80, 180), 1.1, 0.05),
    Kind(Type.HOUSE, Sub.CHALET, 7, (35, 90), 0.8, 0.0),
    Kind(Type.HOUSE, Sub.FARMHOUSE, 7, (150, 420), 0.85, 0.0),
    Kind(Type.HOUSE, Sub.COUNTRY_COTTAGE, 5, (110, 280), 1.0, 0.02),
    Kind(Type.HOUSE, Sub.APARTMENT_BLOCK, 22, (160, 700), 0.85, 0.0),
    Kind(Type.HOUSE, Sub.MIXED_USE_BUILDING, 22, (140, 600), 0.8, 0.05),
    Kind(Type.HOUSE, Sub.EXCEPTIONAL_PROPERTY, 6, (280, 850), 1.7, 0.02),
    Kind(Type.HOUSE, Sub.MANOR_HOUSE, 3, (300, 800), 1.15, 0.0),
    Kind(Type.HOUSE, Sub.PAVILION, 2, (60, 140), 0.9, 0.0),
    Kind(Type.HOUSE, Sub.CASTLE, 1, (400, 1200), 1.2, 0.0),
    Kind(Type.HOUSE, Sub.SHOW_HOUSE, 2, (130, 220), 1.2, 0.0),
    Kind(Type.APARTMENT, Sub.APARTMENT, 230, (45, 140), 1.15, 0.33),
    Kind(Type.APARTMENT, Sub.GROUND_FLOOR, 20, (50, 130), 1.1, 0.3),
    Kind(Type.APARTMENT, Sub.DUPLEX, 18, (70, 170), 1.05, 0.25),
    Kind(Type.APARTMENT, Sub.PENTHOUSE, 16, (85, 220), 1.45, 0.15),
    Kind(Type.APARTMENT, Sub.STUDIO, 20, (22, 45), 1.3, 0.5),
    Kind(Type.APARTMENT, Sub.LOFT, 5, (75, 220), 1.2, 0.25),
    Kind(Type.APARTMENT, Sub.SERVICE_FLAT, 8, (45, 85), 1.35, 0.4),
    Kind(Type.APARTMENT, Sub.TRIPLEX, 3, (100, 220), 1.05, 0.2),
    Kind(Type.APARTMENT, Sub.STUDENT_ROOM, 16, (12, 28), 1.6, 0.7),
    Kind(Type.LAND, Sub.BUILDING_LAND, 55, (180, 2400), 0.07, 0.0),
    Kind(Type.LAND, Sub.AGRICULTURAL_LAND, 6, (2000, 60000), 0.002, 0.05),
    Kind(Type.LAND, Sub.UNBUILDABLE_LAND, 3, (300, 9000), 0.008, 0.0),
    Kind(Type.LAND, Sub.FOREST, 3, (2000, 40000), 0.001, 0.0),
    Kind(Type.LAND, Sub.MEADOW, 3, (1500, 30000), 0.002, 0.05),
    Kind(Type.LAND, Sub.RECREATIONAL_LAND, 2, (300, 3000), 0.01, 0.0),
    Kind(Type.GARAGE, Sub.CLOSED_GARAGE, 22, (13, 30), 0.6, 0.4),
    Kind(Type.GARAGE, Sub.COVERED_PARKING_SPACE, 9, (11, 16), 0.7, 0.4),
    Kind(Type.GARAGE, Sub.OUTDOOR_PARKING_SPACE, 7, (11, 16), 0.45, 0.4),
    Kind(Type.OFFICE, Sub.OFFICE, 28, (35, 900), 0.75, 0.6),
    Kind(Type.OFFICE, Sub.OFFICE_BLOCK, 4, (300, 4000), 0.6, 0.4),
    Kind(Type.RETAIL, Sub.COMMERCIAL_PREMISES, 34, (35, 800), 0.8, 0.55),
    Kind(Type.RETAIL, Sub.CATERING, 5, (60, 400), 0.75, 0.5),
    Kind(Type.RETAIL, Sub.HOTEL, 2, (300, 2500), 0.9, 0.05),
    Kind(Type.INDUSTRIAL, Sub.WAREHOUSE, 16, (120, 4000), 0.32, 0.5),
    Kind(Type.INDUSTRIAL, Sub.INDUSTRIAL_PREMISES, 8, (200, 6000), 0.35, 0.45),
    Kind(Type.OTHER, Sub.OTHER, 10, (20, 400), 0.4, 0.2),
)

KIND_OF = {(kind.property_type, kind.subtype): kind for kind in KINDS}
_CUMULATED = list(accumulate(kind.weight for kind in KINDS))


def draw_kind(draws: Draws) -> Kind:
    return KINDS[bisect(_CUMULATED, draws.unit() * _CUMULATED[-1])]
