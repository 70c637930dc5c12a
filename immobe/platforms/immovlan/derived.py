"""What needs several values of an Immovlan object: kind, types, energy label, status, place, equipment, seller, texts.

Where a page says a fact in several places, the first of them that can be read decides, in the order written here: what
the page shows (header, labels), JSON-LD, the meta elements, `data_layer`, `details`. When another one differs, `raw`
keeps them all.
"""

from __future__ import annotations

import re

from immobe.items import (
    NOT_PARSED,
    ListingKind,
    MarketStatus,
    PropertyType,
    SellerType,
)
from immobe.mapping import belgian, vocabulary
from immobe.mapping.convert import count, flag, plain_text, readable, text
from immobe.mapping.mapper import Draft, as_found
from immobe.mapping.vocabulary import word_to
from immobe.platforms.immovlan import kinds, readings
from immobe.platforms.immovlan.readings import settle

_SPACES = ("garage", "indoor_parking", "outdoor_parking")
_STATUS = {
    "Option": MarketStatus.UNDER_OPTION,
    "Sold": MarketStatus.SOLD,
    "Rented": MarketStatus.RENTED,
    "Offline": MarketStatus.WITHDRAWN,
}


def language(draft: Draft) -> None:
    if "language" not in draft.values and (named := draft.url_language(belgian.LANGUAGES)):
        draft.values["language"] = named


def kind(draft: Draft) -> None:
    """A project's id has two numbers; a unit links to its project, or says that it is part of one."""
    if is_project(draft):
        draft.values["listing_kind"] = ListingKind.PROJECT
    elif draft.read("project_id", text, "project_id") or draft.find("data_layer.is_new_construction_project") is True:
        draft.values["listing_kind"] = ListingKind.UNIT


def is_project(draft: Draft) -> bool:
    return re.fullmatch(r"\d+-\d+", str(draft.find("id"))) is not None


def types(draft: Draft) -> None:
    """Codes of the scripts first, then the words of the page's address: they are the portal's own classes."""
    type_word, transaction_word = words_of_address(draft)
    settle(
        draft, "transaction_type", kinds.transaction_type,
        ("data_layer", draft.find("data_layer.transaction_type")), ("details", draft.find("details.transactionType")),
        ("address", transaction_word),
    )  # fmt: skip
    sub = ("data_layer", draft.find("data_layer.property_sub_type")), ("json_ld", draft.find("linked.subtype"))
    later = ("details", draft.find("details.propertySubType")), ("address", type_word)
    settle(draft, "property_type", kinds.property_type, *sub, *later)
    settle(draft, "property_subtype", kinds.property_subtype, *sub, *later)
    if "property_type" not in draft.values:
        draft.read("property_type", kinds.property_type, "data_layer.property_type", "details.propertyType")
    if is_project(draft):
        _type_of_units(draft)
        draft.read("transaction_type", kinds.transaction_type, "data_layer.transaction_type", "search.transaction_type")


def words_of_address(draft: Draft) -> tuple[str | None, str | None]:
    """(type, transaction) in `/en/detail/penthouse/for-sale/…`."""
    for address in (draft.url, draft.find("url")):
        parts = address.split("/") if isinstance(address, str) else []
        if len(parts) > 8 and parts[4] == "detail":
            return parts[5], parts[6]
    return None, None


def _type_of_units(draft: Draft) -> None:
    """The type that all units share; else the one of the searches that the page links to. Its subtype: apartment."""
    addresses = draft.find("units[].url")
    words = [a.split("/")[5] for a in addresses if isinstance(a, str) and a.count("/") > 8] if addresses else []
    found = {readable(kinds.property_type, word) for word in words}
    breadcrumb = draft.find("breadcrumb")
    said = breadcrumb[0] if isinstance(breadcrumb, list) and breadcrumb else draft.find("search.property_type")
    told = readable(kinds.property_type, said)
    property_type = found.pop() if len(found) == 1 and None not in found else told
    if isinstance(property_type, PropertyType):
        draft.values["property_type"] = property_type
        draft.missing.pop("property_type", None)


def area(draft: Draft) -> None:
    """The label shows whole square metres; the script's fraction of the same area is no other area."""
    settle(
        draft, "living_area_m2", readings.square_metres,
        ("labels", draft.find("labels.living_area")), ("json_ld", draft.find("linked.area")),
        ("data_layer", draft.find("data_layer.livable_surface")), tolerance=1,
    )  # fmt: skip


