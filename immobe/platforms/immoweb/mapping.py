"""What Immoweb's object (`window.classified`, or a search card) means: paths to fields, then what must be derived."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from immobe.geo import locate
from immobe.items import (
    NOT_PARSED,
    EpcLabel,
    ListingKind,
    LocationPrecision,
    MarketStatus,
    PriceKind,
    SaleMethod,
    SellerType,
    TransactionType,
)
from immobe.mapping import vocabulary
from immobe.mapping.convert import (
    Unconvertible,
    area,
    count,
    day,
    flag,
    known,
    known_whole,
    number,
    plain_text,
    text,
    timestamp,
    web_url,
    whole,
)
from immobe.mapping.mapper import Draft, PlatformMapping, field_at
from immobe.mapping.vocabulary import word_to

VERSION = "immoweb-1"
_LANGUAGES = ("fr", "nl", "en", "de")
# Immoweb puts this before a text that it shows untranslated.
_UNTRANSLATED = re.compile(
    r"^(?:Sorry, there is no English translation\.|Sorry er is geen nederlandse vertaling beschikbaar\."
    r"|Désolé il n'y a pas de traduction française\.)\s*",
    re.IGNORECASE,
)
_MAX_IMAGES = 200


def _language(value: object) -> str:
    if value not in _LANGUAGES:
        raise Unconvertible("unknown language")
    return str(value)


def _postal_code(value: object) -> str | None:
    found = text(value)
    if found and not re.fullmatch(r"[1-9]\d{3}", found):
        raise Unconvertible("not a Belgian postal code")
    return found


def _epc_label(value: object) -> EpcLabel | None:
    """A label; the signs of Brussels' sub-grades are dropped (D- is D); a range of several units is no label."""
    found = text(value)
    if found is None:
        return None
    letter = re.fullmatch(r"(A\+{0,2}|[A-G])[+-]?", found.upper())
    if letter is None:
        raise Unconvertible("no EPC label")
    return EpcLabel(letter[1])


def _score(value: object) -> str | None:
    found = text(value)
    if found is not None and found not in ("A", "B", "C", "D"):
        raise Unconvertible("no flood score")
    return found


def _not_zero(value: object) -> str | None:
    """A house number or box, which Immoweb writes as "0" when there is none."""
    found = text(value)
    return None if found in ("0", "-") else found


def _image_urls(value: object) -> list[str]:
    if not isinstance(value, list):
        raise Unconvertible("no list of pictures")
    addresses = []
    for picture in value[:_MAX_IMAGES]:
        try:
            address = web_url(picture)
        except Unconvertible:
            continue
        if address:
            addresses.append(address.partition("?cache=")[0])
    return list(dict.fromkeys(addresses))


