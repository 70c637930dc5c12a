"""The object of a listing page, `window.classified`, in the shape of 2026."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from immobe.items import ListingKind, MarketStatus, PriceKind, Region, SaleMethod, SellerType, TransactionType
from immobe.replica.advert import Advert
from immobe.replica.chance import Draws
from immobe.replica.immoweb import words
from immobe.replica.immoweb.addresses import listing_id, sold_unit_id
from immobe.replica.immoweb.money import hides_price, price_object
from immobe.replica.immoweb.property import property_object
from immobe.replica.market import Market
from immobe.replica.schedule import DAY_ZERO

_MEDIA = "https://media-resize.immowebstatic.be/classifieds"
_EPC_PICTURES = {
    Region.FLANDERS: "https://media.immowebstatic.be/epc/pics/peb/fla/{}.png",
    Region.WALLONIA: "https://media.immowebstatic.be/epc/pics/peb/peb_{}.png",
    Region.BRUSSELS: "https://media.immowebstatic.be/epc/en/pics/bxl{}2.gif",
}


def classified(market: Market, advert: Advert, language: str) -> dict[str, Any]:
    """Everything that the page's script holds about one advert."""
    draws = market.draws("immoweb", advert.index)
    is_project = advert.core.listing_kind is ListingKind.PROJECT
    return {
        "id": listing_id(market, advert.index),
        "cluster": _cluster(market, advert) if is_project else None,
        "customers": [_customer(advert, language)],
        "premiumProjectPage": {"medias": None, "options": None, "promoter": None, "tabs": None},
        "flags": _flags(advert),
        "media": media(advert, draws.between(3, 18)),
        "property": property_object(advert, draws, language),
        "publication": _publication(advert),
        "transaction": _transaction(market, advert, draws),
        "priceType": None,
        "price": price_object(advert, language),
        "externalReference": advert.external_reference,
        "cloudId": _uuid(Draws(market.seed, "cloud", advert.index)),
        "isBookmarked": False,
        "hasSectionsArray": _sections(advert),
        "unitGroupings": [],
        "displayFlags": display_flags(advert),
        "statistics": _statistics(draws),
    }


def cluster_ranges(advert: Advert) -> dict[str, Any]:
    """The ranges over a project's available units, as the page and the search card both tell them."""
    free = [unit for unit in advert.units if unit.is_available]
    areas = sorted(unit.core.area_m2 for unit in free)
    rooms = sorted(unit.core.bedroom_count or 0 for unit in free)
    return {
        "minPrice": advert.price.lowest,
        "maxPrice": advert.price.highest,
        "minSurface": areas[0],
        "maxSurface": areas[-1],
        "bedroomRange": _range_text(rooms),
        "surfaceRange": _range_text(areas),
    }


def _range_text(values: list[int]) -> str:
    return str(values[0]) if values[0] == values[-1] else f"{values[0]} - {values[-1]}"


def project_info(market: Market, advert: Advert) -> dict[str, Any]:
    return {
        "constructor": None,
        "groupId": listing_id(market, advert.index),
        "phase": None,
        "projectName": f"Réplique {advert.core.place.locality}" if advert.index % 2 else "",
        "deliveryDate": None,
        "soldPercentage": advert.sold_percent,
        "unitsDisplayMode": "DETAILED",
    }


def _cluster(market: Market, advert: Advert) -> dict[str, Any]:
    ranges = cluster_ranges(advert)
    rooms = [unit.core.bedroom_count or 0 for unit in advert.units]
    group = {
        "type": words.TYPE_CODES[advert.core.kind.property_type],
        "maxPrice": ranges["maxPrice"],
        "minPrice": ranges["minPrice"],
        "minRoom": min(rooms),
        "maxRoom": max(rooms),
        "minSurface": ranges["minSurface"],
        "maxSurface": ranges["maxSurface"],
        "soldCount": sum(1 for unit in advert.units if not unit.is_available),
        "items": [
            {
                "id": sold_unit_id(market, advert.index, unit.number)
                if unit.index is None
                else listing_id(market, unit.index),
                "subtype": words.subtype_code(unit.core.kind.subtype),
                "saleStatus": "AVAILABLE" if unit.is_available else "SOLD",
                "floor": unit.floor,
                "price": unit.price,
                "bedroomCount": unit.core.bedroom_count,
                "realEstateProjectPhase": None,
                "surface": unit.core.area_m2,
            }
            for unit in advert.units
        ],
        "minPriceVAT": None,
        "maxPriceVAT": None,
    }
    tail = {"minPriceVAT": None, "maxPriceVAT": None}
    return ranges | {"projectInfo": project_info(market, advert), "units": [group]} | tail


