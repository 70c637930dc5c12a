"""The portals that the replica shows. Another one is a package beside `immoweb/`, and a line here."""

from __future__ import annotations

from typing import Protocol

from immobe.replica.biddit.portal import BidditPortal
from immobe.replica.immoscoop.portal import ImmoscoopPortal
from immobe.replica.immovlan.portal import ImmovlanPortal
from immobe.replica.immoweb.portal import ImmowebPortal
from immobe.replica.market import MarketDay
from immobe.replica.realo.portal import RealoPortal
from immobe.replica.reply import Portal
from immobe.replica.trevi.portal import TreviPortal
from immobe.replica.twedehands.portal import TwedehandsPortal
from immobe.replica.zimmo.portal import ZimmoPortal


class _Opens(Protocol):
    def __call__(self, day: MarketDay, last_page: int | None) -> Portal:
        """The portal on a day. `last_page`: its searches show no more pages; None is the portal's own habit."""


PORTALS: dict[str, _Opens] = {
    "biddit": BidditPortal,
    "immoscoop": ImmoscoopPortal,
    "immovlan": ImmovlanPortal,
    "immoweb": ImmowebPortal,
    "realo": RealoPortal,
    "trevi": TreviPortal,
    "twedehands": TwedehandsPortal,
    "zimmo": ZimmoPortal,
}
