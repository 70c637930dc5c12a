"""What an operator may meet: runs, refused pages, dead letters, alerts, a block, missed jobs; in a market."""

from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime, timedelta

from redis import Redis
from sqlalchemy import Connection, Engine, insert, text

from immobe.crawling.keys import queue_of
from immobe.crawling.leases_records import Entry, Finished, Verdict
from immobe.storage.models import QuarantineRow
from immobe.storage.monitor_models import AlertRow
from immobe.storage.payloads import compress, digest, encode
from immobe.storage.run_models import RunRow, ScheduleRunRow

DEAD_URL = "https://www.immoweb.be/en/classified/house/for-sale/namur/5000/20820613"
REFUSED_URL = "https://www.immoweb.be/en/classified/apartment/for-sale/gent/9000/20820999"
RESTORED_RUN = "feedfacefeedfacefeedfacefeedface"
_COVERAGE = {"transaction_type": "sale", "province": "namur", "total": 1000, "seen": 990, "held": 934, "ratio": 0.934}


def trouble(engine: Engine, redis: Redis) -> None:
    """All of it."""
    now = datetime.now(UTC)
    with engine.begin() as connection:
        _market_moves(connection)
        _runs(connection, now)
        _quarantine(connection)
        _alerts(connection, now)
        row = {"job": "scout-immoweb", "host": "alpha", "started_at": now - timedelta(days=3)}
        connection.execute(insert(ScheduleRunRow).values({**row, "ended_at": row["started_at"], "exit_code": 0}))
        row = {"job": "monitors", "host": "alpha", "started_at": now - timedelta(minutes=5)}
        connection.execute(insert(ScheduleRunRow).values({**row, "ended_at": now, "exit_code": 3}))
    bury(redis, DEAD_URL)
    queue_of(redis, "zimmo").enqueue([Entry(f"w{n}", b"{}") for n in range(12)])
    block = {"kind": "captcha", "until": time.time() + 5400, "step": 3, "probe_until": 0.0}
    redis.set("immobe:blocks:realo", json.dumps(block))


def bury(redis: Redis, url: str, reason: str = "http_500") -> None:
    """A page of immoweb becomes a dead letter."""
    queue = queue_of(redis, "immoweb")
    payload = json.dumps({"url": url}).encode()
    queue.enqueue([Entry(uuid.uuid4().hex, payload, -1000.0)])
    [claimed] = queue.claim("gravedigger", 1, 60_000, 5).claimed
    queue.done("gravedigger", [Finished(claimed.id, Verdict.DEAD, reason=reason)])


def _market_moves(connection: Connection) -> None:
    """Of the last hours: some are cheaper, some went, some came back."""
    for change in (
        "UPDATE listings SET first_seen_at = now() - (id % 20) * interval '1 hour' WHERE id % 9 = 0",
        "UPDATE listings SET scraped_at = now() - (id % 24) * interval '1 hour', fetched_at = now() WHERE id % 2 = 0",
        "UPDATE listings SET price_eur = round(price_eur * 0.93), scraped_at = now() - interval '2 hours', "
        "fetched_at = now() - interval '2 hours' WHERE id % 23 = 2 AND price_eur IS NOT NULL AND stage = 'scraped'",
        "UPDATE listings SET stage = 'gone', gone_at = now() - interval '1 hour', gone_evidence = 'http_404' "
        "WHERE id % 31 = 3 AND stage = 'scraped'",
        "UPDATE listings SET stage = 'gone', gone_at = now() - interval '2 hours', gone_evidence = 'http_404' "
        "WHERE id % 61 = 4 AND stage = 'scraped'",
        "UPDATE listings SET stage = 'scraped', gone_at = NULL, gone_evidence = NULL, scraped_at = now(), "
        "last_seen_at = now(), fetched_at = now() WHERE id % 61 = 4 AND stage = 'gone'",
        "UPDATE listings SET stage = 'failed', failed_at = now() - (id % 20) * interval '1 hour', failure = 'http_500' "
        "WHERE id % 67 = 5 AND stage = 'scraped'",
    ):
        connection.execute(text(change))


def _runs(connection: Connection, now: datetime) -> None:
    for number, (platform, mode, reason) in enumerate(
        [("immoweb", "harvest", None), ("immoweb", "scout", "finished"), ("zimmo", "scout", "finished"),
         ("zimmo", "harvest", "shutdown"), ("realo", "scout", "platform_blocked"), ("immovlan", "harvest", "lost")]
    ):  # fmt: skip
        began = now - timedelta(minutes=12 + 50 * number)
        row = {
            "id": uuid.uuid4().hex, "run_id": uuid.uuid4().hex, "platform": platform, "mode": mode, "scope": "",
            "worker": f"{mode}-{number}", "host": "alpha", "pid": 4000 + number, "started_at": began,
            "heartbeat_at": began + timedelta(minutes=40) if reason else now,
            "ended_at": began + timedelta(minutes=40) if reason else None, "finish_reason": reason,
            "page_count": 412 - 17 * number, "search_page_count": 30, "stored_count": 350, "failed_count": number,
            "gone_count": 4, "scout_seconds": 312.0 if mode == "scout" else None,
            "coverage": [{**_COVERAGE, "platform": platform}] if mode == "scout" else None,
        }  # fmt: skip
        connection.execute(insert(RunRow).values(row))


def _quarantine(connection: Connection) -> None:
    page = "<html><body><h1>Maison</h1><script>alert(1)</script></body></html>"
    for number, (reasons, payload) in enumerate(
        [(["postal_code: not_in_belgium"], {"id": "20820999", "price": 250000}), (["element_missing: #main"], page)]
        + [(["price_eur: out_of_range"], {"id": str(number)}) for number in range(3)]
    ):  # fmt: skip
        kind, plain = encode(payload)
        row = {
            "platform": "immoweb", "platform_listing_id": None if isinstance(payload, str) else payload["id"],
            "url": REFUSED_URL, "reasons": reasons, "payload": compress(plain), "payload_kind": kind,
            "fingerprint": digest(f"{number}".encode()),
        }  # fmt: skip
        connection.execute(insert(QuarantineRow).values(row))


def _alerts(connection: Connection, now: datetime) -> None:
    for monitor, field, measure, before, after, run_id in (
        ("fill_rate", "living_area_m2", "share filled", "97 %", "3 %", RESTORED_RUN),
        ("newest_listing", "first_seen_at", "age", "2 h", "61 h", None),
    ):
        row = {
            "platform": "immovlan", "mode": "harvest", "scope": "", "monitor": monitor, "field": field,
            "measure": measure, "before": before, "after": after, "run_id": run_id,
            "raised_at": now - timedelta(hours=7),
        }  # fmt: skip
        connection.execute(insert(AlertRow).values(row))
