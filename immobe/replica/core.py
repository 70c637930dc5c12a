"""What a search can ask about an advert: kind, place, price, rooms. Cheap, since a search looks at every advert."""

from __future__ import annotations

from typing import NamedTuple

from immobe.items import ListingKind, PropertySubtype, PropertyType, SaleMethod, TransactionType
from immobe.replica.chance import Draws
from immobe.replica.kinds import KIND_OF, Kind, draw_kind
from immobe.replica.levels import PROVINCE_RENT_M2
from immobe.replica.places import Place, draw_place, places

_ON_REQUEST_SHARE = {PropertyType.HOUSE: 0.015, PropertyType.APARTMENT: 0.015, PropertyType.GARAGE: 0.0}
_PROJECT_KINDS = (
    KIND_OF[PropertyType.APARTMENT, PropertySubtype.APARTMENT],
    KIND_OF[PropertyType.HOUSE, PropertySubtype.HOUSE],
)
_UNIT_SUBTYPES = {
    PropertyType.APARTMENT: (
        PropertySubtype.APARTMENT,
        PropertySubtype.APARTMENT,
        PropertySubtype.APARTMENT,
        PropertySubtype.GROUND_FLOOR,
        PropertySubtype.PENTHOUSE,
        PropertySubtype.DUPLEX,
    ),
    PropertyType.HOUSE: (PropertySubtype.HOUSE,),
}


class Core(NamedTuple):
    """The facts of one advert that never change."""

    listing_kind: ListingKind
    kind: Kind
    transaction: TransactionType
    sale_method: SaleMethod | None
    place_number: int
    first_price_eur: int
    """Asking price, starting bid or monthly rent on the first day; the worth of the home for a life annuity."""
    is_on_request: bool
    area_m2: int
    """Living area, plot or floor, by kind."""
    bedroom_count: int | None
    is_newly_built: bool

    @property
    def place(self) -> Place:
        return places()[self.place_number]


def draw_single(draws: Draws) -> Core:
    """An ordinary advert."""
    kind = draw_kind(draws)
    is_rent = draws.chance(kind.rent_share)
    place_number = draw_place(draws)
    area_m2 = _draw_area(draws, kind)
    method = None if is_rent else _draw_sale_method(draws, kind)
    newly_built = kind.is_home and not is_rent and method is SaleMethod.PRIVATE_TREATY and draws.chance(0.07)
    price = _draw_price(draws, kind, places()[place_number], area_m2, is_rent, newly_built)
    on_request = method in (None, SaleMethod.PRIVATE_TREATY) and draws.chance(
        _ON_REQUEST_SHARE.get(kind.property_type, 0.08)
    )
    return Core(
        ListingKind.SINGLE,
        kind,
        TransactionType.RENT if is_rent else TransactionType.SALE,
        method,
        place_number,
        1000 * round(price * 0.55 / 1000) if method is SaleMethod.PUBLIC_AUCTION else price,
        on_request,
        area_m2,
        _draw_bedrooms(draws, kind, area_m2),
        newly_built,
    )


def draw_project(draws: Draws) -> Core:
    """A new-build project: its kind is that of its units, its area and price those of its smallest one."""
    kind = _PROJECT_KINDS[0] if draws.chance(0.6) else _PROJECT_KINDS[1]
    place_number = draw_place(draws)
    area_m2 = draws.between(60, 90) if kind.property_type is PropertyType.APARTMENT else draws.between(120, 150)
    price = _draw_price(draws, kind, places()[place_number], area_m2, False, True)
    return Core(
        ListingKind.PROJECT,
        kind,
        TransactionType.SALE,
        SaleMethod.PRIVATE_TREATY,
        place_number,
        price,
        False,
        area_m2,
        None,
        True,
    )


def draw_unit(draws: Draws, project: Core) -> Core:
    """One home of a project, somewhat larger and dearer than its smallest one."""
    subtype = draws.pick(_UNIT_SUBTYPES[project.kind.property_type])
    kind = KIND_OF[project.kind.property_type, subtype]
    area_m2 = project.area_m2 + draws.between(0, 50)
    price = project.first_price_eur * area_m2 / project.area_m2 * (1.15 if subtype is PropertySubtype.PENTHOUSE else 1)
    return project._replace(
        listing_kind=ListingKind.UNIT,
        kind=kind,
        first_price_eur=1000 * round(price / 1000),
        area_m2=area_m2,
        bedroom_count=_draw_bedrooms(draws, kind, area_m2),
    )


def _draw_area(draws: Draws, kind: Kind) -> int:
    low, high = kind.area_m2
    # The mean of two draws, squared: small ones are common, the largest are rare.
    share = (draws.unit() + draws.unit()) / 2
    return round(low + (high - low) * share * share)


def _draw_sale_method(draws: Draws, kind: Kind) -> SaleMethod:
    lot = draws.unit()
    if lot < 0.025:
        return SaleMethod.PUBLIC_AUCTION
    if lot < 0.05 and kind.is_home:
        return SaleMethod.LIFE_ANNUITY
    return SaleMethod.PRIVATE_TREATY


def _draw_price(draws: Draws, kind: Kind, place: Place, area_m2: int, is_rent: bool, newly_built: bool) -> int:
    """Whole euro, rounded as people round: to 5 euro a month, or to 500 or 1,000 euro."""
    spread = 0.75 + 0.5 * draws.unit()
    # Large homes cost less a square metre.
    size = (120 / area_m2) ** 0.15 if kind.is_home else 1.0
    if is_rent:
        rent_m2 = PROVINCE_RENT_M2[place.province or "brussels"]
        return max(50, 5 * round(rent_m2 * area_m2 * kind.price_factor * spread * size / 5))
    price = place.sale_m2_eur * area_m2 * kind.price_factor * spread * size * (1.3 if newly_built else 1)
    return max(9_500, 500 * round(price / 500) if price < 100_000 else 1000 * round(price / 1000))


def _draw_bedrooms(draws: Draws, kind: Kind, area_m2: int) -> int | None:
    if not kind.is_home:
        return None
    if kind.subtype in (PropertySubtype.STUDIO, PropertySubtype.STUDENT_ROOM):
        return draws.pick((0, 1, 1))
    return max(1, min(15, round(area_m2 / 48) + draws.between(-1, 1)))
