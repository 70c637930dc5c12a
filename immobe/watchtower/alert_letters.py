"""What a saved search found, in words: subject, plain text and HTML, in the search's language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from markupsafe import escape

from immobe.alerts.kinds import PRICES, fall_percent
from immobe.alerts.letters import Letter
from immobe.alerts.sealing import Seal
from immobe.storage.saved_searches import SavedSearch
from immobe.watchtower import formats, words
from immobe.watchtower.languages import LOCALES, texts
from immobe.watchtower.rendering import filled
from immobe.watchtower.terms_words import terms_text

MOST = 50
"""Listings that a message shows; of the others it says how many."""


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that was found, in words."""

    kind: str
    headline: str
    """What happened."""
    facts: str
    """What it is."""
    price: str
    why: str
    """The event that it was told for."""
    path: str
    """Of its page in Watchtower."""
    platform: str


class Letters:
    """Writes messages; `base_url` is where people reach Watchtower."""

    def __init__(self, base_url: str, seal: Seal) -> None:
        self._base, self._seal = base_url, seal

    def write(self, search: SavedSearch, found: list[dict[str, Any]]) -> tuple[str, str, str]:
        """Subject, plain text, HTML. `found` is as `immobe.storage.alert_matches.untold` gives it."""
        language = search.language
        told = [told_of(match, language) for match in found[:MOST]]
        known = {
            "search": search,
            "told": told,
            "more": len(found) - len(told),
            "terms": terms_text(search.terms, language),
            "base": self._base,
            "search_path": f"/ui/saved/{search.id}",
            "end_url": self.end_url(search.id),
        }
        plain = filled(language, "alerts/letter.txt", **known)
        return _subject(search, told, found), plain, filled(language, "alerts/letter.html", **known)

    def test(self, language: str) -> Letter:
        """What a channel is tried with."""
        gettext, url = texts(language).gettext, f"{self._base}/ui/channels"
        text = gettext("This is a test of a channel of Immo-Bé. It works: alerts will arrive here.")
        html = f'<p>{escape(text)}</p><p><a href="{escape(url)}">{escape(url)}</a></p>'
        return Letter(str(uuid4()), gettext("Immo-Bé: a test"), f"{text}\n\n{url}", html, "")

    def end_url(self, search_id: int) -> str:
        """Where whoever has a message can pause or end its search."""
        return f"{self._base}/alerts/{self._seal.link_token(search_id)}"


def told_of(match: dict[str, Any], language: str) -> Told:
    """One match in words."""
    return Told(
        kind=match["kind"],
        headline=_headline(match, language),
        facts=facts_of(match, language),
        price=price_of(match, language),
        why=_why(match, language),
        path=path_of(match),
        platform=match["platform"].capitalize(),
    )


def _subject(search: SavedSearch, told: Sequence[Told], found: Sequence[dict[str, Any]]) -> str:
    if len(found) == 1:
        return " · ".join(filter(None, (told[0].headline, told[0].facts, told[0].price)))
    count, ngettext = Counter(match["kind"] for match in found), texts(search.language).ngettext
    named = {
        "new": ngettext("%(num)s new listing", "%(num)s new listings", count["new"]),
        "also": ngettext("%(num)s more advert of known homes", "%(num)s more adverts of known homes", count["also"]),
        "drop": ngettext("%(num)s price drop", "%(num)s price drops", count["drop"]),
        "back": ngettext("%(num)s back on the market", "%(num)s back on the market", count["back"]),
        "status": ngettext("%(num)s change of status", "%(num)s changes of status", count["status"]),
    }
    return f"{search.name}: " + ", ".join(named[kind] % {"num": count[kind]} for kind in named if count[kind])


def _headline(match: dict[str, Any], language: str) -> str:
    gettext = texts(language).gettext
    kind, old, new = match["kind"], match["old"], match["new"]
    if match["field"] in PRICES and old is not None and new is not None:
        return _price_headline(kind, old, new, language)
    if kind == "new":
        return gettext("New listing")
    if kind == "also":
        return gettext("Also on %(platform)s") % {"platform": match["platform"].capitalize()}
    if kind == "back":
        return gettext("Back on the market")
    if match["field"] == "listing" or (new == "withdrawn" and match["gone_evidence"]):
        return gettext("No longer online")
    return gettext("Now %(status)s") % {"status": gettext(words.word("status", new))}


def _price_headline(kind: str, old: float, new: float, language: str) -> str:
    gettext, locale = texts(language).gettext, LOCALES[language]
    prices = {"old": formats.euro(old, locale=locale), "new": formats.euro(new, locale=locale)}
    if kind != "drop":
        return gettext("New in this search: the price went from %(old)s to %(new)s") % prices
    fell = fall_percent(old, new) or Decimal(0)
    shown = formats.number(round(fell, 1), locale=locale)
    return gettext("Price down %(percent)s%%, from %(old)s to %(new)s") % {"percent": shown, **prices}


def path_of(match: Mapping[str, Any]) -> str:
    """Of a listing's page."""
    return f"/ui/listings/{quote(match['platform'], safe='')}/{quote(match['platform_listing_id'], safe='')}"


def facts_of(match: Mapping[str, Any], language: str) -> str:
    """What a listing is, on one line."""
    translate, locale = texts(language), LOCALES[language]
    gettext, ngettext = translate.gettext, translate.ngettext
    rooms, kind = match["bedroom_count"], match["property_type"]
    parts = (
        gettext(words.word("property_type", kind)) if kind else "",
        gettext(words.word("transaction_type", match["transaction_type"])) if match["transaction_type"] else "",
        ngettext("%(num)s bedroom", "%(num)s bedrooms", rooms) % {"num": rooms} if rooms else "",
        formats.m2(match["living_area_m2"] or match["land_area_m2"], locale=locale),
        f"{gettext('EPC')} {match['epc_label']}" if match["epc_label"] else "",
        " ".join(filter(None, (match["postal_code"], match["locality"]))),
    )
    text = ", ".join(filter(None, parts))
    return text[:1].upper() + text[1:]


def price_of(match: Mapping[str, Any], language: str) -> str:
    """What it costs; nothing when that is not known."""
    gettext, locale = texts(language).gettext, LOCALES[language]
    price = match["price_eur"]
    if price is None and match["price_min_eur"] is not None:
        return gettext("from %(price)s") % {"price": formats.euro(match["price_min_eur"], locale=locale)}
    shown = formats.euro(price, locale=locale)
    return gettext("%(price)s a month") % {"price": shown} if shown and match["price_kind"] == "monthly_rent" else shown


def _why(match: dict[str, Any], language: str) -> str:
    """As in `first read on Immoweb, 27/11/2026 12:40`."""
    gettext, locale = texts(language).gettext, LOCALES[language]
    seen: datetime = match["seen_at"]
    known = {"platform": match["platform"].capitalize(), "moment": formats.moment(seen, locale=locale)}
    if match["kind"] == "also":
        known["other"] = (match["also_platform"] or "").capitalize()
        return (
            gettext("the same home as one that you know from %(other)s; first read on %(platform)s, %(moment)s") % known
        )
    if match["kind"] == "new" and match["field"] not in PRICES:
        return gettext("first read on %(platform)s, %(moment)s") % known
    what = {"price_eur": gettext("the price changed"), "price_min_eur": gettext("the price changed")}
    known["event"] = what.get(match["field"]) or gettext("the status changed")
    if match["field"] == "listing":
        known["event"] = gettext("the advert is gone")
    return gettext("%(event)s on %(platform)s, seen %(moment)s") % known
