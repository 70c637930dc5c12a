"""Zimmo: `portal` and `addresses` know URLs, `detail` and `cards` read pages, `mapping` and its rules make records."""

from immobe.platforms.zimmo.portal import Zimmo

__all__ = ["Zimmo"]
