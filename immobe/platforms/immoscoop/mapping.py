"""What Immoscoop's objects mean: those of listing pages, and those of cards, which have less."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from immobe.geo import locate, place_key
from immobe.geo.towns import town_names
from immobe.items import (
    NOT_PARSED,
    EpcLabel,
    ListingKind,
    PriceKind,
    SaleMethod,
    TransactionType,
)
from immobe.mapping import address_text, belgian, mapper, price_text, vocabulary
from immobe.mapping.convert import (
    Convert,
    Unconvertible,
    decimal,
    flag,
    image_urls,
    known,
    known_whole,
    text,
)
from immobe.mapping.mapper import Draft, PlatformMapping, as_found, field_at
from immobe.mapping.vocabulary import subtype_of_word, type_of_word, word_to
from immobe.platforms import labelled
from immobe.platforms.immoscoop import urls
from immobe.platforms.immoscoop.labels import FEATURES

VERSION = "immoscoop-1"
_KWH = re.compile(r"([\d.,\s]*\d)\s*kWh", re.IGNORECASE)
_LETTER = re.compile(r"(?<![\w+])(?:[A-G](?![\w+-])|A\+{1,2}(?!\w)|[A-G]-(?!\w))")
# "Huis te koop", "Huis - Te koopGent", "Apartment for sale in Ghent": the type stands before the transaction.
_BEFORE_TRANSACTION = re.compile(
    r"\s*(?P<type>[^\d]{2,60}?)\s*(?:[-–|,]\s*)?(?:te\s+koop|te\s+huur|for\s+sale|for\s+rent|to\s+rent|[àa]\s+vendre"
    r"|[àa]\s+louer|zu\s+verkaufen|zu\s+vermieten)",
    re.IGNORECASE,
)
# In place of a price, as one report has it: "Contacteer ons".
_CONTACT = re.compile(r"^\s*contact", re.IGNORECASE)
_PUBLIC_SALE = re.compile(r"openbare\s+verkoop|public\s+sale|vente\s+publique", re.IGNORECASE)
# The last four digits before the town: what stands before them is street and number, glued on.
_RUN_TOGETHER = re.compile(r"(?P<before>.*?)\s*,?\s*(?P<code>[1-9]\d{3})\s+(?P<town>[^\d]+)")
_AMOUNT = re.compile(r"\d[\d.,\s]*\d|\d")


def epc_label(value: object) -> EpcLabel | None:
    """The letter in a text that may also state the consumption.

    >>> epc_label("B"), epc_label("F - 512 kWh/m²"), epc_label("156 kWh/m²")
    (<EpcLabel.B: 'B'>, <EpcLabel.F: 'F'>, None)
    """
    found = text(value)
    if found is None:
        return None
    letter = _LETTER.search(found.upper())
    if letter:
        return belgian.epc_label(letter[0])
    if _KWH.search(found) or found.replace(".", "").isdigit():
        return None
    raise Unconvertible("no EPC label")


def kwh(value: object) -> int | None:
    """The consumption in a text, kWh per m² and year; None for a letter alone.

    >>> kwh("156 kWh/m²"), kwh("B")
    (156, None)
    """
    found = _KWH.search(value) if isinstance(value, str) else None
    return known_whole(found[1]) if found else None


_FROM_ICONS = frozenset(FEATURES.values()) - {"epc_label"}
FIELDS = (
    field_at("language", belgian.language, "language"),
    *(
        replace(line, at=(f"features.{line.name}", *line.at)) if line.name in _FROM_ICONS else line
        for line in labelled.FIELDS
        if line.name != "epc_label"
    ),
    field_at("epc_label", epc_label, "epc", "features.epc_label", "labels.epc_label", "labels.epc"),
    field_at("e_level", known_whole, "labels.e_level"),
    field_at("renovation_obligation", flag, "labels.renovation_obligation"),
    field_at("has_heat_pump", flag, "labels.has_heat_pump"),
    field_at("has_solar_panels", flag, "labels.has_solar_panels"),
    field_at("flood_zone", word_to(vocabulary.FLOOD_ZONE), "labels.flood_zone"),
    field_at("p_score", belgian.flood_score, "labels.p_score"),
    field_at("g_score", belgian.flood_score, "labels.g_score"),
    field_at("street", text, "place.street"),
    field_at("house_number", text, "place.house_number"),
    field_at("box", text, "place.box"),
    field_at("postal_code", belgian.postal_code, "place.postal_code"),
    field_at("locality", text, "place.locality"),
    field_at("latitude", decimal, "place.latitude"),
    field_at("longitude", decimal, "place.longitude"),
    field_at("image_urls", image_urls, "image_urls"),
)


def kind(draft: Draft) -> None:
    """Sale or rent, and project or not, from the web address; the type from its own field, else from the title."""
    address = urls.read(str(draft.find("url")))
    if address is not None:
        draft.values["transaction_type"] = TransactionType.RENT if address.is_rent else TransactionType.SALE
        if address.is_project:
            draft.values["listing_kind"] = ListingKind.PROJECT
    title = draft.find("title")
    before = _BEFORE_TRANSACTION.match(title) if isinstance(title, str) else None
    for stated in (draft.find("type"), draft.find("labels.kind"), before["type"] if before else None):
        if stated is not None and draft.put("property_type", _in_words(type_of_word), stated) is not None:
            draft.missing.pop("property_type", None)
            _subtype(draft, stated)
            return


def _subtype(draft: Draft, stated: object) -> None:
    """A word for the type alone ("Huis") is a subtype too, or none."""
    draft.put("property_subtype", _in_words(subtype_of_word), stated)


def _in_words(convert: Convert) -> Convert:
    """The converter of a text that says more than the type: its first word decides, else its last.

    "Huis met tuin", "Nieuwbouw appartement".
    """

    def converted(value: object) -> object:
        words = (text(value) or "").split()
        for part in (value, *words[:1], *words[-1:]):
            try:
                return convert(part)
            except Unconvertible:
                continue
        raise Unconvertible("no word for a type")

    return converted


def price(draft: Draft) -> None:
    title, stated = draft.find("title"), draft.find("price")
    title, stated = (value if isinstance(value, str) else None for value in (title, stated))
    price_text.sale_method(draft, title, stated)
    if draft.values.get("transaction_type") is TransactionType.SALE and title and _PUBLIC_SALE.search(title):
        draft.values["sale_method"] = SaleMethod.PUBLIC_AUCTION
    if stated and _CONTACT.match(stated):
        draft.values["price_kind"], draft.raw["price_eur"] = PriceKind.ON_REQUEST, as_found(stated)
    elif stated and draft.values.get("listing_kind") is ListingKind.PROJECT:
        _range(draft, stated)
    else:
        price_text.price(draft, stated)
    if draft.values.get("sale_method") is SaleMethod.PUBLIC_AUCTION and draft.values.get("price_eur") is not None:
        draft.values["price_kind"] = PriceKind.STARTING_BID
    if draft.values.get("transaction_type") is not TransactionType.RENT:
        draft.values.pop("monthly_charges_eur", None)


def _range(draft: Draft, stated: str) -> None:
    """A project's cheapest and dearest home, of which the page may tell the first alone."""
    amounts = _AMOUNT.findall(stated)
    if not amounts:
        draft.values["price_kind"] = PriceKind.ON_REQUEST
        return
    draft.values["price_kind"] = PriceKind.FROM
    draft.put("price_min_eur", known, amounts[0])
    if len(amounts) == 2:
        draft.put("price_max_eur", known, amounts[1])


