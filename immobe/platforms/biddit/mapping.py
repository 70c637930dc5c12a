"""What a lot of Biddit means: which path holds which field of the record.

Keys as others report them of the lot service (`biddit-bff/lot`, 2026) and of the search service, which puts a
property's areas and rooms at its top. What several properties of a lot say together, `lot` decides.
"""

from __future__ import annotations

import re
from typing import Any

from immobe.items import (
    MarketStatus,
    PriceKind,
    PropertyType,
    Region,
    SaleMethod,
    SellerType,
    TransactionType,
)
from immobe.mapping import belgian, mapper, paths, vocabulary
from immobe.mapping.convert import (
    Unconvertible,
    area,
    count,
    decimal,
    flag,
    image_urls,
    known,
    known_whole,
    plain_text,
    readable,
    text,
    timestamp,
)
from immobe.mapping.mapper import Draft, PlatformMapping, as_found, field_at
from immobe.mapping.vocabulary import word_to
from immobe.platforms.biddit import lot

VERSION = "biddit-1"
_METHODS = {
    "ONLINE_PUBLIC_SALE": SaleMethod.PUBLIC_AUCTION,
    # Bids are taken on the web, but the owner is free to sell: no auction by law.
    "ONLINE_PRIVATE_SALE": SaleMethod.PRIVATE_TREATY,
    "MUTUAL_AGREEMENT": SaleMethod.PRIVATE_TREATY,
    "ONLINE_PRIVATE_ANNUITY": SaleMethod.LIFE_ANNUITY,
    "VIAGER": SaleMethod.LIFE_ANNUITY,
}
_STATUS = {
    "CURRENT": MarketStatus.AVAILABLE,
    "SOLD": MarketStatus.SOLD,
    "WITHDRAWN": MarketStatus.WITHDRAWN,
    "CANCELLED": MarketStatus.WITHDRAWN,
}
_ENERGY_KEYS = {
    Region.BRUSSELS: ("energeticClassRBC", "energeticClassRbc"),
    Region.WALLONIA: ("energeticClassRW", "energeticClassRw"),
    Region.FLANDERS: ("energeticClassRF", "energeticClassRf"),
}
_CLASS = re.compile(r"(?:CLASS_)?([A-G])(?:_(M|MINUS|P|PLUS|PP|PLUS_PLUS))?")
_SIGNS = {None: "", "M": "-", "MINUS": "-", "P": "+", "PLUS": "+", "PP": "++", "PLUS_PLUS": "++"}
_PLACEHOLDER = 1  # euro: written where there is no price


def energy_class(value: object) -> str | None:
    """`CLASS_E` to E; Brussels' sub-grades come as `CLASS_D_M` (D-).

    >>> energy_class("CLASS_E"), energy_class("CLASS_D_M"), energy_class("CLASS_A_PLUS")
    (<EpcLabel.E: 'E'>, <EpcLabel.D: 'D'>, <EpcLabel.A_PLUS: 'A+'>)
    """
    found = _CLASS.fullmatch(text(value) or "")
    if found is None:
        raise Unconvertible("no energy class")
    return belgian.epc_label(found[1] + _SIGNS[found[2]])


FIELDS = (
    field_at("published_at", timestamp, "firstPublicationDateTime"),
    field_at("modified_at", timestamp, "lastModificationDateTime"),
    field_at("seller_name", text, "organisationReference"),
    field_at("seller_id", text, "organisationId"),
)


def sale(draft: Draft) -> None:
    """How it is sold. An object without `handlingMethod` that has a public sale's status is a public sale."""
    draft.values["transaction_type"] = TransactionType.SALE
    draft.values["seller_type"] = SellerType.NOTARY
    stated = draft.find("handlingMethod")
    method = _METHODS.get(stated) if isinstance(stated, str) else None
    if stated is None and draft.find("publicSaleStatus") is not None:
        method = SaleMethod.PUBLIC_AUCTION
    if method is not None:
        draft.values["sale_method"] = method
    elif stated is not None:
        draft.raw["sale_method"] = as_found(stated)
    if method is SaleMethod.PUBLIC_AUCTION:
        draft.read("auction_ends_at", timestamp, "biddingEndDateTime")