FIELDS = (
    field_at("language", _language, "price.language"),
    field_at("external_reference", text, "externalReference"),
    field_at("transaction_type", word_to(vocabulary.TRANSACTION), "transaction.type"),
    field_at("previous_price_eur", known, "price.oldValue", "transaction.sale.oldPrice"),
    field_at("subject_to_vat", flag, "transaction.sale.isSubjectToVat"),
    field_at("cadastral_income_eur", known_whole, "transaction.sale.cadastralIncome"),
    field_at("property_type", word_to(vocabulary.PROPERTY_TYPE), "property.type"),
    field_at("property_subtype", word_to(vocabulary.PROPERTY_SUBTYPE), "property.subtype"),
    field_at("condition", word_to(vocabulary.CONDITION), "property.building.condition"),
    field_at("construction_year", known_whole, "property.building.constructionYear"),
    field_at("facade_count", known_whole, "property.building.facadeCount"),
    field_at("floor_count", known_whole, "property.building.floorCount"),
    field_at("floor", whole, "property.location.floor"),
    field_at("bedroom_count", count, "property.bedroomCount"),
    field_at("bathroom_count", count, "property.bathroomCount"),
    field_at("shower_room_count", count, "property.showerRoomCount"),
    field_at("toilet_count", count, "property.toiletCount"),
    field_at("room_count", known_whole, "property.roomCount"),
    field_at("living_area_m2", area, "property.netHabitableSurface"),
    field_at("land_area_m2", area, "property.land.surface", "property.landSurface"),
    field_at("garden_area_m2", area, "property.gardenSurface"),
    field_at("terrace_area_m2", area, "property.terraceSurface"),
    field_at("epc_label", _epc_label, "transaction.certificates.epcScore", "transaction.certificate"),
    field_at("epc_kwh_m2_year", known_whole, "transaction.certificates.primaryEnergyConsumptionPerSqm"),
    field_at("epc_reference", text, "transaction.certificates.epcReference"),
    field_at("e_level", known_whole, "property.propertyCertificates.primaryEnergyConsumptionLevel"),
    field_at("co2_kg_m2_year", known, "transaction.certificates.carbonEmission"),
    field_at("renovation_obligation", flag, "transaction.certificates.renovationObligation"),
    field_at("heating_type", word_to(vocabulary.HEATING), "property.energy.heatingType"),
    field_at("has_heat_pump", flag, "property.energy.hasHeatPump"),
    # Thermal panels (hasThermicPanels) heat water; solar panels make electricity.
    field_at("has_solar_panels", flag, "property.energy.hasPhotovoltaicPanels"),
    field_at("has_double_glazing", flag, "property.energy.hasDoubleGlazing"),
    field_at("flood_zone", word_to(vocabulary.FLOOD_ZONE), "property.constructionPermit.floodZoneType"),
    field_at("p_score", _score, "property.constructionPermit.pScore"),
    field_at("g_score", _score, "property.constructionPermit.gScore"),
    field_at("street", _not_zero, "property.location.street"),
    field_at("house_number", _not_zero, "property.location.number"),
    field_at("box", _not_zero, "property.location.box"),
    field_at("postal_code", _postal_code, "property.location.postalCode"),
    field_at("locality", text, "property.location.locality"),
    field_at("latitude", number, "property.location.latitude"),
    field_at("longitude", number, "property.location.longitude"),
    field_at("has_garden", flag, "property.hasGarden"),
    field_at("has_terrace", flag, "property.hasTerrace"),
    field_at("has_lift", flag, "property.hasLift"),
    field_at("has_swimming_pool", flag, "property.hasSwimmingPool"),
    field_at("is_furnished", flag, "transaction.sale.isFurnished", "transaction.rental.isFurnished"),
    field_at("has_cellar", flag, "property.hasBasement"),
    field_at("image_urls", _image_urls, "media.pictures[].largeUrl", "media.pictures[].mediumUrl"),
    field_at("virtual_tour_url", web_url, "media.virtualTourUrl", "media.virtualExperienceUrl"),
    field_at("published_at", timestamp, "publication.creationDate"),
    field_at("modified_at", timestamp, "publication.lastModificationDate"),
    field_at("available_from", day, "transaction.availabilityDate"),
)


def _kind(draft: Draft) -> None:
    """A project's object is a group; a unit's names a project that is not itself."""
    own, project = str(draft.find("id")), draft.find("cluster.projectInfo.groupId")
    if str(draft.find("property.type")).endswith("_GROUP") or draft.find("price.type") == "group_sale":
        draft.values["listing_kind"] = ListingKind.PROJECT
    elif isinstance(project, int | str) and not isinstance(project, bool) and str(project)[:20] != own:
        draft.values["listing_kind"] = ListingKind.UNIT
        draft.read("project_id", text, "cluster.projectInfo.groupId")