def energy(draft: Draft) -> None:
    """The region stands in the code; 0 kWh/m² is the portal's word for unknown."""
    settle(
        draft, "epc_label", readings.epc_label,
        ("badge", draft.find("epc")), ("meta", draft.find("meta.peb")),
    )  # fmt: skip
    if draft.values.get("epc_label") is not None:
        belgian.epc_sign(draft)


def status(draft: Draft) -> None:
    """A badge tells; without one an advert of the confirmed layouts is available."""
    badge = draft.find("header.status")
    if isinstance(badge, str):
        if badge in _STATUS:
            draft.values["status"], draft.raw["status"] = _STATUS[badge], badge
        else:
            draft.missing["status"], draft.raw["status"] = NOT_PARSED, as_found(badge)
    elif draft.find("layout") in ("classic", "card", "project"):
        draft.values["status"] = MarketStatus.AVAILABLE


def place(draft: Draft) -> None:
    city = draft.find("header.city")
    shown = re.match(r"(\d{4})\s+(.+)", city) if isinstance(city, str) else None
    settle(
        draft, "postal_code", belgian.postal_code,
        ("header", shown[1] if shown else None), ("json_ld", draft.find("linked.postal_code")),
        ("data_layer", draft.find("data_layer.zip_code")), ("details", draft.find("details.zipCode")),
        ("address", _code_of_address(draft)),
    )  # fmt: skip
    if "locality" not in draft.values and shown:
        draft.put("locality", text, shown[2])
    _street(draft)
    country = draft.find("linked.country", "details.country")
    belgian.must_be_in_belgium(draft, country)
    belgian.place(draft, approximate=draft.find("map.is_exact") is False)


def _code_of_address(draft: Draft) -> str | None:
    found = re.search(r"/(\d{4})/[^/]+/[^/]+$", draft.url)
    return found[1] if found else None


def _street(draft: Draft) -> None:
    """Street and number; the summary leaves out the box that the full address ends with."""
    full = readable(text, draft.find("linked.street", "header.street"))
    if not full:
        return
    summary = draft.find("summary")
    parts = summary if isinstance(summary, list) else []
    short = next((p.rpartition(" - ")[0] for p in parts if isinstance(p, str) and _is_address(p, full)), None)
    found = readings.address(full, short)
    draft.values |= {name: value for name, value in zip(("street", "house_number", "box"), found, strict=True) if value}
    draft.raw["street"] = as_found(full)


def _is_address(part: str, full: str) -> bool:
    street, dash, city = part.rpartition(" - ")
    return bool(dash and street and re.match(r"\d{4}\s", city) and full.startswith(street))


def equipment(draft: Draft) -> None:
    """A garden, terrace or garage is there when its area or number is told; the meta elements speak last."""
    for name, word in (("garden", "jardin"), ("garage", "garage")):
        settle(
            draft, f"has_{name}", flag, ("labels", draft.find(f"labels.{name}")), ("meta", draft.find(f"meta.{word}")),
            is_optional=True,
        )  # fmt: skip
    for name in ("garden", "terrace"):
        if f"{name}_area_m2" in draft.values:
            draft.values[f"has_{name}"] = True
    spaces = [readable(count, draft.find(f"labels.{kind}_count")) for kind in _SPACES]
    if any(n is not None for n in spaces):
        draft.values["parking_count"] = sum(n or 0 for n in spaces)
    if spaces[0]:
        draft.values["has_garage"] = True


def seller(draft: Draft) -> None:
    """Professional sellers by name and the portal's number; of a private one only the kind."""
    told = draft.find("data_layer.seller_type", "details.sellerType")
    first = str(told).split(",")[0] if told is not None else None
    if first is None and draft.find("linked.agent_is_person") is True:
        first = "private"
    if first is not None:
        draft.put("seller_type", word_to(vocabulary.SELLER), first)
    if draft.values.get("seller_type") not in (None, SellerType.PRIVATE):
        draft.read("seller_name", text, "seller.name")
        draft.read("seller_id", text, "data_layer.seller_id", "seller.id")


def texts(draft: Draft) -> None:
    """A text that the page calls untranslated is kept in the language that it is written in, when that is clear."""
    language = draft.values.get("language")
    title = readable(plain_text, draft.find("header.title"))
    if title and language:
        draft.values["title"] = {language: title}
    found = readable(plain_text, draft.find("description"))
    if not found:
        return
    if draft.find("is_untranslated") is True:
        language = readings.language_of(found, besides=language)
    if language:
        draft.values["description"] = {language: found}