def price(draft: Draft) -> None:
    """A public sale's starting bid; the floor of bids on the web, or the price, of a private one; an annuity's bouquet.

    1.0 stands where there is no price. The highest bid (`currentPrice`) is no price: it stays in the object.
    """
    method, stated = draft.values.get("sale_method"), draft.find("handlingMethod")
    if method is SaleMethod.LIFE_ANNUITY:
        draft.read("annuity_lump_sum_eur", _amount, "amountBouquet")
        return
    if method is SaleMethod.PUBLIC_AUCTION:
        _price(draft, PriceKind.STARTING_BID, "startingPrice", "initialStartingPrice")
    elif stated == "ONLINE_PRIVATE_SALE":
        _price(draft, PriceKind.FROM, "startingPrice", "initialStartingPrice", "sellingPrice")
    elif method is SaleMethod.PRIVATE_TREATY:
        _price(draft, PriceKind.ASKING, "sellingPrice", "startingPrice")
    if method is SaleMethod.PRIVATE_TREATY and draft.values.get("price_eur") is None:
        placeholders = [draft.find(key) for key in ("startingPrice", "sellingPrice")]
        if _PLACEHOLDER in placeholders:
            draft.values["price_kind"] = PriceKind.ON_REQUEST


def _price(draft: Draft, kind: PriceKind, *at: str) -> None:
    if draft.read("price_eur", _amount, *at) is not None:
        draft.values["price_kind"] = kind


def _amount(value: object) -> Any:
    found = known(value)
    return None if found is None or found <= _PLACEHOLDER else found


def status(draft: Draft) -> None:
    stated = draft.find("publicSaleStatus")
    if draft.find("withdrawn") is True or draft.find("withdrawnTimestamp") is not None:
        draft.values["status"] = MarketStatus.WITHDRAWN
    elif draft.find("soldTimestamp") is not None:
        draft.values["status"] = MarketStatus.SOLD
    elif isinstance(stated, str) and stated in _STATUS:
        draft.values["status"] = _STATUS[stated]
    elif stated is not None:
        draft.raw["status"] = as_found(stated)


def kind(draft: Draft) -> None:
    stated = lot.stated_type(lot.leading(draft))
    if stated is not None:
        draft.put("property_type", lot.property_type, stated)
    lot.agreed(draft, "property_subtype", word_to(vocabulary.PROPERTY_SUBTYPE), "propertySubtype")
    garages = [p for p in lot.properties(draft) if lot.type_of(p) is PropertyType.GARAGE]
    if garages and draft.values.get("property_type") is not PropertyType.GARAGE:
        draft.values["has_garage"] = True


def place(draft: Draft) -> None:
    """The leading property's address, in the language of its region, and its point, unless that is 0/0."""
    belgian_code = paths.first(lot.leading(draft), "address.postalCode")
    if belgian_code is not None:
        draft.put("postal_code", belgian.postal_code, belgian_code)
    belgian.must_be_in_belgium(draft, paths.first(lot.leading(draft), "address.country"))
    belgian.place(draft)
    languages = _languages(draft)
    for name, at in (("street", "address.street"), ("locality", "address.municipality")):
        lot.lead(draft, name, text, *(f"{at}.{language}" for language in languages))
    lot.lead(draft, "house_number", text, "address.estateNumber")
    lot.lead(draft, "box", text, "address.estateBoxNumber")
    point = paths.first(lot.leading(draft), "geoLocation")
    if isinstance(point, dict) and not (point.get("lat") in (0, None) and point.get("lng") in (0, None)):
        lot.lead(draft, "latitude", decimal, "geoLocation.lat")
        lot.lead(draft, "longitude", decimal, "geoLocation.lng")
    # Once more, now with the town's name (a postal code may hold two) and the point.
    belgian.place(draft)


def _languages(draft: Draft) -> tuple[str, ...]:
    """Dutch first in Flanders, else French."""
    return ("nl", "fr", "de", "en") if draft.values.get("region") is Region.FLANDERS else ("fr", "nl", "de", "en")


