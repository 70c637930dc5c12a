"""Immoweb: `portal` knows its URLs and pages, `mapping` and `derived` what its object means, `private` what is personal."""

from immobe.platforms.immoweb.portal import Immoweb

__all__ = ["Immoweb"]
