"""How dear and how lively the places are: rough levels of the Belgian market, made for plausibility, not for study."""

from __future__ import annotations

PROVINCE_SALE_M2 = {
    "antwerp": 2450,
    "brussels": 3300,
    "east_flanders": 2350,
    "flemish_brabant": 2750,
    "hainaut": 1350,
    "liege": 1550,
    "limburg": 2100,
    "luxembourg": 1700,
    "namur": 1750,
    "walloon_brabant": 2600,
    "west_flanders": 2250,
}
"""Euro a square metre of an ordinary home for sale."""

PROVINCE_RENT_M2 = {
    "antwerp": 10.4,
    "brussels": 14.2,
    "east_flanders": 10.3,
    "flemish_brabant": 11.4,
    "hainaut": 8.2,
    "liege": 8.7,
    "limburg": 9.1,
    "luxembourg": 8.9,
    "namur": 9.2,
    "walloon_brabant": 11.2,
    "west_flanders": 9.6,
}
"""Euro a square metre and month."""

PROVINCE_WEIGHT = {
    "antwerp": 15,
    "brussels": 13,
    "east_flanders": 13,
    "flemish_brabant": 10,
    "hainaut": 12,
    "liege": 10,
    "limburg": 6,
    "luxembourg": 3,
    "namur": 5,
    "walloon_brabant": 4,
    "west_flanders": 13,
}
"""Share of all adverts."""

LARGE_TOWNS = {
    "11002": 6,
    "12025": 4,
    "21001": 2,
    "21004": 2,
    "21009": 2,
    "21015": 2,
    "21016": 2,
    "24062": 5,
    "25112": 4,
    "31005": 5,
    "31043": 12,
    "34022": 5,
    "35013": 10,
    "44021": 6,
    "46021": 5,
    "52011": 4,
    "53053": 3,
    "57081": 3,
    "62063": 5,
    "62096": 2,
    "63079": 4,
    "71016": 5,
    "71022": 5,
    "81001": 4,
    "91034": 4,
    "92094": 4,
}
"""REFNIS: how many times as many adverts as a common postal code of the province."""

DEAR_AND_CHEAP = {
    "11002": 1.05,
    "21004": 1.0,
    "21009": 1.2,
    "21016": 1.18,
    "21018": 1.15,
    "21019": 1.16,
    "23088": 0.95,
    "24062": 1.4,
    "25050": 1.05,
    "25091": 0.95,
    "25110": 1.25,
    "25119": 1.35,
    "31005": 1.3,
    "31043": 2.1,
    "35013": 1.2,
    "44021": 1.5,
    "52011": 0.8,
    "52012": 0.78,
    "53053": 1.15,
    "57081": 1.2,
    "58001": 0.85,
    "62063": 1.15,
    "62096": 0.85,
    "63079": 0.8,
    "81001": 1.35,
    "92094": 1.2,
}
"""REFNIS: level compared with the province's."""
