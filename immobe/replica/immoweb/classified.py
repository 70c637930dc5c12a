"""The object of a listing page, `window.classified`, in the shape of 2026."""

from __future__ import annotations

from typing import Any

from immobe.items import ListingKind, MarketStatus, SaleMethod, SellerType
from immobe.replica.advert import Advert
from immobe.replica.chance import Draws
from immobe.replica.immoweb.addresses import listing_id
from immobe.replica.immoweb.customer import customer
from immobe.replica.immoweb.markup import zulu
from immobe.replica.immoweb.media import media, uuid
from immobe.replica.immoweb.money import price_object
from immobe.replica.immoweb.project import cluster
from immobe.replica.immoweb.property import property_object
from immobe.replica.immoweb.transaction import transaction
from immobe.replica.market import Market


def classified(market: Market, advert: Advert, language: str) -> dict[str, Any]:
    """Everything that the page's script holds about one advert."""
    draws = market.draws("immoweb", advert.index)
    is_project = advert.core.listing_kind is ListingKind.PROJECT
    return {
        "id": listing_id(market, advert.index),
        "cluster": cluster(market, advert) if is_project else None,
        "customers": [customer(advert, language)],
        "premiumProjectPage": {"medias": None, "options": None, "promoter": None, "tabs": None},
        "flags": _flags(advert),
        "media": media(advert, draws.between(3, 18)),
        "property": property_object(advert, draws, language),
        "publication": _publication(advert),
        "transaction": transaction(market, advert, draws),
        "priceType": None,
        "price": price_object(advert, language),
        "externalReference": advert.external_reference,
        "cloudId": uuid(Draws(market.seed, "cloud", advert.index)),
        "isBookmarked": False,
        "hasSectionsArray": _sections(advert),
        "unitGroupings": [],
        "displayFlags": display_flags(advert),
        "statistics": _statistics(draws),
    }


def _flags(advert: Advert) -> dict[str, Any]:
    method, is_project = advert.core.sale_method, bool(advert.units)
    is_auction = method is SaleMethod.PUBLIC_AUCTION
    return {
        "isPublicSale": is_auction,
        "isNewClassified": advert.is_new,
        "isNewPrice": None if is_project else advert.price.previous is not None,
        "isInvestmentProject": False,
        "isNewlyBuilt": advert.core.is_newly_built,
        "isNotarySale": True if advert.seller.seller_type is SellerType.NOTARY else None,
        "isLifeAnnuitySale": method is SaleMethod.LIFE_ANNUITY,
        "adQuality": None,
        "date": None,
        "priceSqm": None,
        "price": None,
        "default": None,
        "isSoldOrRented": False,
        "isLowEnergy": None,
        "percentSold": advert.sold_percent or None,
        "isPassiveHouse": None,
        "isNewRealEstateProject": is_project,
        "isAnInteractiveSale": None,
        "isUnderOption": advert.status is MarketStatus.UNDER_OPTION,
    }


def display_flags(advert: Advert) -> dict[str, Any]:
    secondary = []
    if advert.units:
        secondary.append("new_real_estate_project")
        if advert.sold_percent:
            secondary.append("percent_sold")
    elif advert.core.is_newly_built:
        secondary.append("new_construction")
    if advert.core.sale_method is SaleMethod.PUBLIC_AUCTION:
        secondary.append("biddit_sale")
    elif advert.seller.seller_type is SellerType.NOTARY:
        secondary.append("notary_sale")
    if advert.core.sale_method is SaleMethod.LIFE_ANNUITY:
        secondary.append("life_annuity")
    if advert.price.previous is not None:
        secondary.append("new_price")
    main = "under_option" if advert.status is MarketStatus.UNDER_OPTION else "new" if advert.is_new else None
    return {"main": main, "secondary": secondary, "percentSold": advert.sold_percent or None}


def _publication(advert: Advert) -> dict[str, Any]:
    return {
        "creationDate": zulu(advert.created_at),
        "expirationDate": None,
        "publisherId": None,
        "visualisationOption": ("XL", "XL", "XL", "M", "L")[advert.index % 5],
        "lastModificationDate": zulu(advert.modified_at),
        "detailedPageVisibility": "CLASSIC",
    }


def _sections(advert: Advert) -> dict[str, bool]:
    is_single = not advert.units
    names = ("General", "Interior", "Exterior", "Facilities", "Energy", "Planning", "Financial")
    sections = {f"has{name}Section": is_single for name in names}
    return sections | {"hasPublicSaleSection": advert.core.sale_method is SaleMethod.PUBLIC_AUCTION}


def _statistics(draws: Draws) -> dict[str, Any]:
    views = draws.below(4000)
    return {
        "bookmarkCount": views // 60,
        "viewCount": views,
        "alertPrice": None,
        "creationDate": None,
        "description": None,
        "isAlertEmailSet": None,
        "rating": None,
        "wasOwnerContacted": None,
        "wasPropertyVisited": None,
    }
