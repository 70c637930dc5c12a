"""Immoscoop: `portal` knows URLs, `places` what was asked, `cards` and `page` read pages, `mapping` maps them."""

from immobe.platforms.immoscoop.portal import Immoscoop

__all__ = ["Immoscoop"]
