"""What became of an order: what Scrapyd says of it, held against the heartbeats of its crawl."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from immobe.storage.crawl_orders import OpenOrder

Listed = Literal["pending", "running", "finished"]
"""Scrapyd's own word for a job that it knows."""
START_SECONDS = 120.0
"""So long a crawl may take from Scrapyd's queue to its first heartbeat, on a busy machine."""
MOST_SENDS = 3


class Verdict(StrEnum):
    """How an order stands."""

    WAITING = "waiting"  # in Scrapyd's queue
    STARTING = "starting"  # no heartbeat yet
    RUNNING = "running"
    DETACHED = "detached"  # it works, but Scrapyd has died meanwhile and does not know it any more
    HANGING = "hanging"  # Scrapyd runs it, and it shows no sign of life
    DONE = "done"
    CANCELLED = "cancelled"  # it was told to stop while Scrapyd lived
    FAILED = "failed"  # it ended without ever having begun: its log says why
    LOST = "lost"  # between Scrapyd's queue and its first heartbeat
    DIED = "died"  # in the middle, or it was stopped with Scrapyd


ALIVE = (Verdict.WAITING, Verdict.STARTING, Verdict.RUNNING, Verdict.DETACHED, Verdict.HANGING)
SEND_AGAIN = (Verdict.LOST, Verdict.DIED)


def verdict(order: OpenOrder, listed: Listed | None) -> Verdict:
    """`listed`: where Scrapyd lists the job; None where it does not.

    >>> order = OpenOrder("j", "immoweb", "scout", "", {}, sent_seconds=30, send_count=1, beats="alive")
    >>> verdict(order, "running"), verdict(order, None)
    (<Verdict.RUNNING: 'running'>, <Verdict.DETACHED: 'detached'>)
    """
    if order.beats == "alive":
        return Verdict.RUNNING if listed == "running" else Verdict.DETACHED
    if listed == "pending":
        return Verdict.WAITING
    if order.beats == "ended":
        return Verdict.DONE
    if listed == "running":
        return Verdict.STARTING if order.sent_seconds < START_SECONDS else Verdict.HANGING
    if order.beats == "shutdown":
        return Verdict.CANCELLED if listed == "finished" else Verdict.DIED
    if order.beats == "dead":
        return Verdict.DIED
    if listed == "finished":
        return Verdict.FAILED
    return Verdict.STARTING if order.sent_seconds < START_SECONDS else Verdict.LOST