def rooms(draft: Draft) -> None:
    lot.added(draft, "bedroom_count", count, "rooms.numberOfBedrooms", "numberOfBedrooms")
    lot.added(draft, "bathroom_count", count, "rooms.numberOfBathRooms", "rooms.numberOfBathrooms", "numberOfBathrooms")
    lot.added(draft, "living_area_m2", area, "rooms.livingSurfaceArea", "livingSurfaceArea")
    lot.added_plots(draft, "features.terrainSurface", "terrainSurface")
    lot.agreed(draft, "construction_year", known_whole, "construction.constructionYear", "constructionYear")
    lot.agreed(draft, "facade_count", known_whole, "construction.numberOfFacades", "numberOfFacades")
    for name, at in (
        ("has_terrace", "features.hasTerrace"),
        ("has_garden", "features.hasGarden"),
        ("has_lift", "features.hasElevator"),
        ("has_swimming_pool", "features.hasSwimmingPool"),
        ("has_cellar", "features.hasCellar"),
    ):
        lot.agreed(draft, name, flag, at)
    garage = paths.first(lot.leading(draft), "features.garageSurface", "garageSurface")
    if isinstance(garage, int | float) and garage > 0 and draft.values.get("property_type") is not PropertyType.GARAGE:
        draft.values["has_garage"] = True


def energy(draft: Draft) -> None:
    """The certificate of the lot's own region; another region's class is not on its scale."""
    region = draft.values.get("region")
    keys = _ENERGY_KEYS.get(region, ()) if region is not None else ()
    lot.agreed(draft, "epc_label", energy_class, *(f"{part}{key}" for key in keys for part in ("utilities.", "")))
    lot.agreed(draft, "epc_kwh_m2_year", known_whole, "utilities.pebScore", "pebScore")
    lot.agreed(draft, "epc_reference", text, "utilities.pebReference")
    belgian.epc_sign(draft)


def ground(draft: Draft) -> None:
    """Cadastral income of all properties, and the flood zone when they lie in one."""
    lot.added_over_all(draft, "cadastral_income_eur", known_whole, "landIncome.landIncome")
    lot.agreed(draft, "flood_zone", word_to(vocabulary.FLOOD_ZONE), "floodZone.floodZoneType")


def texts(draft: Draft) -> None:
    """The leading property's title and every property's description, by language; all pictures in their order."""
    language = draft.url_language(belgian.LANGUAGES)
    if language:
        draft.values["language"] = language
    for name, values in (("title", [lot.leading(draft)]), ("description", lot.properties(draft))):
        found = {tongue: _joined(values, f"{name}.{tongue}") for tongue in belgian.LANGUAGES}
        draft.values[name] = {tongue: plain for tongue, plain in found.items() if plain}
    pictures = [picture for value in lot.properties(draft) for picture in _in_order(value.get("pictures"))]
    addresses = [paths.first(p, "large", "medium", "bucketUrlLarge", "bucketUrlMedium", "small") for p in pictures]
    draft.values["image_urls"] = image_urls(addresses)


def _joined(values: list[dict[str, Any]], at: str) -> str | None:
    found = [readable(plain_text, paths.first(value, at) or None) for value in values]
    return "\n\n".join(dict.fromkeys(plain for plain in found if plain)) or None


def _in_order(pictures: object) -> list[dict[str, Any]]:
    found = [p for p in pictures if isinstance(p, dict)] if isinstance(pictures, list) else []
    return sorted(found, key=lambda p: p["orderIndex"] if type(p.get("orderIndex")) is int else len(found))


MAPPING = PlatformMapping(
    version=VERSION,
    fields=FIELDS,
    derive=(sale, price, status, kind, place, rooms, energy, ground, texts),
    branches=("properties[0].address",),
)


def card_facts(found: dict[str, Any]) -> dict[str, Any]:
    """What a search result states, by the record's names; a sitemap tells only that something is sold."""
    return mapper.card_facts(found, FIELDS, (sale, price, status, kind, place, rooms, energy))