def consumption(draft: Draft) -> None:
    """Where the label for the whole certificate states a number with its unit."""
    stated = draft.find("labels.epc")
    if "epc_kwh_m2_year" not in draft.values and isinstance(stated, str) and _KWH.search(stated):
        draft.put("epc_kwh_m2_year", kwh, stated)
        draft.missing.pop("epc_kwh_m2_year", None)


def status(draft: Draft) -> None:
    """As a label says; without one it stays unknown, since no report tells how a sold home looks."""
    labelled.status(draft, "labels.status")


def place(draft: Draft) -> None:
    """Street, number, postal code and town, of which a card may run together: "Sleepstraat 1379000 Gent".

    Such a line is split only when its postal code exists and fits the advert's address on the web. Otherwise the
    postal code is that of the web address, and the line is not parsed.
    """
    lines = draft.find("address")
    if isinstance(lines, list) and lines and all(isinstance(line, str) for line in lines):
        _from_lines(draft, lines, urls.read(str(draft.find("url"))))
    belgian.place(draft)
    belgian.epc_sign(draft)


def _from_lines(draft: Draft, lines: list[str], web: urls.ListingAddress | None) -> None:
    line = " ".join(lines)
    found = _RUN_TOGETHER.fullmatch(line)
    if found is not None and _fits(found["code"], found["town"], web):
        whole = f"{found['before'].strip(' ,')}, {found['code']} {found['town'].strip()}"
        draft.values.update(address_text.parts(whole.lstrip(", ")))
        return
    if web is not None and web.postal_code is not None:
        draft.values["postal_code"] = web.postal_code
    if place_key(line).isalpha() and len(lines) == 1:
        draft.values["locality"] = line  # the town alone: the seller hides the rest
        return
    for name in ("street", *(() if web and web.postal_code else ("postal_code",))):
        draft.missing[name], draft.raw[name] = NOT_PARSED, as_found(line)


def _fits(code: str, town: str, web: urls.ListingAddress | None) -> bool:
    """Whether the code exists, and is the web address's, or that of a town which either names."""
    if locate(code) is None:
        return False
    if web is None:
        return True
    if web.postal_code is not None:
        return web.postal_code == code
    names = {place_key(name) for name in town_names(code)}
    return place_key(web.town) in {place_key(town), *names}


_DERIVE: tuple[Callable[[Draft], None], ...] = (kind, price, status, place)
MAPPING = PlatformMapping(version=VERSION, fields=FIELDS, derive=(*_DERIVE, consumption, labelled.texts), branches=())


def card_facts(card: dict[str, Any]) -> dict[str, Any]:
    """What a card states, by the record's names."""
    return mapper.card_facts(card, FIELDS, _DERIVE, card.get("url", ""))