def _sale_method(draft: Draft) -> None:
    if draft.values.get("transaction_type") is not TransactionType.SALE:
        return
    subtype = draft.find("transaction.subtype")
    price_type = str(draft.find("price.type"))
    if (
        draft.find("flags.isLifeAnnuitySale") is True
        or subtype == "LIFE_ANNUITY"
        or price_type.startswith("annuity_")
        or draft.find("transaction.sale.lifeAnnuity")
    ):
        method = SaleMethod.LIFE_ANNUITY
    elif (
        draft.find("flags.isPublicSale") is True
        or subtype == "PUBLIC_SALE"
        or draft.find("transaction.sale.publicSale")
    ):
        method = SaleMethod.PUBLIC_AUCTION
        draft.read("auction_ends_at", timestamp, *(f"transaction.sale.publicSale.{key}" for key in _AUCTION_ENDS))
    else:
        method = SaleMethod.PRIVATE_TREATY
    draft.values["sale_method"] = method


# No capture shows a public sale; keys by the portal's habit. Another key leaves the field null.
_AUCTION_ENDS = ("endDate", "endDateTime", "biddingEndDate", "biddingEndDateTime", "lastSessionDate", "date")


def _price(draft: Draft) -> None:
    """A price says what kind it is. The figure of an annuity is its bouquet, never a price."""
    if draft.values.get("sale_method") is SaleMethod.LIFE_ANNUITY:
        _annuity(draft)
        return
    if True in (draft.find("price.hidePrice"), draft.find("transaction.hidePrice")):
        draft.values["price_kind"] = PriceKind.ON_REQUEST
        return
    if draft.values.get("listing_kind") is ListingKind.PROJECT:
        draft.read("price_min_eur", known, "price.minRangeValue", "cluster.minPrice")
        draft.read("price_max_eur", known, "price.maxRangeValue", "cluster.maxPrice")
    elif draft.values.get("transaction_type") is TransactionType.RENT:
        draft.read("price_eur", known, "price.mainValue", "transaction.rental.monthlyRentalPrice")
        draft.read("monthly_charges_eur", known, "price.additionalValue", "transaction.rental.monthlyRentalCosts")
    else:
        draft.read("price_eur", known, "price.mainValue", "transaction.sale.price")
    draft.values["price_kind"] = _price_kind(draft)


def _price_kind(draft: Draft) -> PriceKind | None:
    if draft.values.get("price_eur") is None and draft.values.get("price_min_eur") is None:
        return None if draft.missing.get("price_eur") == NOT_PARSED else PriceKind.ON_REQUEST
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


def _status(draft: Draft) -> None:
    rent = draft.values.get("transaction_type") is TransactionType.RENT
    if draft.find("flags.isSoldOrRented") is True:
        draft.values["status"] = MarketStatus.RENTED if rent else MarketStatus.SOLD
    elif draft.find("flags.isUnderOption") is True or "under_option" in (
        draft.find("displayFlags.main"),
        draft.find("flags.main"),
    ):
        draft.values["status"] = MarketStatus.UNDER_OPTION
    else:
        draft.values["status"] = MarketStatus.AVAILABLE


def _place(draft: Draft) -> None:
    """Municipality, province and region come from the postal code: the page's words change with its language."""
    postal_code = draft.values.get("postal_code")
    place = locate(postal_code, draft.values.get("locality")) if postal_code else None
    if place:
        for name, value in (
            ("municipality_nis", place.municipality_nis),
            ("province", place.province),
            ("region", place.region),
        ):
            if value is not None:
                draft.values[name] = value
    if "latitude" in draft.values and "longitude" in draft.values:
        hidden = not (draft.values.get("street") and draft.values.get("house_number"))
        vague = hidden or draft.find("property.location.approximated") is True
        draft.values["location_precision"] = LocationPrecision.APPROXIMATE if vague else LocationPrecision.EXACT
    elif postal_code:
        draft.values["location_precision"] = LocationPrecision.MUNICIPALITY


