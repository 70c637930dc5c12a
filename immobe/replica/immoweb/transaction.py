"""The `transaction` part of Immoweb's object: sale or rent, certificate, auction, life annuity."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from immobe.items import PriceKind, Region, SaleMethod, TransactionType
from immobe.replica.advert import Advert
from immobe.replica.chance import Draws
from immobe.replica.immoweb import words
from immobe.replica.immoweb.markup import zulu
from immobe.replica.immoweb.money import hides_price
from immobe.replica.market import Market
from immobe.replica.schedule import DAY_ZERO

_EPC_PICTURES = {
    Region.FLANDERS: "https://media.immowebstatic.be/epc/pics/peb/fla/{}.png",
    Region.WALLONIA: "https://media.immowebstatic.be/epc/pics/peb/peb_{}.png",
    Region.BRUSSELS: "https://media.immowebstatic.be/epc/en/pics/bxl{}2.gif",
}


def transaction(market: Market, advert: Advert, draws: Draws) -> dict[str, Any]:
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
        "hasElectricalInstallationComplianceCertificate": None,
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


def auction_ends_at(market: Market, advert: Advert) -> datetime:
    """Bidding ends on the day the advert goes."""
    return DAY_ZERO + timedelta(days=market.removal_day(advert.index), hours=5)


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
