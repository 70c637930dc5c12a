"""The weight of a real page: styles, scripts, menus, icons and footers that surround what matters.

Written for the replica: it has the size and the variety of a portal's page, no more. Made once a language and kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache

from immobe.replica.chance import Draws
from immobe.replica.immoweb.addresses import ROOT
from immobe.replica.immoweb.words import SEARCH_WORDS, TRANSACTION_SLUGS, TYPE_SLUGS, slug
from immobe.replica.places import places

HEAD_BYTES, MENU_BYTES, FOOT_BYTES = 44_000, 32_000, 224_000
SEARCH_FOOT_BYTES = 250_000
_PARTS = [
    "card",
    "tile",
    "menu",
    "panel",
    "badge",
    "button",
    "field",
    "label",
    "grid",
    "row",
    "sheet",
    "banner",
    "gallery",
    "map",
    "form",
    "chip",
    "table",
    "note",
]
_RULES = (
    "padding:{a}px {b}px",
    "margin:{b}px auto {a}px",
    "border-radius:{a}px",
    "font-size:{b}px",
    "min-height:{a}0px",
    "color:#{c}",
    "background:#{c}",
    "flex:1 1 {a}%",
    "box-shadow:0 {a}px {b}px #{c}40",
)


def _style(draws: Draws) -> str:
    name = f".rp-{draws.pick(_PARTS)}__{draws.pick(_PARTS)}--{draws.below(1000)}"
    rules = (
        draws.pick(_RULES).format(a=draws.between(1, 40), b=draws.between(1, 32), c=draws.hex(6))
        for _ in range(draws.between(2, 5))
    )
    return f"<style>{name}{{{';'.join(rules)}}}</style>\n"


def _script(draws: Draws) -> str:
    name, part = f"rp{draws.hex(6)}", draws.pick(_PARTS)
    options = json.dumps(
        {f"{part}{draws.below(90)}": draws.hex(12), "open": draws.chance(0.5), "rank": draws.below(99)}
    )
    return (
        f"<script>(function(page){{ const {name} = {options}; if (page.{part}) {{ page.{part}.push({name}); }} "
        f"else {{ page.{part} = [{name}]; }}; }})(window.replica = window.replica || {{}});</script>\n"
    )


def _icon(draws: Draws) -> str:
    points = " ".join(f"{draws.pick('LCQ')}{draws.below(48)} {draws.below(48)}" for _ in range(draws.between(6, 24)))
    return f'<svg class="rp-icon" viewBox="0 0 48 48" aria-hidden="true"><path d="M0 0 {points}Z"></path></svg>\n'


def _link(language: str) -> Callable[[Draws], str]:
    search, transactions = SEARCH_WORDS[language], [words[language] for words in TRANSACTION_SLUGS.values()]
    types = tuple(TYPE_SLUGS[language])[:2]

    def link(draws: Draws) -> str:
        place, kind = draws.pick(places()), draws.pick(types)
        address = (
            f"{ROOT}/{language}/{search}/{kind}/{draws.pick(transactions)}/{slug(place.locality)}/{place.postal_code}"
        )
        return (
            f'<li class="rp-menu__entry"><a class="rp-menu__link" href="{address}">{kind} {place.locality}</a></li>\n'
        )

    return link


def _field(draws: Draws) -> str:
    part, number = draws.pick(_PARTS), draws.below(10_000)
    return (
        f'<div class="rp-form__field" data-rank="{number}"><label for="{part}-{number}">{part} {number}</label>'
        f'<input id="{part}-{number}" name="{part}[{number}]" type="number" step="{draws.between(1, 50)}" value="">'
        f'<p class="rp-form__help">{" ".join(draws.pick(_PARTS) for _ in range(draws.between(4, 12)))}</p></div>\n'
    )


def _filled(size: int, draws: Draws, makers: tuple[Callable[[Draws], str], ...]) -> bytes:
    """Pieces of the makers in turn, then spaces, to exactly `size` bytes."""

    def pieces() -> Iterator[bytes]:
        while True:
            yield draws.pick(makers)(draws).encode()

    found, length = [], 0
    for piece in pieces():
        if length + len(piece) > size:
            break
        found.append(piece)
        length += len(piece)
    return b"".join(found) + b" " * (size - length)


@cache
def head(language: str) -> bytes:
    """Styles and scripts for the head element."""
    return _filled(HEAD_BYTES, Draws("head", language), (_style, _style, _style, _script))


@cache
def menu(language: str) -> bytes:
    """The body's beginning: a menu of searches."""
    links = _filled(MENU_BYTES, Draws("menu", language), (_link(language),))
    return b'<header class="rp-header"><nav class="rp-menu"><ul>' + links + b"</ul></nav></header>\n"


@cache
def foot(language: str, size: int = FOOT_BYTES) -> bytes:
    """What follows the listing: calculators, icons, nearby searches, scripts."""
    makers = (_field, _icon, _icon, _link(language), _script)
    return b'<footer class="rp-footer">' + _filled(size, Draws("foot", language), makers) + b"</footer>\n"
