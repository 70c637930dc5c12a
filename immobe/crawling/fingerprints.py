"""When are two requests the same? A listing is one page, whatever slugs, language or tracking its URL carries."""

from __future__ import annotations

from hashlib import sha1
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.utils.request import RequestFingerprinter

from immobe.platforms import PLATFORMS

LENGTH = 16  # bytes kept


def listing_fingerprint(platform: str, listing_id: str) -> bytes:
    """16 bytes that stand for a listing's page."""
    return sha1(f"{platform}:{listing_id}".encode(), usedforsecurity=False).digest()[:LENGTH]


class ListingFingerprinter:
    """Scrapy's REQUEST_FINGERPRINTER_CLASS: listings by (platform, id), all else by canonical URL, method and body."""

    def __init__(self, other: RequestFingerprinter) -> None:
        self._other = other

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(RequestFingerprinter.from_crawler(crawler))

    def fingerprint(self, request: Request) -> bytes:
        """16 bytes, equal for requests that fetch the same thing."""
        for platform in PLATFORMS.values() if request.method == "GET" else ():
            listing_id = platform.listing_id(request.url)
            if listing_id is not None:
                return listing_fingerprint(platform.name, listing_id)
        return self._other.fingerprint(request)[:LENGTH]
