"""What a URL is to us: whose, and which listing. Nothing is asked of any host."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

from immobe.errors import UnknownPlatform
from immobe.platforms import platform_of

LONGEST_URL = 2000
_URL = re.compile(r"https?://[^\s\"'<>()\[\]{}|\\^`]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Detected:
    """A URL of a platform. Without id it is no listing's, and without canonical URL it is of a portal that is gone."""

    url: str
    platform: str
    canonical_url: str | None
    platform_listing_id: str | None


def detect(url: str) -> Detected:
    """Raises UnknownPlatform for what is no http(s) URL of a platform.

    >>> detect("https://www.logic-immo.be/fr/x").platform, detect("https://www.logic-immo.be/fr/x").canonical_url
    ('zimmo', None)
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        usable = parts.scheme.lower() in {"http", "https"} and parts.port in {None, 80, 443} and not parts.username
    except ValueError:
        usable = False
    if not usable or len(url) > LONGEST_URL or not url.isprintable():
        raise UnknownPlatform(f"no URL of a portal: {url[:200]!r}")
    platform = platform_of(url)
    if not platform.owns(url):
        return Detected(url, platform.name, None, None)
    return Detected(url, platform.name, platform.canonical_url(url), platform.listing_id(url))


def urls_in(text: str) -> list[str]:
    """The http(s) URLs in a text or an HTML page, each once.

    >>> urls_in('<a href="https://a.be/1?x=1&amp;y=2">one</a>, https://a.be/2. https://a.be/2')
    ['https://a.be/1?x=1&y=2', 'https://a.be/2']
    """
    return list(dict.fromkeys(found.rstrip(".,;:!?") for found in _URL.findall(unescape(text))))
