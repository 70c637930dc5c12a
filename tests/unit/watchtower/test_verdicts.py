"""What Scrapyd lists, held against heartbeats."""

import pytest

from immobe.storage.crawl_orders import Beats, OpenOrder
from immobe.watchtower.crawls.verdicts import START_SECONDS, Listed, Verdict, verdict


@pytest.mark.parametrize(
    ("beats", "listed", "seconds", "found"),
    [
        ("none", "pending", 9999, Verdict.WAITING),
        ("none", "running", 1, Verdict.STARTING),
        ("none", "running", START_SECONDS, Verdict.HANGING),
        ("none", "finished", 1, Verdict.FAILED),
        ("none", None, 1, Verdict.STARTING),
        ("none", None, START_SECONDS, Verdict.LOST),
        ("alive", "running", 9999, Verdict.RUNNING),
        ("alive", None, 9999, Verdict.DETACHED),
        ("dead", "running", 9999, Verdict.HANGING),
        ("dead", "finished", 9999, Verdict.DIED),
        ("dead", None, 9999, Verdict.DIED),
        ("ended", "running", 9999, Verdict.DONE),
        ("ended", None, 9999, Verdict.DONE),
        ("shutdown", "finished", 9999, Verdict.CANCELLED),
        ("shutdown", None, 9999, Verdict.DIED),
        ("shutdown", "running", 9999, Verdict.HANGING),
    ],
)
def test_every_pair(beats: Beats, listed: Listed | None, seconds: float, found: Verdict) -> None:
    order = OpenOrder("j", "immoweb", "scout", "", {}, sent_seconds=seconds, send_count=1, beats=beats)
    assert verdict(order, listed) is found
