"""What a change of Immoweb's layout does to its objects. Each changes one in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Payload = dict[str, Any]
Spoil = Callable[[Payload], None]
PRICES = (("price", "mainValue"), ("transaction.sale", "price"), ("transaction.rental", "monthlyRentalPrice"))


def at(payload: Payload, path: str) -> Payload:
    """The object in which the last step of the path is a key; an empty one when the advert has none."""
    for step in path.split("."):
        found = payload.get(step)
        if not isinstance(found, dict):
            return {}
        payload = found
    return payload


def price_key_renamed(payload: Payload) -> None:
    for branch, key in PRICES:
        if key in (found := at(payload, branch)):
            found["amountValue"] = found.pop(key)


def scaled_price(factor: Callable[[Payload], float]) -> Spoil:
    def spoil(payload: Payload) -> None:
        times = factor(payload)
        for branch, key in PRICES:
            found = at(payload, branch)
            if isinstance(found.get(key), int | float):
                found[key] = round(found[key] * times, 2)

    return spoil


def per_square_metre(payload: Payload) -> float:
    home = at(payload, "property")
    area = home.get("netHabitableSurface") or at(payload, "property.land").get("surface") or 1
    return 1 / float(area)


def label_moved(payload: Payload) -> None:
    if certificates := at(payload, "transaction.certificates"):
        certificates["energy"] = {"label": certificates.pop("epcScore", None)}
    at(payload, "transaction").pop("certificate", None)


def postal_codes_shifted(payload: Payload) -> None:
    location = at(payload, "property.location")
    if location.get("postalCode"):
        location["postalCode"] = str(1000 + (int(location["postalCode"]) + 1000) % 9000)


def areas_in_other_units(payload: Payload) -> None:
    for branch, key in (("property", "netHabitableSurface"), ("property.land", "surface"), ("property", "landSurface")):
        found = at(payload, branch)
        if isinstance(found.get(key), int | float):
            found[key] = found[key] * 100


def description_in_bedrooms(payload: Payload) -> None:
    at(payload, "property")["bedroomCount"] = "Bright rooms under the roof, with a view of the garden"
