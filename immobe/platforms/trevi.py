"""Trevi: the network's own site, for all its agencies."""

from __future__ import annotations

from immobe.platforms.whise import WhiseSite


class Trevi(WhiseSite):
    name = "trevi"
    hosts = ("www.trevi.be", "trevi.be")
    seller_name = "Trevi"
