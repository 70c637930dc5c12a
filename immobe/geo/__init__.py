"""Where a Belgian postal code lies, and whether coordinates can be right."""

from immobe.geo.coordinates import distance_to_place_km, in_belgium
from immobe.geo.places import PROVINCES, Place, locate, place_key, postal_codes_of_province

__all__ = [
    "PROVINCES",
    "Place",
    "distance_to_place_km",
    "in_belgium",
    "locate",
    "place_key",
    "postal_codes_of_province",
]
