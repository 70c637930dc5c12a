"""The portals we know. One module or package a platform; this registry finds them by name or by URL."""

from __future__ import annotations

from immobe.errors import UnknownPlatform
from immobe.platforms.base import FoundListing, Platform, SearchPage, SearchScope
from immobe.platforms.biddit import Biddit
from immobe.platforms.immoscoop import Immoscoop
from immobe.platforms.immovlan import Immovlan
from immobe.platforms.immoweb import Immoweb
from immobe.platforms.realo import Realo
from immobe.platforms.trevi import Trevi
from immobe.platforms.twedehands import Twedehands
from immobe.platforms.zimmo import Zimmo

_KNOWN: tuple[Platform, ...] = (
    Immoweb(),
    Immovlan(),
    Immoscoop(),
    Biddit(),
    Realo(),
    Trevi(),
    Twedehands(),
    Zimmo(),
)
PLATFORMS: dict[str, Platform] = {platform.name: platform for platform in _KNOWN}


def get_platform(name: str) -> Platform:
    """The platform of this name. Raises UnknownPlatform, naming those that exist."""
    try:
        return PLATFORMS[name]
    except KeyError:
        raise UnknownPlatform(f"no platform is called {name!r}; there are: {', '.join(PLATFORMS)}") from None


def platform_of(url: str) -> Platform:
    """The platform of this URL, also by a portal that became it. Raises UnknownPlatform."""
    for platform in PLATFORMS.values():
        if platform.answers_for(url):
            return platform
    raise UnknownPlatform(
        f"no platform owns {url}; known hosts: {', '.join(h for p in PLATFORMS.values() for h in p.hosts)}"
    )


__all__ = ["PLATFORMS", "FoundListing", "Platform", "SearchPage", "SearchScope", "get_platform", "platform_of"]