def _customer(advert: Advert, language: str) -> dict[str, Any]:
    seller = advert.seller
    pays_online = seller.seller_type is SellerType.AGENCY and seller.number % 17 == 0
    professional = not seller.is_private
    return {
        "id": seller.number,
        "type": words.SELLER_CODES[seller.seller_type] + ("_PAYING_WITH_OGONE" if pays_online else ""),
        "email": seller.email if professional or advert.index % 2 else None,
        "logoUrl": f"https://media.immowebstatic.be/customers/{seller.number}/logo/1.jpg" if professional else None,
        "phoneNumber": seller.phone if professional else None,
        "mobileNumber": None if professional else seller.phone,
        "name": seller.name,
        "website": seller.website,
        "location": _customer_location(advert, language) if professional else dict.fromkeys(_LOCATION_KEYS),
        "ipiNo": seller.licence,
        "isOwner": True,
        "contactHoursMobile": "anytime",
        "contactHoursLandline": "anytime" if professional else None,
        "salesRepresentative": None,
        "features": {
            "page404": professional,
            "investorFlag": False,
            "relatedClassifieds": professional,
            "leafletsCTA": False,
            "leadQualification": professional,
            "recommendation": professional,
        },
    }


_LOCATION_KEYS = [
    "country",
    "region",
    "province",
    "district",
    "locality",
    "postalCode",
    "street",
    "number",
    "box",
    "propertyName",
    "floor",
    "latitude",
    "longitude",
    "distance",
    "approximated",
    "regionCode",
    "type",
    "hasSeaView",
    "pointsOfInterest",
    "placeName",
]


