"""Addresses of pages: whose page one is, and the other pages of a search."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

from immobe.platforms import html
from immobe.platforms.base import Platform, linked_url


def own_address(platform: Platform, page: str, url: str | None) -> str:
    """A listing's address, as the page's canonical link has it, else `url`. Raises NotAListing when neither is one.

    The page's own word goes before the address where it was had: a portal may answer with another page.
    """
    found = next((address for address in (linked_url(page), url) if address and platform.listing_id(address)), None)
    return str(html.required(found, 'a listing\'s address in link[rel="canonical"]'))


def page_url(url: str, number: int) -> str:
    """The same search at another page, for portals that number pages by `page`.

    >>> page_url("https://www.immoweb.be/en/search/house/for-sale?postalCodes=BE-1030,BE-9000&page=1", 2)
    'https://www.immoweb.be/en/search/house/for-sale?postalCodes=BE-1030,BE-9000&page=2'
    """
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()} | {"page": str(number)}
    return parts._replace(query=urlencode(query, safe=","), fragment="").geturl()
