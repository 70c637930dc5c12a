"""Immoscoop's addresses: `/te-koop/9000-gent/1146868`, and with a language in front `/en/for-sale/9000-ghent/1146868`.

The last number is the advert's id. A postal code stands before the town in nine of ten (4,090 captured addresses of
2025 and 2026); the town's name follows the language.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from immobe.geo import locate

HOST = "www.immoscoop.be"
ROOT = f"https://{HOST}"
SALE_WORDS = ("te-koop", "for-sale", "a-vendre", "zu-verkaufen")
RENT_WORDS = ("te-huur", "for-rent", "a-louer", "zu-vermieten")
_LANGUAGES = {"te-koop": "nl", "te-huur": "nl", "for-sale": "en", "for-rent": "en", "a-vendre": "fr", "a-louer": "fr",
              "zu-verkaufen": "de", "zu-vermieten": "de"}  # fmt: skip
# Dutch and French words for a project are guesses by the English one, which is captured.
LISTING = re.compile(
    r"(?:/(?:nl|en|fr|de))?(?P<project>/(?:project|projet|projekt))?"
    rf"/(?P<transaction>{'|'.join(SALE_WORDS + RENT_WORDS)})"
    r"/(?:(?P<code>[1-9]\d{3})-)?(?P<town>[^/]+)/(?P<id>\d{1,10})/?"
)


class ListingAddress(NamedTuple):
    """What an advert's address tells; `postal_code` is one that exists, or None."""

    listing_id: str
    is_project: bool
    is_rent: bool
    language: str
    postal_code: str | None
    town: str
    """As the address writes it: `sint-michiels`."""


def read(url: str) -> ListingAddress | None:
    """The parts of an advert's address; None for any other.

    >>> read("https://www.immoscoop.be/te-huur/8200-sint-michiels/838015").town
    'sint-michiels'
    >>> read("https://www.immoscoop.be/en/project/for-sale/9900-eeklo/15672").is_project
    True
    """
    try:
        found = LISTING.fullmatch(urlsplit(url).path)
    except ValueError:
        return None
    if found is None:
        return None
    code, word = found["code"], found["transaction"]
    known = code if code and locate(code) else None
    return ListingAddress(
        found["id"], bool(found["project"]), word in RENT_WORDS, _LANGUAGES[word], known, found["town"]
    )
