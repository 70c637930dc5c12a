"""What needs several values of an Immoweb object: kind, sale, price, status, place, equipment, seller, texts."""

from __future__ import annotations

import re

from immobe.items import (
    NOT_PARSED,
    ListingKind,
    MarketStatus,
    PriceKind,
    SaleMethod,
    SellerType,
    TransactionType,
)
from immobe.mapping import belgian, vocabulary
from immobe.mapping.convert import count, known, plain_text, readable, text, timestamp
from immobe.mapping.mapper import Draft, as_found
from immobe.mapping.vocabulary import word_to

# Immoweb puts this before a text that it shows untranslated.
_UNTRANSLATED = re.compile(
    r"^(?:Sorry, there is no English translation\.|Sorry er is geen nederlandse vertaling beschikbaar\."
    r"|Désolé il n'y a pas de traduction française\.)\s*",
    re.IGNORECASE,
)


def kind(draft: Draft) -> None:
    """A project's object is a group; a unit's names a project that is not itself."""
    own, project = str(draft.find("id")), draft.find("cluster.projectInfo.groupId")
    if str(draft.find("property.type")).endswith("_GROUP") or draft.find("price.type") == "group_sale":
        draft.values["listing_kind"] = ListingKind.PROJECT
    elif isinstance(project, int | str) and not isinstance(project, bool) and str(project)[:20] != own:
        draft.values["listing_kind"] = ListingKind.UNIT
        draft.read("project_id", text, "cluster.projectInfo.groupId")


def sale_method(draft: Draft) -> None:
    if draft.values.get("transaction_type") is not TransactionType.SALE:
        return
    subtype = draft.find("transaction.subtype")
    price_type = str(draft.find("price.type"))
    if (
        draft.find("flags.isLifeAnnuitySale") is True
        or subtype == "LIFE_ANNUITY"
        or price_type.startswith("annuity_")
        or _says_something(draft.find("transaction.sale.lifeAnnuity"))
    ):
        method = SaleMethod.LIFE_ANNUITY
    elif (
        draft.find("flags.isPublicSale") is True
        or subtype == "PUBLIC_SALE"
        or _says_something(draft.find("transaction.sale.publicSale"))
    ):
        method = SaleMethod.PUBLIC_AUCTION
        draft.read("auction_ends_at", timestamp, *(f"transaction.sale.publicSale.{key}" for key in _AUCTION_ENDS))
    else:
        method = SaleMethod.PRIVATE_TREATY
    draft.values["sale_method"] = method


# No capture shows a public sale; keys by the portal's habit. Another key leaves the field null.
_AUCTION_ENDS = ("endDate", "endDateTime", "biddingEndDate", "biddingEndDateTime", "lastSessionDate", "date")


def _says_something(branch: object) -> bool:
    """Branches come as null, or as objects full of nulls."""
    return isinstance(branch, dict) and any(value is not None for value in branch.values())


def price(draft: Draft) -> None:
    """A price says what kind it is. The figure of an annuity is its bouquet, not a price; a hidden one has no past."""
    if draft.values.get("sale_method") is SaleMethod.LIFE_ANNUITY:
        _annuity(draft)
        return
    if True in (draft.find("price.hidePrice"), draft.find("transaction.hidePrice")):
        draft.values["price_kind"] = PriceKind.ON_REQUEST
        for kept in (draft.values, draft.missing, draft.raw):
            kept.pop("previous_price_eur", None)
        return
    if draft.values.get("listing_kind") is ListingKind.PROJECT:
        draft.read("price_min_eur", known, "price.minRangeValue", "cluster.minPrice")
        draft.read("price_max_eur", known, "price.maxRangeValue", "cluster.maxPrice")
    elif "year" in str(draft.find("price.type")):
        # A yearly figure is no monthly rent; no capture shows one, so it is kept as found and not converted.
        draft.missing["price_eur"], draft.raw["price_eur"] = NOT_PARSED, as_found(draft.find("price.mainValue"))
    elif draft.values.get("transaction_type") is TransactionType.RENT:
        draft.read("price_eur", known, "price.mainValue", "transaction.rental.monthlyRentalPrice")
        draft.read("monthly_charges_eur", known, "price.additionalValue", "transaction.rental.monthlyRentalCosts")
    else:
        draft.read("price_eur", known, "price.mainValue", "transaction.sale.price")
    draft.values["price_kind"] = _price_kind(draft)


