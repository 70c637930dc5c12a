"""Which platforms' pages are made by a browser."""

from __future__ import annotations

from immobe.config import Config
from immobe.platforms import PLATFORMS, get_platform


def browser_platforms(config: Config) -> list[str]:
    """Those that say so themselves, and those of BROWSER_PLATFORMS. Raises UnknownPlatform."""
    named = {get_platform(name).name for name in config.browser_platforms}
    return sorted(named | {platform.name for platform in PLATFORMS.values() if platform.needs_browser})
