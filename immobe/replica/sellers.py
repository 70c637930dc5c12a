"""Who sells: made-up agencies, notaries and developers, and private people with numbers that ring nowhere."""

from __future__ import annotations

from dataclasses import dataclass

from immobe.items import ListingKind, Region, SaleMethod, SellerType
from immobe.replica.chance import Draws
from immobe.replica.core import Core

_NAMES = {
    (SellerType.AGENCY, Region.FLANDERS): "Vastgoed Replica",
    (SellerType.AGENCY, Region.WALLONIA): "Agence Réplique",
    (SellerType.AGENCY, Region.BRUSSELS): "Immo Réplique & Replica",
    (SellerType.NOTARY, Region.FLANDERS): "Notariskantoor Replica",
    (SellerType.NOTARY, Region.WALLONIA): "Étude notariale Réplique",
    (SellerType.NOTARY, Region.BRUSSELS): "Étude notariale Réplique",
    (SellerType.DEVELOPER, Region.FLANDERS): "Replica Projecten",
    (SellerType.DEVELOPER, Region.WALLONIA): "Réplique Promotions",
    (SellerType.DEVELOPER, Region.BRUSSELS): "Réplique Promotions",
}
_HOW_MANY = {SellerType.AGENCY: 320, SellerType.NOTARY: 90, SellerType.DEVELOPER: 60}
_FIRST_ID = {SellerType.AGENCY: 900_000, SellerType.NOTARY: 910_000, SellerType.DEVELOPER: 920_000}
_REGION_STEP = {Region.FLANDERS: 0, Region.WALLONIA: 1000, Region.BRUSSELS: 2000}
_FIRST_PRIVATE_ID = 10_000_000


@dataclass(frozen=True, slots=True)
class Seller:
    seller_type: SellerType
    number: int
    """The platform's id of the seller."""
    name: str | None
    """None for most private people; else a name that nobody bears."""
    licence: str | None
    """IPI/BIV number, agencies only."""
    phone: str
    email: str
    website: str | None

    @property
    def is_private(self) -> bool:
        return self.seller_type is SellerType.PRIVATE


def draw_seller(draws: Draws, core: Core) -> Seller:
    seller_type = _draw_type(draws, core)
    if seller_type is SellerType.PRIVATE:
        return _draw_private(draws)
    region = core.place.region
    rank = draws.below(_HOW_MANY[seller_type])
    number = _FIRST_ID[seller_type] + _REGION_STEP[region] + rank
    return Seller(
        seller_type=seller_type,
        number=number,
        name=f"{_NAMES[seller_type, region]} {rank + 1}",
        licence=f"999.{rank:03d}" if seller_type is SellerType.AGENCY and rank % 12 else None,
        phone=f"+32 2 000 {rank // 100:02d} {rank % 100:02d}",
        email=f"info@seller-{number}.example",
        website=f"http://www.seller-{number}.example",
    )


def _draw_type(draws: Draws, core: Core) -> SellerType:
    if core.sale_method is SaleMethod.PUBLIC_AUCTION:
        return SellerType.NOTARY
    lot = draws.unit()
    if core.listing_kind is not ListingKind.SINGLE or core.is_newly_built:
        return SellerType.DEVELOPER if lot < 0.7 else SellerType.AGENCY
    if lot < 0.1:
        return SellerType.PRIVATE
    return SellerType.NOTARY if lot < 0.13 and core.sale_method is not None else SellerType.AGENCY


def _draw_private(draws: Draws) -> Seller:
    number = _FIRST_PRIVATE_ID + draws.below(30_000)
    tail = number % 100
    return Seller(
        seller_type=SellerType.PRIVATE,
        number=number,
        name=draws.pick((None, None, f"Particulier Réplique {number}", f"Eigenaar Replica {number}")),
        licence=None,
        phone=draws.pick(("+3247000{:04d}", "+32 470 00 00 {:02d}", "0470 00 00 {:02d}")).format(tail),
        email=f"owner.{number}@example.invalid",
        website=None,
    )