def _price_kind(draft: Draft) -> PriceKind | None:
    if draft.values.get("price_eur") is None and draft.values.get("price_min_eur") is None:
        stated = isinstance(draft.find("price"), dict) and draft.missing.get("price_eur") != NOT_PARSED
        return PriceKind.ON_REQUEST if stated else None
    if draft.values.get("transaction_type") is TransactionType.RENT:
        return PriceKind.MONTHLY_RENT
    if draft.values.get("sale_method") is SaleMethod.PUBLIC_AUCTION:
        return PriceKind.STARTING_BID
    if (
        draft.values.get("listing_kind") is ListingKind.PROJECT
        or draft.find("transaction.sale.hasStartingPrice") is True
    ):
        return PriceKind.FROM
    return PriceKind.ASKING


def _annuity(draft: Draft) -> None:
    """Bouquet and rent: as `lifeAnnuity` states them, else by the price's type."""
    rent_only = draft.find("price.type") == "annuity_without_lump_sum"
    bouquet = () if rent_only else ("price.mainValue",)
    rent = ("price.additionalValue", "price.mainValue") if rent_only else ("price.additionalValue",)
    draft.read("annuity_lump_sum_eur", known, "transaction.sale.lifeAnnuity.lumpSum", *bouquet)
    draft.read("annuity_monthly_eur", known, "transaction.sale.lifeAnnuity.monthlyAmount", *rent)
    draft.values.pop("previous_price_eur", None)


def status(draft: Draft) -> None:
    rent = draft.values.get("transaction_type") is TransactionType.RENT
    if draft.find("flags.isSoldOrRented") is True:
        draft.values["status"] = MarketStatus.RENTED if rent else MarketStatus.SOLD
    elif draft.find("flags.isUnderOption") is True or "under_option" in (
        draft.find("displayFlags.main"),
        draft.find("flags.main"),
    ):
        draft.values["status"] = MarketStatus.UNDER_OPTION
    elif isinstance(draft.find("flags"), dict):
        draft.values["status"] = MarketStatus.AVAILABLE


def place(draft: Draft) -> None:
    belgian.must_be_in_belgium(draft, draft.find("property.location.country"))
    belgian.place(draft, approximate=draft.find("property.location.approximated") is True)


def equipment(draft: Draft) -> None:
    if "garden_area_m2" in draft.values:
        draft.values["has_garden"] = True
    if "terrace_area_m2" in draft.values:
        draft.values["has_terrace"] = True
    indoor, boxes, outdoor = (
        readable(count, draft.find(f"property.parkingCount{where}")) for where in ("Indoor", "ClosedBox", "Outdoor")
    )
    stated = [n for n in (indoor, boxes, outdoor) if n is not None]
    if stated:
        draft.values["parking_count"] = sum(stated)
    if (indoor or 0) + (boxes or 0) > 0:
        draft.values["has_garage"] = True
    elif indoor == 0 and boxes == 0:
        draft.values["has_garage"] = False


def seller(draft: Draft) -> None:
    """Professional sellers by name; of a private one only the kind."""
    seller_type = draft.read("seller_type", word_to(vocabulary.SELLER), "customers[0].type")
    if seller_type is None and draft.find("flags.isNotarySale") is True:
        draft.values["seller_type"] = SellerType.NOTARY
    if seller_type not in (None, SellerType.PRIVATE):
        draft.read("seller_name", text, "customers[0].name")
        draft.read("seller_id", text, "customers[0].id")
        draft.read("seller_licence", text, "customers[0].ipiNo")


def texts(draft: Draft) -> None:
    """Titles and descriptions by language. What Immoweb shows untranslated is no text of that language."""
    language = draft.values.get("language") or draft.url_language(belgian.LANGUAGES)
    title = readable(plain_text, draft.find("property.title"))
    if title and language:
        draft.values["title"] = {language: title}
    own = draft.find("property.description")
    alternatives = draft.find("property.alternativeDescriptions")
    found = {**(alternatives if isinstance(alternatives, dict) else {}), **({language: own} if own else {})}
    texts = {lang: plain for lang in belgian.LANGUAGES if (plain := readable(plain_text, found.get(lang)))}
    translated = {lang: plain for lang, plain in texts.items() if not _UNTRANSLATED.match(plain)}
    # With no text in its own language at all, the shown one is better than none.
    draft.values["description"] = translated or {lang: _UNTRANSLATED.sub("", plain) for lang, plain in texts.items()}
