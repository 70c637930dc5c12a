"""Immoweb: `portal` knows its URLs and pages, `mapping` what its object means, `private` what of it is personal."""

from immobe.platforms.immoweb.portal import Immoweb

__all__ = ["Immoweb"]
