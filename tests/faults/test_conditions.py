"""Eight faults, made for real: what is wrong is named with its cause, to people and to Prometheus, until it is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from immobe.config import Config, load_config
from immobe.observability.condition import Condition, conditions
from immobe.observability.exposition import Local, render
from immobe.redis import make_redis
from immobe.storage import monitoring
from immobe.storage.engine import make_engine
from immobe.storage.judgements import judge_run
from immobe.storage.monitoring import Part, Series
from tests.faults.crawl_servers import PostgresServer, ReplicaServer, SmallDisks
from tests.faults.queue_servers import ValkeyServer
from tests.integration.crawls import crawl_command, crawl_environment, replica_of, running
from tests.integration.harvest_pool import Pool
from tests.integration.monitored_market import counted, market, moment

pytestmark = [pytest.mark.integration, pytest.mark.faults]
WITHIN_SECONDS = 120.0
LISTINGS = 200
QUICK = {
    "RUN_HEARTBEAT_SECONDS": "0.5",
    "BLOCK_FIRST_PAUSE": "1",
    "BLOCK_LONGEST_PAUSE": "1",
    "GATE_SPREAD": "1",
    "RETRY_BACKOFF": "1",
    "METRICS_FLUSH_SECONDS": "0.5",
}


class Watch:
    """Looks at one pair of services as Watchtower does, which crawls through the replica with these settings."""

    def __init__(self, database_url: str, redis_url: str, folder: Path) -> None:
        self.database_url, self.redis_url, self.folder = database_url, redis_url, folder
        self.replica_url: str | None = None
        self.engine, self.redis = make_engine(self._config(), database_url), make_redis(redis_url)

    def see(self) -> dict[str, Condition]:
        """{name: one of that name}."""
        return {one.name: one for one in conditions(self.engine, self.redis, self._config())}

    def until(self, name: str) -> Condition:
        """Goes on when it is there."""
        self._wait(lambda: name in self.see(), f"{name} is not there")
        return self.see()[name]

    def until_over(self, name: str) -> None:
        self._wait(lambda: name not in self.see(), f"{name} stays")

    def alerts(self, name: str, platform: str = "") -> bool:
        """Whether Prometheus would read that it is so."""
        answer = render(self.redis, self.engine, Local(config=self._config())).decode()
        told = [line for line in answer.splitlines() if line.startswith(f'conditions{{condition="{name}"')]
        return any(f'platform="{platform}"' in line and line.endswith(" 1.0") for line in told)

    @contextmanager
    def crawl(self, platform: str, faults: str, *arguments: str) -> Iterator[None]:
        """A process that crawls a replica which answers badly."""
        with replica_of(LISTINGS, 11, f"--faults={faults}") as self.replica_url:
            variables = crawl_environment(self.replica_url, self.database_url, self.redis_url, self.folder, **QUICK)
            with running(crawl_command(platform, *arguments), variables, self.folder / "crawl.log"):
                yield

    def _config(self) -> Config:
        return load_config(
            None,
            immobe_data_dir=self.folder,
            redis_fallback_queue=self.folder / "fallback",
            replica_url=self.replica_url,
            run_heartbeat_seconds=0.5,
        )

    def _wait(self, found: Callable[[], bool], what: str) -> None:
        ends = time.monotonic() + WITHIN_SECONDS
        while not found():
            assert time.monotonic() < ends, f"{what}: {self.see()}"
            time.sleep(0.2)


@pytest.fixture
def watch(postgres: PostgresServer, valkey: ValkeyServer, tmp_path: Path) -> Iterator[Watch]:
    """Two services of which nothing is wrong."""
    postgres.start()  # a test that failed may have left it dead
    database_url = postgres.database()
    watch = Watch(database_url, valkey.url, tmp_path)
    assert watch.see() == {}
    yield watch
    watch.engine.dispose()
    postgres.drop(database_url)


def test_a_storm_of_429(watch: Watch) -> None:
    with watch.crawl("immoweb", "immoweb:429=100%/always"):
        found = watch.until("slowed-down")
        assert (found.platform, "429" in found.cause) == ("immoweb", True)
        assert watch.alerts("slowed-down", "immoweb")
    with watch.engine.begin() as connection:  # two minutes later
        connection.execute(text("UPDATE metric_totals SET counted_at = counted_at - interval '2 min'"))
    watch.until_over("slowed-down")


def test_a_captcha_instead_of_pages(watch: Watch) -> None:
    with watch.crawl("zimmo", "zimmo:captcha=100%/always"):
        found = watch.until("platform-blocked")
        assert (found.platform, "captcha" in found.cause) == ("zimmo", True)
        assert watch.alerts("platform-blocked", "zimmo")


def test_another_layout(watch: Watch) -> None:
    with watch.engine.begin() as connection:
        for day in range(4):
            part = Part(f"p{day}", f"run{day}", Series("zimmo", "all", "all"))
            tally = counted([record for _, _, record in market("zimmo", LISTINGS).pages(day)])
            monitoring.note(connection, part, tally, moment(day) + timedelta(minutes=20), "finished")
            assert judge_run(connection, part, moment(day) + timedelta(minutes=20)) == []
    with watch.crawl("zimmo", "zimmo:listing:price_key=100%/always"):
        found = watch.until("layout-changed")
    assert (found.platform, "price_eur" in found.cause) == ("zimmo", True)
    assert found.since is not None
    assert found.severity == "critical"
    assert watch.alerts("layout-changed", "zimmo")


def test_redis_is_down(watch: Watch, valkey: ValkeyServer) -> None:
    valkey.kill()
    assert "refused" in watch.until("redis-down").cause
    assert watch.alerts("redis-down")
    valkey.start()
    watch.until_over("redis-down")


def test_postgresql_is_down(watch: Watch, postgres: PostgresServer) -> None:
    postgres.kill()
    assert watch.until("postgres-down").cause.startswith("PostgreSQL: ")
    assert watch.alerts("postgres-down")
    postgres.start()
    watch.until_over("postgres-down")


def test_a_disk_is_full(
    postgres: PostgresServer, valkey: ValkeyServer, small_disks: SmallDisks, tmp_path: Path
) -> None:
    watch = Watch(postgres.database_on(small_disks, free_bytes=1 << 24), valkey.url, tmp_path)
    try:
        assert watch.see() == {}
        small_disks.leave(1 << 18)
        found = watch.until("disk-full")
        assert ("tablespace" in found.cause, found.severity) == (True, "critical")
        assert watch.alerts("disk-full")
        small_disks.leave(1 << 24)
        watch.until_over("disk-full")
    finally:
        watch.engine.dispose()
        postgres.drop_tablespace(watch.database_url)


def test_a_queue_that_nobody_works_on(watch: Watch, replica: ReplicaServer) -> None:
    replica.let(None)
    pool = Pool(replica, watch.database_url, watch.redis_url, watch.folder)
    try:
        pool.scout()
        watch.replica_url = replica.url
        assert "queue-stuck" not in watch.see(), "a queue may wait for a moment"
        with watch.engine.begin() as connection:  # two minutes later
            connection.execute(text("UPDATE metric_totals SET counted_at = counted_at - interval '2 min'"))
            connection.execute(text("UPDATE scrape_runs SET started_at = started_at - interval '2 min'"))
            connection.execute(text("UPDATE listings SET first_seen_at = first_seen_at - interval '2 min'"))
        found = watch.until("queue-stuck")
        assert (found.platform, "no worker is at work" in found.cause) == ("immoweb", True)
        assert watch.alerts("queue-stuck", "immoweb")
        process = pool.run("--workers=1", "--until-empty")
        watch.until_over("queue-stuck")
        assert pool.end(process, 60) == 0
    finally:
        pool.close()


def test_a_worker_dies(watch: Watch, replica: ReplicaServer) -> None:
    """A whole pool at once, as when its machine goes: nobody is left who could say so."""
    pool = Pool(replica, watch.database_url, watch.redis_url, watch.folder, variables=QUICK)
    try:
        process = pool.run("--workers=1")
        [worker] = pool.at_work(1)
        process.kill()
        worker.kill()
        found = watch.until("worker-dead")
        assert str(worker.pid) in found.cause or "harvester-1" in found.cause
        assert watch.alerts("worker-dead", found.platform)
        watch.redis.delete("immobe:harvesters")  # an hour later
        with watch.engine.begin() as connection:
            connection.execute(text("UPDATE scrape_runs SET heartbeat_at = heartbeat_at - interval '1 h'"))
            connection.execute(text("UPDATE scrape_runs SET ended_at = heartbeat_at, finish_reason = 'lost'"))
        watch.until_over("worker-dead")
    finally:
        pool.close()
