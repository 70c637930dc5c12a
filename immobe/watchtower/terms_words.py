"""What a saved search asks for, in words: `Type: house · Price: at most € 300.000`."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple
from urllib.parse import parse_qs

from immobe.watchtower import formats, words
from immobe.watchtower.languages import LOCALES, N_, texts

_OWN = {
    "q": N_("Words"),
    "bbox": N_("On the map"),
    "polygon": N_("On the map"),
    "price_dropped": N_("Price fell"),
    "back_on_market": N_("Back on the market"),
    "first_seen_since": N_("First seen since"),
    "one_per_property": N_("One advert for each home"),
}


class Term(NamedTuple):
    """One filter: its name, and what it asks, in words; the latter is empty for one that is on or off."""

    name: str
    asked: str


def terms_in_words(query_string: str, language: str) -> list[Term]:
    """The filters of URL parameters, as `SearchTerms.query_string` spells them.

    >>> [f"{name}: {asked}" for name, asked in terms_in_words("property_type=house&max_living_area_m2=1500", "nl")]
    ['Type: huis', 'Bewoonbare oppervlakte: hoogstens 1.500']
    """
    return [_term(name, values, language) for name, values in parse_qs(query_string).items()]


def terms_text(query_string: str, language: str) -> str:
    """All of them on one line; what is asked when nothing is."""
    terms = terms_in_words(query_string, language)
    text = " · ".join(f"{name}: {asked}" if asked else name for name, asked in terms)
    return text or texts(language).gettext("all listings")


def _term(name: str, values: list[str], language: str) -> Term:
    gettext = texts(language).gettext
    least, most = name.startswith("min_"), name.startswith("max_")
    field = name[4:] if least or most else name
    label = gettext(_OWN.get(field) or words.FIELDS.get(field) or field.replace("_", " ").capitalize())
    asked = ", ".join(_value(field, value, language) for value in values)
    if least:
        return Term(label, gettext("at least %s") % asked)
    if most:
        return Term(label, gettext("at most %s") % asked)
    if field in ("bbox", "polygon") or asked == "true":
        return Term(label, "")
    return Term(label, gettext("no") if asked == "false" else asked)


def _value(field: str, value: str, language: str) -> str:
    translate, locale = texts(language), LOCALES[language]
    if field in ("price_dropped", "back_on_market") and value.isdigit():
        return translate.ngettext("within a day", "within %(num)s days", int(value)) % {"num": value}
    if field == "first_seen_since":
        return value[:10]
    if field == "construction_year" or not value.replace(".", "", 1).isdigit() or field in words.VALUES:
        return translate.gettext(words.word(field, value))
    number = Decimal(value)
    if field.endswith("_eur"):
        return formats.euro(number, locale=locale)
    return value if field in ("postal_code", "municipality_nis", "q") else formats.number(number, locale=locale)
