"""Whose page is it? The page's own word goes before the address where it was had: a portal may answer with another."""

from __future__ import annotations

from immobe.platforms import html
from immobe.platforms.base import Platform, linked_url


def own_address(platform: Platform, page: str, url: str | None) -> str:
    """A listing's address, as the page's canonical link has it, else `url`. Raises NotAListing when neither is one."""
    found = next((address for address in (linked_url(page), url) if address and platform.listing_id(address)), None)
    return str(html.required(found, 'a listing\'s address in link[rel="canonical"]'))
