"""Biddit, the notaries' sales: `portal` knows URLs, `page` finds the lot, `lot` and `mapping` what it means."""

from immobe.platforms.biddit.portal import Biddit

__all__ = ["Biddit"]
