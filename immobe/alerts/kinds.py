"""What an event on the market can mean for a search, before the search's terms are asked."""

from __future__ import annotations

from decimal import Decimal

from immobe.items import MarketStatus
from immobe.storage.alert_matches import Event

_OVER = {MarketStatus.SOLD, MarketStatus.RENTED, MarketStatus.WITHDRAWN}
_TOLD = {MarketStatus.UNDER_OPTION, *_OVER}
PRICES = ("price_eur", "price_min_eur")


def kind_of(event: Event, price_drop_percent: Decimal) -> str | None:
    """One of `KINDS`, but never `also`; None when the event tells nothing that anybody waits for."""
    if event.cause == "first":
        return "new" if event.on_market else None
    if event.field in PRICES:
        fell = price_fall_percent(event)
        return "drop" if fell is not None and fell >= price_drop_percent else None
    if event.field == "status":
        return _of_status(event.old, event.new)
    # Of an advert that went its status tells, if it had one.
    return "status" if event.field == "listing" and event.new == "gone" and "status" not in event.together else None


def _of_status(old: str | None, new: str | None) -> str | None:
    """
    >>> _of_status("available", "under_option"), _of_status("withdrawn", "available"), _of_status(None, "available")
    ('status', 'back', None)
    """
    came_back = old in _OVER and new is not None and new not in _OVER
    if came_back or (old, new) == (MarketStatus.UNDER_OPTION, MarketStatus.AVAILABLE):
        return "back"
    return "status" if new in _TOLD else None


def price_fall_percent(event: Event) -> Decimal | None:
    """By how much of the price before it fell; None when it did not, or when the two are not of one kind."""
    if event.old is None or event.new is None or "price_kind" in event.together:
        return None
    return fall_percent(event.old, event.new)


def fall_percent(old: float, new: float) -> Decimal | None:
    """
    >>> fall_percent(400000, 380000), fall_percent(380000, 400000), fall_percent(0, -1)
    (Decimal('5'), None, None)
    """
    before, now = Decimal(str(old)), Decimal(str(new))
    return (before - now) * 100 / before if 0 < now < before else None
