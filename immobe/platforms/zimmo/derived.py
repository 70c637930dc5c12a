"""What needs several values of a Zimmo object: kind, transaction, type, place, energy, seller, texts.

Money is in `prices`; what the lists of the portal's own objects tell, in `estate`.
"""

from __future__ import annotations

import re

from immobe.items import NOT_PARSED, ListingKind, MarketStatus, PropertyType, SaleMethod, SellerType, TransactionType
from immobe.mapping import address_text, belgian, price_text, vocabulary
from immobe.mapping.convert import Unconvertible, image_urls, known_whole, plain_text, readable, text
from immobe.mapping.mapper import Draft, as_found
from immobe.mapping.vocabulary import TYPE_OF_SUBTYPE, subtype_of_word, type_of_word, word_to
from immobe.platforms.zimmo import addresses, private
from immobe.platforms.zimmo.reading import STATUS_PREFIX, url_of, word

_TRANSACTION, _TYPE = word_to(vocabulary.TRANSACTION), word_to(vocabulary.PROPERTY_TYPE)
_SELLER = word_to(vocabulary.SELLER)
# What the portal's own objects say of an advert that is over. A business to take over is no sale of a home: unknown.
_OVER = {
    "SOLD": (TransactionType.SALE, MarketStatus.SOLD),
    "RENTED": (TransactionType.RENT, MarketStatus.RENTED),
}
_TYPE_IN_BRACKETS = re.compile(r"\s*(?P<subtype>[^()]*[^()\s])\s*\((?P<type>[^()]+)\)\s*")
# One word for offices, shops and halls: the subtype tells which, else none of our types is certain.
_COMMERCIAL = re.compile(r"commercial|bedrijfsvastgoed|bien[ -]professionnel|commercieel", re.IGNORECASE)
_HIDDEN = re.compile(
    r"\s*(?:adres(?:se)? (?:sur demande|op aanvraag|on request)|straat niet gekend|rue inconnue)\s*,?", re.IGNORECASE
)
_LABEL = re.compile(r"\s*(?:(?:label|klasse|classe)\s*)?([A-G](?:\+{1,2}|-)?)(?![\w+])", re.IGNORECASE)
_KWH = re.compile(r"(\d[\d.,\s]*)\s*kWh", re.IGNORECASE)


def language(draft: Draft) -> None:
    """An object of a search page has the language of its page, which its own address tells."""
    own = draft.find("url")
    told = addresses.path_facts(own).get("language") if isinstance(own, str) else None
    if told:
        draft.values.setdefault("language", told)


def kind(draft: Draft) -> None:
    """A project has an address of its own kind; an object of a search names the project that it is a unit of."""
    project = draft.find("project")
    if (
        addresses.is_project(addresses.path_facts(url_of(draft)).get("type"))
        or draft.find("is_project") is True
        or (isinstance(project, dict) and project)
    ):
        draft.values["listing_kind"] = ListingKind.PROJECT
    elif str(draft.find("proj_id") or "0") != "0":
        draft.values["listing_kind"] = ListingKind.UNIT


def transaction(draft: Draft) -> None:
    """From the object's status, else from the address; then how it is sold."""
    found = draft.find("status", "estate.status")
    if isinstance(found, str) and found in _OVER:
        draft.values["transaction_type"], draft.values["status"] = _OVER[found]
    elif isinstance(found, str):
        draft.put("transaction_type", _TRANSACTION, found.removeprefix(STATUS_PREFIX))
    if "transaction_type" not in draft.values and not draft.find("estate"):
        told = addresses.path_facts(url_of(draft)).get("transaction")
        if told and draft.put("transaction_type", _TRANSACTION, told):
            draft.missing.pop("transaction_type", None)
    price_text.sale_method(draft, word(draft, "labels.price"), word(draft, "labels.type"), word(draft, "title"))
    if "sale_method" in draft.values and draft.find("is_auction") is True:
        draft.values["sale_method"] = SaleMethod.PUBLIC_AUCTION


def property_kind(draft: Draft) -> None:
    """Subtype and type stand in one text, "Studio (Apartment)"; an address or a search's object has them apart."""
    stated = word(draft, "labels.type")
    both = _TYPE_IN_BRACKETS.fullmatch(stated or "")
    if both:
        _set_kind(draft, both["type"], both["subtype"])
    elif stated:
        _set_kind(draft, stated, stated)
    elif "estate" in draft.payload or "code" in draft.payload:
        _set_kind(draft, word(draft, "type", "estate.type"), word(draft, "subtype_naam", "estate.subType"))
    else:
        told = addresses.path_facts(url_of(draft)).get("type")
        if told and not addresses.is_project(told):
            _set_kind(draft, told, None)
    if "property_type" not in draft.values and draft.values.get("listing_kind") is ListingKind.PROJECT:
        _set_kind_of_units(draft)


