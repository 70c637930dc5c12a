"""Titles and descriptions, composed from the phrases."""

from __future__ import annotations

from immobe.items import ListingKind, Region
from immobe.replica.chance import Draws
from immobe.replica.core import Core
from immobe.replica.phrases import AWKWARD, BREAKS, CONTACT, HOME, NOUNS, PLOT_OR_SPACE, PROJECT, ROOMS
from immobe.replica.sellers import Seller

LANGUAGES = ("fr", "nl", "en")
_FIRST_LANGUAGE = {Region.FLANDERS: ("nl",), Region.WALLONIA: ("fr",), Region.BRUSSELS: ("fr", "fr", "nl", "en")}
_TITLED, _DESCRIBED = 0.72, 0.92


def noun(core: Core, language: str) -> str:
    return NOUNS[core.kind.subtype][LANGUAGES.index(language)]


def draw_languages(draws: Draws, core: Core) -> tuple[str, ...]:
    """The languages that the seller wrote in, the main one first."""
    first = draws.pick(_FIRST_LANGUAGE[core.place.region])
    return (first, *(language for language in LANGUAGES if language != first and draws.chance(0.28)))


def draw_title(draws: Draws, core: Core, language: str) -> str | None:
    if not draws.chance(_TITLED):
        return None
    words = noun(core, language)
    if core.bedroom_count:
        words += " " + ROOMS[language].format(rooms=core.bedroom_count)
    ending = draws.pick(("", "", " !", f" - {core.area_m2} m²", ' "topligging"', " & jardin/tuin"))
    return f"{words[0].upper()}{words[1:]} {core.place.locality}{ending}"


def draw_descriptions(draws: Draws, core: Core, languages: tuple[str, ...], seller: Seller) -> dict[str, str]:
    """{language: text}; empty when the advert has no text at all."""
    if not draws.chance(_DESCRIBED):
        return {}
    line_break = draws.pick(BREAKS)
    awkward = draws.pick(AWKWARD) if draws.chance(0.12) else None
    kept = [draws.chance(0.75) for _ in range(14)]
    tells_contact = seller.is_private and draws.chance(0.6)
    return {
        language: line_break.join(_sentences(core, language, kept, awkward, seller if tells_contact else None))
        for language in languages
    }


def _sentences(core: Core, language: str, kept: list[bool], awkward: str | None, contact: Seller | None) -> list[str]:
    phrases = HOME if core.kind.is_home else PLOT_OR_SPACE
    chosen = [phrases[language][0], *(p for p, keep in zip(phrases[language][1:], kept, strict=False) if keep)]
    if core.listing_kind is ListingKind.PROJECT:
        chosen[0] = PROJECT[language]
    if awkward:
        chosen.insert(1, awkward)
    filled = [
        phrase.format(
            noun=noun(core, language),
            place=core.place.locality,
            area=core.area_m2,
            rooms=core.bedroom_count or 1,
        )
        for phrase in chosen
    ]
    if contact:
        filled.append(CONTACT[language].format(phone=contact.phone, email=contact.email))
    return filled
