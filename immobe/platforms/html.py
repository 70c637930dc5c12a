"""What platforms without an object of their own share: reading facts out of HTML, by elements and never by position.

Such a platform makes its own object, plain JSON values under fixed keys, which the mapping then reads like any other:
`labels` (what a page says in label and value pairs, under our names), `json_ld`, `meta`, `data` (objects in scripts).
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import chompjs
from parsel import Selector, SelectorList

from immobe.errors import NotAListing, UnreadablePage
from immobe.geo import place_key
from immobe.platforms.base import as_object, decode_json_at

_LONGEST_TEXT = 20_000  # characters of one element


def parse(page: str) -> Selector:
    """The page's tree. Raises UnreadablePage when the page ends before `</html>`: it was cut off on its way."""
    if "<html" in page[:5000].lower() and "</html>" not in page[-5000:].lower():
        raise UnreadablePage("page_cut_off", "the page ends before </html>: it was cut off")
    # libxml2 refuses NUL; trees of absurd depth are cut by the parser itself.
    return Selector(text=page.replace("\x00", ""), type="html")


def bare_object(page: str) -> dict[str, Any] | None:
    """The object, when the text is JSON and no page; None for a page. Raises PageError for another JSON value."""
    text = page.lstrip("\ufeff \t\r\n")
    if text[:1] not in ("{", "["):
        return None
    return as_object(decode_json_at(text, 0, "the object"), "the object")


def text_of(found: Selector | SelectorList[Selector]) -> str | None:
    """All text of the first element found, white space folded; None when there is none.

    >>> text_of(Selector(text="<p> 3 <b>rooms</b>\\n</p>").css("p"))
    '3 rooms'
    """
    first = found[:1] if isinstance(found, SelectorList) else [found]
    for element in first:
        joined = " ".join("".join(element.xpath(".//text()[not(parent::script or parent::style)]").getall()).split())
        return joined[:_LONGEST_TEXT] or None
    return None


def lines_of(found: SelectorList[Selector]) -> str | None:
    """The markup of the first element found, for `plain_text` to make lines of; None when there is none."""
    markup = found.get()
    return markup[: 5 * _LONGEST_TEXT] if markup else None


def labelled(
    pairs: Iterable[tuple[Selector | SelectorList[Selector], Selector | SelectorList[Selector]]],
    names: Mapping[str, str],
) -> dict[str, str]:
    """{our name: value} of the labels that `names` knows, in any language; of a label that comes twice, the first.

    `names` maps label to our name, keys as `label_names` makes them. Other labels are left out: a page lists schools
    and shops in the same form.
    """
    found: dict[str, str] = {}
    for label, value in pairs:
        name = names.get(place_key(text_of(label) or ""))
        text = text_of(value)
        if name and text:
            found.setdefault(name, text)
    return found


def label_names(names: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """{label without case, accents, punctuation: our name} from {our name: labels}. A label must have one meaning.

    >>> label_names({"bedroom_count": ("Number of bedrooms", "Slaapkamers")})["slaapkamers"]
    'bedroom_count'
    """
    found: dict[str, str] = {}
    for name, labels in names.items():
        for label in labels:
            if found.setdefault(place_key(label), name) != name:
                raise ValueError(f"the label {label!r} means {name} and {found[place_key(label)]}")
    return found


def json_ld(root: Selector) -> list[dict[str, Any]]:
    """Every JSON-LD object of the page, those in lists and in @graph too; a broken block is left out.

    The parser resolves entities, so that a type written as `application/ld&#x2B;json` is found too.
    """
    found: list[dict[str, Any]] = []
    for block in root.xpath("//script[contains(@type, 'ld+json')]/text()").getall():
        try:
            value = json.loads(block, strict=False)
        except (ValueError, RecursionError):
            continue
        found.extend(_objects(value))
    return found


def of_type(objects: Iterable[dict[str, Any]], *types: str) -> dict[str, Any]:
    """The first JSON-LD object of one of these types, those inside others too; {} when there is none."""
    for value in objects:
        for inner in _below(value):
            kinds = inner.get("@type")
            if any(kind in types for kind in (kinds if isinstance(kinds, list) else [kinds])):
                return inner
    return {}


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for element in value:
            yield from _objects(element)
    elif isinstance(value, dict):
        yield value
        yield from _objects(value.get("@graph"))


def _below(value: Any) -> Iterator[dict[str, Any]]:
    pending = [value]
    while pending:
        node = pending.pop(0)
        if isinstance(node, dict):
            yield node
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)


def meta(root: Selector) -> dict[str, str]:
    """{name or property: content} of the page's meta elements; the first of each."""
    found: dict[str, str] = {}
    for element in root.xpath("//meta[@content][@name or @property]"):
        # Not `attrib`: it fails on an element that has, beside these, a name that is none.
        name = element.xpath("string(@name)").get() or element.xpath("string(@property)").get() or ""
        found.setdefault(name, (element.xpath("@content").get() or "").strip())
    return found


def script_object(page: str, before: re.Pattern[str]) -> Any:
    """The JavaScript object or list behind the first match of `before`, which ends right before it; None without one.

    Raises UnreadablePage for one that cannot be read.
    """
    start = before.search(page)
    if start is None:
        return None
    try:
        return chompjs.parse_js_object(page[start.end() :], loader_kwargs={"strict": False})
    except (ValueError, RecursionError) as error:
        raise UnreadablePage("object_broken", f"the object behind {start[0][-40:]!r} is broken: {error}") from None


def required(value: Any, element: str) -> Any:
    """The value, which a sound page has. Raises NotAListing that names the missing element."""
    if not value:
        raise NotAListing("element_missing", f"the page lacks {element}: it is no listing page, or the format changed")
    return value


def unescaped(text: str) -> str:
    """A text whose entities are resolved, also those that were escaped twice."""
    return html.unescape(html.unescape(text))