def _set_kind(draft: Draft, type_word: str | None, subtype_word: str | None) -> None:
    if subtype_word and not _COMMERCIAL.fullmatch(subtype_word.strip()):
        draft.put("property_subtype", subtype_of_word, subtype_word)
    subtype = draft.values.get("property_subtype")
    if type_word and _COMMERCIAL.fullmatch(type_word.strip()):
        draft.values["property_type"] = TYPE_OF_SUBTYPE[subtype] if subtype else PropertyType.OTHER
        draft.raw["property_type"] = type_word
    elif type_word and draft.put("property_type", type_of_word, type_word) is not None:
        # "House" in an address may be any house; "student room" is one.
        if subtype_word is None and readable(_TYPE, type_word) is None:
            draft.put("property_subtype", subtype_of_word, type_word)
    elif subtype is not None:
        draft.missing.pop("property_type", None)
        draft.values["property_type"] = TYPE_OF_SUBTYPE[subtype]


def _set_kind_of_units(draft: Draft) -> None:
    """The one type that all units have."""
    words = draft.find("units[].type")
    try:
        kinds = {type_of_word(unit) for unit in words} if isinstance(words, list) else set()
    except Unconvertible:
        return
    if len(kinds) == 1:
        draft.values["property_type"] = kinds.pop()


def place(draft: Draft) -> None:
    """The address is one line on pages; the objects of searches have street, postal code and town apart."""
    line = word(draft, "labels.address")
    if line is None and "code" in draft.payload and "postal_code" in draft.values:
        line = f"{word(draft, 'address') or ''}, {draft.values['postal_code']} {draft.values.get('locality', '')}"
    if line is not None:
        found = address_text.parts(_HIDDEN.sub("", line))
        draft.values |= {name: value for name, value in found.items() if name not in draft.values}
    belgian.must_be_in_belgium(draft, draft.find("estate.location.country.code"))
    precision = draft.find("estate.location.coordinates.precision")
    belgian.place(draft, approximate=precision not in (None, "ROOFTOP"))


def energy(draft: Draft) -> None:
    """A page writes letter and kWh in one place, or one of them."""
    stated = word(draft, "labels.epc")
    if stated:
        letter, kwh = _LABEL.match(stated), _KWH.search(stated)
        if letter:
            draft.put("epc_label", belgian.epc_label, letter[1])
        if kwh or re.fullmatch(r"[\d.,]+", stated):
            draft.put("epc_kwh_m2_year", known_whole, kwh[1] if kwh else stated)
        elif not letter:
            draft.missing["epc_label"], draft.raw["epc_label"] = NOT_PARSED, as_found(stated)
    belgian.epc_sign(draft)


def seller(draft: Draft) -> None:
    """Professional sellers by name; of a private one only the kind. A listing page does not tell."""
    if draft.find("estate.soldBy") == "PRIVATE_SALE":
        draft.values["seller_type"] = SellerType.PRIVATE
    else:
        draft.read("seller_type", _SELLER, "dealer.category")
    if draft.values.get("seller_type") not in (None, SellerType.PRIVATE):
        draft.read("seller_name", text, "dealer.name")
        draft.read("seller_id", text, "dealer.id")
        draft.read("seller_licence", text, "dealer.associationNumbers[0]")
    elif private.is_of_an_agency(dict(draft.payload)):
        draft.values["seller_type"] = SellerType.AGENCY
        draft.read("seller_name", text, "advertiser.name")
        draft.read("seller_id", text, "zimmo_kantoor_id")


def texts(draft: Draft) -> None:
    """Titles and descriptions by language; a page has those of its own language."""
    language = draft.values.get("language")
    found = draft.find("description", "estate.description", "enriched.description")
    by_language = found if isinstance(found, dict) else {language: found}
    plain = {name: readable(plain_text, by_language.get(name)) for name in belgian.LANGUAGES}
    draft.values["description"] = {name: value for name, value in plain.items() if value}
    title = readable(plain_text, draft.find("title"))
    if title and language:
        draft.values["title"] = {language: title}


def images(draft: Draft) -> None:
    """Pictures in the order of the advert, each in its largest form; a page names the first one only."""
    one = draft.find("image", "hoofdFoto")
    found = draft.find("files.images")
    if isinstance(found, list):
        pictures = sorted((p for p in found if isinstance(p, dict)), key=lambda p: known_order(p.get("order")))
        sizes = [p["thumbnails"] for p in pictures if isinstance(p.get("thumbnails"), dict)]
        best = [size.get("z-detail-large") or size.get("z-result") or size.get("z-detail-328") for size in sizes]
        draft.values["image_urls"] = image_urls(best)
    elif isinstance(one, str):
        draft.values["image_urls"] = image_urls([one])


def known_order(value: object) -> int:
    return value if isinstance(value, int) else 10_000
