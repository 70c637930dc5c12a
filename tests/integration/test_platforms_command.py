"""`immobe platforms`: every portal, what it rests on, and that it blocks us when it does."""

import json
import time

import pytest
import redis

from tests.integration.crawls import immobe

pytestmark = pytest.mark.integration


def test_every_platform_is_shown_and_a_blocked_one_says_so(database_url: str, redis_url: str) -> None:
    assert immobe(database_url, redis_url, "migrate").returncode == 0
    circuit = {"kind": "cloudflare", "until": time.time() + 3600, "step": 1, "probe_until": 0.0}
    with redis.Redis.from_url(redis_url) as client:
        client.set("immobe:blocks:zimmo", json.dumps(circuit))
        client.set("immobe:blocks:realo", json.dumps({**circuit, "kind": ""}))
    shown = immobe(database_url, redis_url, "platforms")
    assert shown.returncode == 0, shown.stderr
    lines = {line.split()[0]: line for line in shown.stdout.splitlines() if line.strip()}
    assert "blocked" in lines["zimmo"]
    assert "open" in lines["realo"]
    assert "unconfirmed" in lines["realo"]
    assert " confirmed" in lines["immoweb"]