def _equipment(draft: Draft) -> None:
    if "garden_area_m2" in draft.values:
        draft.values["has_garden"] = True
    if "terrace_area_m2" in draft.values:
        draft.values["has_terrace"] = True
    indoor, boxes, outdoor = (
        _count_at(draft, f"property.parkingCount{where}") for where in ("Indoor", "ClosedBox", "Outdoor")
    )
    stated = [n for n in (indoor, boxes, outdoor) if n is not None]
    if stated:
        draft.values["parking_count"] = sum(stated)
    if (indoor or 0) + (boxes or 0) > 0:
        draft.values["has_garage"] = True
    elif indoor == 0 and boxes == 0:
        draft.values["has_garage"] = False


def _count_at(draft: Draft, at: str) -> int | None:
    try:
        return count(draft.find(at)) if draft.find(at) is not None else None
    except Unconvertible:
        return None


def _seller(draft: Draft) -> None:
    """Professional sellers by name; of a private one only the kind."""
    seller_type = draft.read("seller_type", word_to(vocabulary.SELLER), "customers[0].type")
    if seller_type is None and draft.find("flags.isNotarySale") is True:
        draft.values["seller_type"] = SellerType.NOTARY
    if seller_type not in (None, SellerType.PRIVATE):
        draft.read("seller_name", text, "customers[0].name")
        draft.read("seller_id", text, "customers[0].id")
        draft.read("seller_licence", text, "customers[0].ipiNo")


def _texts(draft: Draft) -> None:
    """Titles and descriptions by language. What Immoweb shows untranslated is no text of that language."""
    language = draft.values.get("language")
    title = _readable(plain_text, draft.find("property.title"))
    if title and language:
        draft.values["title"] = {language: title}
    own = draft.find("property.description")
    alternatives = draft.find("property.alternativeDescriptions")
    found = {**(alternatives if isinstance(alternatives, dict) else {}), **({language: own} if own else {})}
    texts = {lang: plain for lang in _LANGUAGES if (plain := _readable(plain_text, found.get(lang)))}
    translated = {lang: plain for lang, plain in texts.items() if not _UNTRANSLATED.match(plain)}
    # With no text in its own language at all, the shown one is better than none.
    draft.values["description"] = translated or {lang: _UNTRANSLATED.sub("", plain) for lang, plain in texts.items()}


def _readable(convert: Callable[[object], str | None], found: object) -> str | None:
    try:
        return convert(found) if found is not None else None
    except Unconvertible:
        return None


MAPPING = PlatformMapping(
    version=VERSION,
    fields=FIELDS,
    derive=(_kind, _sale_method, _price, _status, _place, _equipment, _seller, _texts),
    branches=("property", "transaction", "price", "property.location"),
)

# What a search card says, by the record's names.
_CARD_FIELDS = frozenset({
    "language", "listing_kind", "transaction_type", "sale_method", "status", "price_eur", "price_kind", "price_min_eur",
    "price_max_eur", "previous_price_eur", "annuity_lump_sum_eur", "annuity_monthly_eur", "property_type",
    "property_subtype", "bedroom_count", "room_count", "living_area_m2", "land_area_m2", "epc_label", "street",
    "house_number", "box", "floor", "postal_code", "locality", "municipality_nis", "province", "region", "latitude",
    "longitude", "location_precision",
})  # fmt: skip

_CARD_ALWAYS = ("transaction_type", "property_type", "price_eur", "postal_code")


def card_facts(card: dict[str, Any]) -> dict[str, Any]:
    """What a search card states, by the record's field names, and null for what every card should; never raises."""
    draft = Draft(card)
    for line in FIELDS:
        if line.name in _CARD_FIELDS:
            draft.read(line.name, line.convert, *line.at)
    for derive in (_kind, _sale_method, _price, _status, _place):
        derive(draft)
    stated = {name: value for name, value in draft.values.items() if name in _CARD_FIELDS and value is not None}
    return {**dict.fromkeys(_CARD_ALWAYS), **stated}
