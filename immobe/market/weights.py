"""What each level of agreement is worth, in bits: log2 of how much likelier it is for one dwelling than for two.

Where the replica's portals can tell, a weight is near the one that `scripts/bench/properties.py --weights` estimates
from its labelled pairs, rounded. It is held back where the replica is kinder than the market: its portals never write
another bedroom count, year or certificate, and never round a point. Weights of sellers and references are set by
judgement (a reference belongs to one seller's software, which may number anew for each portal; two agencies may sell
one home). A test on a labelled set keeps the whole at its precision and recall (2026-11-24).
"""

from __future__ import annotations

ACCEPTED = 13.0
"""Bits from which two adverts of one block are one dwelling: 2^10 for the neighbours in a block, and 2^3 to be sure."""

WEIGHTS: dict[str, dict[str, float]] = {
    "reference": {"equal": 8, "equal_short": 3, "equal_other_seller": 1.5, "differs": -0.5, "differs_same_seller": -4},
    "seller": {"equal": 1.5, "differs": -1.5},
    "epc_reference": {"equal": 9, "differs": -3},
    "address": {"box": 9, "number": 8, "street": 4, "other_number": -3, "other_street": -6},
    "point": {"same": 5, "near": 3, "close": 0, "apart": -2, "far": -5},
    "price": {"equal": 4.5, "near": 1, "close": -1.5, "apart": -3, "differs": -5},
    "living_area": {"equal": 4.5, "near": 1, "close": -1, "differs": -5},
    "land_area": {"equal": 6, "near": 2, "close": 0, "differs": -3},
    "garden_area": {"equal": 4, "near": 2, "close": 0, "differs": -2},
    "terrace_area": {"equal": 3, "near": 2, "close": 0, "differs": -2},
    "cadastral_income": {"equal": 6, "near": 0, "close": -1, "differs": -2},
    "epc_kwh": {"equal": 6, "near": 2, "close": -3, "differs": -4},
    "epc_label": {"equal": 1, "differs": -3},
    "construction_year": {"equal": 4, "one_off": 1, "differs": -4},
    "bedrooms": {"equal": 1, "one_off": -3, "differs": -6},
    "bathrooms": {"equal": 0.3, "one_off": -1.5, "differs": -3},
    "toilets": {"equal": 0.5, "one_off": -1, "differs": -2},
    "rooms": {"equal": 1, "one_off": -0.5, "differs": -2},
    "facades": {"equal": 0.5, "one_off": -1.5, "differs": -3},
    "floor": {"equal": 2},
    "subtype": {"equal": 0.5, "differs": -1.5},
    "project_prices": {"equal": 6, "near": 2, "close": 0, "differs": -2},
    "same_platform": {"other_seller": -1, "seller_unknown": -3, "same_seller": -7},
}  # fmt: skip

SHARED_IN_A_BUILDING = (
    "address",
    "point",
    "construction_year",
    "seller",
    "facades",
    "land_area",
    "bathrooms",
    "toilets",
)
SHARED_AT_MOST = 5.0
"""What all of these together may add for flats and new homes, and wherever neither a house number nor the very point
agrees: the dwelling next door agrees in them too."""
ALIKE_IN_A_PROJECT = ("price", "living_area", "bedrooms", "subtype")
ALIKE_AT_MOST = 4.0
"""Likewise for new homes: units of one plan have one size, and one price."""
