"""Immovlan: `portal` knows URLs; `page`, `project` and `search` read pages; `mapping` and `derived` what they mean."""

from immobe.platforms.immovlan.portal import Immovlan

__all__ = ["Immovlan"]
