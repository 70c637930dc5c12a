"""Evidence that two adverts are one dwelling, in words: what was compared, and how alike it is.

Keys are those of `immobe.market.weights`, and the two by which evidence that hangs together is held back.
"""

from __future__ import annotations

from immobe.watchtower.languages import N_

PARTS = {
    "reference": N_("seller’s reference"),
    "seller": N_("seller"),
    "epc_reference": N_("EPC certificate"),
    "address": N_("address"),
    "point": N_("point on the map"),
    "price": N_("price"),
    "living_area": N_("living area"),
    "land_area": N_("plot"),
    "garden_area": N_("garden"),
    "terrace_area": N_("terrace"),
    "cadastral_income": N_("cadastral income"),
    "epc_kwh": N_("primary energy"),
    "epc_label": N_("EPC label"),
    "construction_year": N_("year of construction"),
    "bedrooms": N_("bedrooms"),
    "bathrooms": N_("bathrooms"),
    "toilets": N_("toilets"),
    "rooms": N_("rooms"),
    "facades": N_("facades"),
    "floor": N_("floor"),
    "subtype": N_("subtype"),
    "project_prices": N_("prices of the project"),
    "same_platform": N_("both on one portal at once"),
    "shared_in_a_building": N_("what neighbours share, held back"),
    "alike_in_a_project": N_("what units of a project share, held back"),
}
LEVELS = {
    "equal": N_("equal"),
    "equal_short": N_("equal, but short"),
    "equal_other_seller": N_("equal, of another seller"),
    "differs": N_("differs"),
    "differs_same_seller": N_("differs, of the same seller"),
    "near": N_("nearly equal"),
    "close": N_("close"),
    "apart": N_("apart"),
    "far": N_("far"),
    "same": N_("the same"),
    "one_off": N_("one apart"),
    "box": N_("to the box"),
    "number": N_("to the house number"),
    "street": N_("the street"),
    "other_number": N_("another number"),
    "other_street": N_("another street"),
    "other_seller": N_("of two sellers"),
    "seller_unknown": N_("of unknown sellers"),
    "same_seller": N_("of the same seller"),
    "beyond": N_("no independent evidence"),
}
