"""Two values of one fact to a level of agreement, as `weights` knows it. None: nothing is said."""

from __future__ import annotations

from math import cos, hypot, radians

from rapidfuzz.fuzz import ratio, token_sort_ratio

from immobe.items import LocationPrecision, Region
from immobe.market.homes import Home, plain, plain_box, plain_number, plain_reference, plain_street

_METRES_PER_DEGREE = 111_200
_SAME_STREET, _OTHER_NAME = 85, 60
_SHORT_REFERENCE = 5


def amounts(a: float | None, b: float | None, near: float, close: float) -> str | None:
    """`equal`, or `near`, `close` within these parts of the greater, or `differs`. 0 is unknown."""
    if not a or not b:
        return None
    if a == b:
        return "equal"
    gap = abs(a - b) / max(a, b)
    return "near" if gap <= near else "close" if gap <= close else "differs"


def counts(a: int | None, b: int | None) -> str | None:
    if a is None or b is None:
        return None
    return "equal" if a == b else "one_off" if abs(a - b) == 1 else "differs"


def words(a: str | None, b: str | None) -> str | None:
    return None if a is None or b is None else "equal" if a == b else "differs"


def price_gap(a: Home, b: Home) -> float | None:
    """The difference as a part of the greater price; None when there are no two prices of one kind."""
    if a.is_project:
        pair = (a.price_min_eur, b.price_min_eur)
    elif a.price_eur and b.price_eur:
        one_kind = a.price_kind is None or b.price_kind is None or _bids(a) == _bids(b)
        pair = (a.price_eur, b.price_eur) if one_kind else (None, None)
    else:
        pair = (a.annuity_lump_sum_eur, b.annuity_lump_sum_eur)
    first, second = pair
    return abs(first - second) / max(first, second) if first and second else None


def _bids(home: Home) -> bool:
    return home.price_kind == "starting_bid"


def price(a: Home, b: Home) -> str | None:
    gap = price_gap(a, b)
    if gap is None:
        return None
    for level, most in (("equal", 0.0), ("near", 0.02), ("close", 0.06), ("apart", 0.15)):
        if gap <= most:
            return level
    return "differs"


def same_seller(a: Home, b: Home) -> bool | None:
    """None when it cannot be said."""
    if a.seller_licence and b.seller_licence:
        return plain_reference(a.seller_licence) == plain_reference(b.seller_licence)
    if a.platform == b.platform and a.seller_id and b.seller_id:
        return a.seller_id == b.seller_id
    if a.seller_name and b.seller_name:
        likeness = token_sort_ratio(plain(a.seller_name), plain(b.seller_name))
        return True if likeness >= _SAME_STREET else False if likeness < _OTHER_NAME else None
    return None


def seller(a: Home, b: Home) -> str | None:
    same = same_seller(a, b)
    return None if same is None else "equal" if same else "differs"


def reference(a: Home, b: Home) -> str | None:
    """The seller's own reference: it says little without knowing that the seller is the same, and a short one less."""
    first, second = plain_reference(a.external_reference or ""), plain_reference(b.external_reference or "")
    if not first or not second:
        return None
    same = same_seller(a, b)
    if first != second:
        return "differs_same_seller" if same and a.platform == b.platform else "differs"
    if same is False:
        return "equal_other_seller"
    return "equal_short" if len(first) < _SHORT_REFERENCE else "equal"


def epc_reference(a: Home, b: Home) -> str | None:
    first, second = plain_reference(a.epc_reference or ""), plain_reference(b.epc_reference or "")
    return words(first, second) if first and second else None


def same_street(a: Home, b: Home) -> bool | None:
    """None when one is hidden, or when Brussels may have named it in two languages."""
    if not a.street or not b.street:
        return None
    first, second = plain_street(a.street), plain_street(b.street)
    if first == second or ratio(first, second) >= _SAME_STREET:
        return True
    return None if Region.BRUSSELS in (a.region, b.region) else False


def other_number(a: Home, b: Home) -> bool | None:
    """Whether the house numbers exclude each other: neither lies within the other, or their letters differ."""
    first, second = plain_number(a.house_number or ""), plain_number(b.house_number or "")
    if first is None or second is None:
        return None
    apart = first[1] < second[0] or second[1] < first[0]
    return apart or bool(first[2] and second[2] and first[2] != second[2])


def other_box(a: Home, b: Home) -> bool | None:
    return plain_box(a.box) != plain_box(b.box) if a.box and b.box else None


def address(a: Home, b: Home) -> str | None:
    same, number = same_street(a, b), other_number(a, b)
    if not same:
        return None if same is None else "other_street"
    if number is None:
        return "street"
    if number or plain_number(a.house_number or "") != plain_number(b.house_number or ""):
        return "other_number"
    return "number" if other_box(a, b) is not False else "box"


def metres(a: Home, b: Home) -> float | None:
    """Between their points, as the crow flies."""
    if a.latitude is None or b.latitude is None or a.longitude is None or b.longitude is None:
        return None
    east = (a.longitude - b.longitude) * cos(radians(a.latitude))
    return _METRES_PER_DEGREE * hypot(a.latitude - b.latitude, east)


def point(a: Home, b: Home) -> str | None:
    """The point of a hidden address is often the middle of its municipality, which many adverts share."""
    apart = metres(a, b)
    if apart is None or LocationPrecision.MUNICIPALITY in (a.location_precision, b.location_precision):
        return None
    told = all(home.location_precision == LocationPrecision.EXACT or home.street for home in (a, b))
    if not told:
        return "far" if apart > 5000 else None
    for level, most in (("same", 10), ("near", 80), ("close", 400), ("apart", 1000)):
        if apart <= most:
            return level
    return "far"
