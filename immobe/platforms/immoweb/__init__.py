"""Immoweb: `portal` knows URLs and pages, `mapping` and `derived` what an object means, `private` what is personal."""

from immobe.platforms.immoweb.portal import Immoweb

__all__ = ["Immoweb"]
