"""Takes contact data out of texts: no private person's name, telephone number or e-mail address is stored."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Any

import phonenumbers

# Also as people write it to hide it from machines: "name [at] host [dot] be", "name@host".
_EMAIL = re.compile(
    r"(?<![\w.+%-])[\w.+%-]{1,64}\s?(?:@|[(\[{](?:at|a)[)\]}])\s?[\w-]{1,63}"
    r"(?:\.[\w-]+|\s?[(\[{](?:dot|punt|point)[)\]}]\s?[\w-]+)*",
    re.IGNORECASE,
)
_SPOKEN_EMAIL = re.compile(
    r"(?<![\w.+%-])[\w.+%-]{1,64}\s(?:at|apenstaartje|arobase)\s[\w-]{1,63}\s(?:dot|punt|point)\s\w{2,10}",
    re.IGNORECASE,
)
# Nine or ten digits after a 0, whatever stands between them, unless they begin with a date.
_NATIONAL = re.compile(
    r"(?<![\w/.-])(?!\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)\d\d)0\d{1,3}(?:[\s./_-]{0,3}\d){6,8}(?![\d-])"
)
# Belgian numbers in international form, whatever stands between the digits; phonenumbers reads no "0032/2/…".
_BELGIAN = re.compile(r"(?<![\w-])(?:\+|00\s?)32(?:[\s./()-]*\d){8,10}(?!\d)")
# Now, not when a number needs it: an error while it reads a country (no file descriptor left, a page's time limit)
# leaves its lock taken for good, and every later page waits for it in vain.
phonenumbers.PhoneMetadata.load_all()
PHONE_REMOVED, EMAIL_REMOVED, NAME_REMOVED = "[phone removed]", "[e-mail removed]", "[name removed]"
_MIN_NAME_LENGTH = 3
# What is no free text: a code, a moment, an address on the web.
_CODE = re.compile(r"[A-Z][A-Z0-9_+]*|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d{4})|https?://\S+")
_PLACE_KEYS = frozenset({
    "epcReference", "street", "number", "box", "postalCode", "locality", "province", "district", "region", "country",
    "placeName",
})  # fmt: skip
_CONTACT_KEY = re.compile(r"contact|e-?mail|phone|mobile|propertyName", re.IGNORECASE)
_PERSONAL_KEYS = re.compile(
    r"""("(?:name|customerName|email|phoneNumber|mobileNumber|landLine|contactName|firstName|lastName|phone|telephone)"\s*:\s*)"(?:[^"\\]|\\.)*"?"""
)
_SCRUB_LENGTH = 20_000  # characters kept of a page that could not be read


def without_contacts(text: str, names: Iterable[str] = ()) -> str:
    """The text without e-mail addresses, telephone numbers (any spelling, Belgian or international) and these names.

    >>> without_contacts("Bel 0470/12.34.56 of mail an@example.org, prijs 350 000 €")
    'Bel [phone removed] of mail [e-mail removed], prijs 350 000 €'
    >>> without_contacts("Vragen? An Test, +32 2 123 45 67", ["An Test"])
    'Vragen? [name removed], [phone removed]'
    """
    text = _EMAIL.sub(EMAIL_REMOVED, _SPOKEN_EMAIL.sub(EMAIL_REMOVED, text))
    for name in names:
        if len(name.strip()) >= _MIN_NAME_LENGTH:
            text = re.sub(rf"(?<!\w){re.escape(name.strip())}(?!\w)", NAME_REMOVED, text, flags=re.IGNORECASE)
            for word in _words_of(name):
                text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", NAME_REMOVED, text)
    text = _BELGIAN.sub(PHONE_REMOVED, text)
    text = _NATIONAL.sub(lambda found: PHONE_REMOVED if sum(map(str.isdigit, found[0])) in (9, 10) else found[0], text)
    # POSSIBLE: a number that a typing error made invalid is still somebody's.
    matches = list(phonenumbers.PhoneNumberMatcher(text, "BE", leniency=phonenumbers.Leniency.POSSIBLE, max_tries=1000))
    for match in reversed(matches):
        if not _looks_like_a_date(match.raw_string):
            text = text[: match.start] + PHONE_REMOVED + text[match.end :]
    return text


def _words_of(name: str) -> list[str]:
    """First and last names that may stand alone, as they are written; not "van", "de" and the like."""
    return [word for word in name.split() if len(word) >= _MIN_NAME_LENGTH and word[0].isupper()]


def _looks_like_a_date(digits: str) -> bool:
    return re.fullmatch(r"(?:19|20)\d{2}-\d{2}-\d{2}", digits) is not None


def without_contacts_below(value: Any, names: Iterable[str] = ()) -> Any:
    """A copy of a JSON value whose texts hold no contact data; keys that are for nothing else go, other values stay."""
    names = tuple(names)
    root = [value]
    pending: list[tuple[Any, Any, Any]] = [(root, 0, value)]
    while pending:
        parent, key, node = pending.pop()
        if isinstance(node, str):
            parent[key] = node if _CODE.fullmatch(node) or key in _PLACE_KEYS else without_contacts(node, names)
        elif isinstance(node, dict):
            parent[key] = {k: v for k, v in node.items() if not _CONTACT_KEY.search(str(k))}
            pending.extend((parent[key], k, v) for k, v in parent[key].items())
        elif isinstance(node, list):
            parent[key] = list(node)
            pending.extend((parent[key], i, v) for i, v in enumerate(node))
    return root[0]


def scrubbed(page: str) -> str:
    """The first part of a page, without names and contact data, for quarantine."""
    return without_contacts(_PERSONAL_KEYS.sub(r'\1"[removed]"', html.unescape(page[:_SCRUB_LENGTH])))