def _customer_location(advert: Advert, language: str) -> dict[str, Any]:
    place = advert.core.place
    return dict.fromkeys(_LOCATION_KEYS) | {
        "country": words.COUNTRY[language],
        "province": words.PROVINCE_WORDS[language][place.province],
        "locality": place.locality,
        "postalCode": place.postal_code,
        "street": f"Place de la Réplique {advert.seller.number % 90 + 1}",
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


def media(advert: Advert, count: int) -> dict[str, Any]:
    draws = Draws("media", advert.index)
    folder = f"{_MEDIA}/{_uuid(draws)}"
    pictures = []
    for _ in range(count):
        name = draws.hex(32)
        pictures.append(
            {
                "smallUrl": f"{folder}/100x100/{name}.jpg",
                "mediumUrl": f"{folder}/300x300/{name}.jpg",
                "largeUrl": f"{folder}/736x736/{name}.jpg",
                "isVertical": name[0] == "0",
            }
        )
    tour = f"https://tours.example/replica/{advert.index}" if advert.index % 25 == 0 else None
    return {
        "pictures": pictures,
        "virtualTourUrl": None,
        "floorPlans": None,
        "specifications": None,
        "virtualExperienceUrl": tour,
    }


def _uuid(draws: Draws) -> str:
    digits = draws.hex(32)
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def zulu(moment: datetime) -> str:
    """As the portal writes a moment since mid-2024.

    >>> zulu(datetime(2026, 3, 2, 6, 0, 0, 250000, tzinfo=UTC))
    '2026-03-02T06:00:00.250Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _publication(advert: Advert) -> dict[str, Any]:
    return {
        "creationDate": zulu(advert.created_at),
        "expirationDate": None,
        "publisherId": None,
        "visualisationOption": ("XL", "XL", "XL", "M", "L")[advert.index % 5],
        "lastModificationDate": zulu(advert.modified_at),
        "detailedPageVisibility": "CLASSIC",
    }


def auction_ends_at(market: Market, advert: Advert) -> datetime:
    """Bidding ends on the day the advert goes."""
    return DAY_ZERO + timedelta(days=market.removal_day(advert.index), hours=5)


def _transaction(market: Market, advert: Advert, draws: Draws) -> dict[str, Any]:
    core = advert.core
    is_rent = core.transaction is TransactionType.RENT
    return {
        "type": "FOR_RENT" if is_rent else "FOR_SALE",
        "subtype": words.TRANSACTION_SUBTYPES[core.sale_method],
        "availabilityPeriodType": draws.maybe(0.3, "IMMEDIATELY" if is_rent else "UPON_EXCHANGE_OF_DEEDS"),
        "availabilityDate": None,
        "certificates": _certificates(advert) if core.kind.is_home and not advert.units else None,
        "hidePrice": hides_price(advert),
        "rental": _rental(advert) if is_rent else None,
        "sale": None if is_rent else _sale(market, advert),
        "investor": dict.fromkeys(
            [
                "isInvestmentProperty",
                "currentMonthlyRentalIncome",
                "currentReturnOnInvestment",
                "expectedMonthlyRentalIncome",
                "expectedMonthlyRentalIncomeDescription",
                "expectedReturnOnInvestment",
                "habitableUnitCount",
                "occupancyRate",
                "rentalIncomeDate",
                "rentalIncomeVatValue",
            ]
        )
        | {"isInvestmentProperty": False},
    }


def _certificates(advert: Advert) -> dict[str, Any]:
    energy, region = advert.energy, advert.core.place.region
    picture = None if energy.label is None else energy.label.lower().replace("+", "plus")
    return {
        "carbonEmission": energy.co2_kg_m2_year,
        "primaryEnergyConsumptionPerSqm": energy.kwh_m2_year,
        "primaryEnergyConsumptionYearly": energy.yearly_kwh,
        "epcDescription": None,
        "epcReference": energy.reference,
        "epcScore": energy.label,
        "epcUrl": None if picture is None else _EPC_PICTURES[region].format(picture),
        "renovationObligation": energy.renovation_obligation,
    }


def _rental(advert: Advert) -> dict[str, Any]:
    return {
        "monthlyRentalPrice": advert.price.main,
        "monthlyRentalCosts": advert.price.monthly_charges,
        "yearlyRentalPrice": None,
        "yearlyRentalPricePerSqm": None,
        "isFurnished": advert.building.is_furnished,
        "areSmallPetsAllowed": None,
        "areBigPetsAllowed": None,
    }


def _sale(market: Market, advert: Advert) -> dict[str, Any]:
    core, price = advert.core, advert.price
    return {
        "price": price.main,
        "isSubjectToVat": core.is_newly_built,
        "cadastralIncome": advert.building.cadastral_income_eur,
        "publicSale": _public_sale(market, advert) if price.kind is PriceKind.STARTING_BID else None,
        "pricePerSqm": None,
        "oldPrice": price.previous,
        "lifeAnnuity": _life_annuity(advert) if core.sale_method is SaleMethod.LIFE_ANNUITY else None,
        "hasStartingPrice": price.states_starting_price,
        "isFurnished": advert.building.is_furnished,
        "homeToBuild": None,
        "newBuildsTotalPrice": "",
        "newBuildsVAT": "",
        "newBuildsVATPercentage": "",
        "newBuildsLandPrice": "",
        "newBuildsLandTaxes": "",
    }


def _public_sale(market: Market, advert: Advert) -> dict[str, Any]:
    ends = auction_ends_at(market, advert)
    return {
        "status": None,
        "venue": f"https://www.biddit.be/catalog/detail/{200_000 + advert.index % 100_000}",
        "startDate": zulu(ends - timedelta(days=8)),
        "endDate": zulu(ends),
    }


def _life_annuity(advert: Advert) -> dict[str, Any]:
    return {
        "lumpSum": advert.price.annuity_lump_sum,
        "monthlyAmount": advert.price.annuity_monthly,
        "estimatedPropertyValue": None,
        "isIndexed": None,
        "isJointAndSurvivorContract": None,
        "isBareOwnership": None,
        "contractMaximumDurationDescription": None,
        "annuitantCount": None,
        "annuitantAges": None,
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
