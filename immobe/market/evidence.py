"""What speaks for and against two adverts being one dwelling: a sum of documented weights, with all its parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from immobe.market import comparing
from immobe.market.homes import Home
from immobe.market.vetoes import veto
from immobe.market.weights import (
    ACCEPTED,
    ALIKE_AT_MOST,
    ALIKE_IN_A_PROJECT,
    SHARED_AT_MOST,
    SHARED_IN_A_BUILDING,
    WEIGHTS,
)

Parts = dict[str, tuple[str, float]]
"""{kind of evidence: (level of agreement, bits)}."""
_AREA_NEAR, _AREA_CLOSE = 0.03, 0.08


@dataclass(frozen=True, slots=True)
class Judgement:
    """Two adverts compared."""

    score: float
    """Bits; the sum of the parts."""
    parts: Parts
    veto: str | None
    """Why they are two, whatever the score."""

    @property
    def is_same(self) -> bool:
        return self.veto is None and self.score >= ACCEPTED


def _areas(name: str) -> Callable[[Home, Home], str | None]:
    return lambda a, b: comparing.amounts(getattr(a, name), getattr(b, name), _AREA_NEAR, _AREA_CLOSE)


def _counts(name: str) -> Callable[[Home, Home], str | None]:
    return lambda a, b: comparing.counts(getattr(a, name), getattr(b, name))


def _epc_label(a: Home, b: Home) -> str | None:
    """Where both tell a consumption, that says more."""
    if a.epc_kwh_m2_year is not None and b.epc_kwh_m2_year is not None:
        return None
    return comparing.words(a.epc_label, b.epc_label)


def _floor(a: Home, b: Home) -> str | None:
    """Another floor is a veto."""
    return "equal" if a.floor is not None and a.floor == b.floor else None


def _project_prices(a: Home, b: Home) -> str | None:
    return comparing.amounts(a.price_max_eur, b.price_max_eur, 0.02, 0.1) if a.is_project else None


def _same_platform(a: Home, b: Home) -> str | None:
    """A portal shows one home once at a time; two agencies may both have it."""
    if a.platform != b.platform or a.gone_at is not None or b.gone_at is not None:
        return None
    same = comparing.same_seller(a, b)
    return "seller_unknown" if same is None else "same_seller" if same else "other_seller"


COMPARED: dict[str, Callable[[Home, Home], str | None]] = {
    "reference": comparing.reference,
    "seller": comparing.seller,
    "epc_reference": comparing.epc_reference,
    "address": comparing.address,
    "point": comparing.point,
    "price": comparing.price,
    "living_area": _areas("living_area_m2"),
    "land_area": _areas("land_area_m2"),
    "garden_area": _areas("garden_area_m2"),
    "terrace_area": _areas("terrace_area_m2"),
    "cadastral_income": _areas("cadastral_income_eur"),
    "epc_kwh": lambda a, b: comparing.amounts(a.epc_kwh_m2_year, b.epc_kwh_m2_year, 0.005, 0.03),
    "epc_label": _epc_label,
    "construction_year": _counts("construction_year"),
    "bedrooms": _counts("bedroom_count"),
    "bathrooms": _counts("bathroom_count"),
    "toilets": _counts("toilet_count"),
    "rooms": _counts("room_count"),
    "facades": _counts("facade_count"),
    "floor": _floor,
    "subtype": lambda a, b: comparing.words(a.property_subtype, b.property_subtype),
    "project_prices": _project_prices,
    "same_platform": _same_platform,
}


def levels(a: Home, b: Home) -> dict[str, str]:
    """{kind of evidence: level of agreement} for what both adverts tell."""
    return {name: level for name, compare in COMPARED.items() if (level := compare(a, b)) is not None}


def judge(a: Home, b: Home) -> Judgement:
    """Compares two adverts. The order does not matter."""
    parts = {name: (level, WEIGHTS[name][level]) for name, level in levels(a, b).items()}
    if a.shares_a_building or b.shares_a_building or not _is_at_one_door(parts):
        _cap(parts, "shared_in_a_building", SHARED_IN_A_BUILDING, SHARED_AT_MOST)
    if a.is_new_build or b.is_new_build:
        _cap(parts, "alike_in_a_project", ALIKE_IN_A_PROJECT, ALIKE_AT_MOST)
    return Judgement(sum(bits for _, bits in parts.values()), parts, veto(a, b))


def _is_at_one_door(parts: Parts) -> bool:
    return parts.get("address", ("", 0))[0] in ("number", "box") or parts.get("point", ("", 0))[0] == "same"


def _cap(parts: Parts, name: str, shared: tuple[str, ...], most: float) -> None:
    """Takes away what evidence that is not independent adds beyond `most`."""
    beyond = sum(max(0.0, parts[kind][1]) for kind in shared if kind in parts) - most
    if beyond > 0:
        parts[name] = ("beyond", -beyond)
