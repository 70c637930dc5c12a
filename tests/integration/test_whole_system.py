"""Everything runs, each part is killed in turn, and nothing is lost; alerts come and go. `-s` prints recovery times."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg2
import pytest
import yaml

from tests.integration.crawls import ROOT, replica_of, rows
from tests.integration.own_services import own_services
from tests.integration.whole_system import System, seconds_until, whole_system

pytestmark = [pytest.mark.integration, pytest.mark.faults, pytest.mark.slow]
PLATFORMS = ("immoweb", "zimmo", "immovlan", "realo", "immoscoop")
LISTINGS = 120
PAGE_SECONDS = "1"
"""So slow that every kill comes in the middle of work."""
ALERTS = {"WatchtowerDown", "RedisUnreachable", "PostgresUnreachable", "WorkerDead"}


class Prometheus:
    """With our file and rules, each `for:` two seconds; it looks every few seconds."""

    def __init__(self, system: System, folder: Path) -> None:
        rules = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text())
        for group in rules["groups"]:
            for rule in group["rules"]:
                rule["for"] = "2s"
        (folder / "alerts.yml").write_text(yaml.safe_dump(rules))
        config = yaml.safe_load((ROOT / "deploy/prometheus.yml").read_text())
        config["global"] = {"scrape_interval": "3s", "scrape_timeout": "3s", "evaluation_interval": "1s"}
        config["scrape_configs"][0]["static_configs"][0]["targets"] = [system.watchtower_address]
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        options = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb"]
        system.add("prometheus", *options, f"--web.listen-address={self.address}", program=("prometheus",))
        seconds_until(self.sees, "Prometheus has seen Watchtower")

    def sees(self) -> bool:
        """Whether its last look at Watchtower was answered."""
        return any(float(series["value"][1]) for series in self.ask("query", 'up{job="immobe"}').get("result", ()))

    def firing(self) -> set[str]:
        alerts = self.ask("alerts", "").get("alerts", ())
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def ask(self, what: str, query: str) -> dict[str, list]:  # type: ignore[type-arg]
        try:
            answer = httpx.get(f"http://{self.address}/api/v1/{what}", params={"query": query}, trust_env=False)
        except httpx.HTTPError:
            return {}
        return answer.json()["data"] if answer.status_code == 200 else {}

    def until_fires(self, alert: str) -> None:
        seconds_until(lambda: alert in self.firing(), f"{alert} fires")

    def until_cleared(self, alert: str) -> None:
        seconds_until(lambda: self.sees() and alert not in self.firing(), f"{alert} is over")


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    platforms = f"--platforms={','.join(PLATFORMS)}"
    with (
        own_services() as config,
        replica_of(LISTINGS, 5, platforms) as address,
        whole_system(config, address, tmp_path, PLATFORMS, CRAWLER_DOWNLOAD_DELAY=PAGE_SECONDS) as system,
    ):
        yield system


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="needs Debian's package prometheus")
def test_each_part_is_killed_in_turn_and_every_listing_is_stored(system: System, tmp_path: Path) -> None:
    prometheus = Prometheus(system, tmp_path)
    assert prometheus.firing() & ALERTS == set()
    recovery = {
        "a harvester's worker, killed: another is at work": worker(system),
        "Scrapyd, started again: the crawl it ran is at work": scrapyd(system, prometheus),
        "Watchtower, started again: it answers": watchtower(system, prometheus),
        "Valkey, started again: the next listing is stored": server(system, prometheus, "Valkey", "realo"),
        "PostgreSQL, started again: the next listing is stored": server(system, prometheus, "PostgreSQL", "immoscoop"),
    }
    seconds_until(lambda: system.stored() >= system.expected(), "every listing is stored", 900)
    assert system.stored() == system.expected()
    seconds_until(lambda: reconciled(system), "no order is open, and nothing waits")
    forget_the_dead(system)
    for alert in sorted(ALERTS):
        prometheus.until_cleared(alert)
    print(f"\n{len(system.expected())} listings, none lost. Recovery in seconds:")
    for what, seconds in recovery.items():
        print(f"{seconds:6.1f}  {what}")


def worker(system: System) -> float:
    under_way(system, "immoweb")
    [victim] = system.workers("harvester-1")
    before = system.at_work()
    victim.kill()
    return seconds_until(lambda: system.at_work() - before, "its heir is at work")


def scrapyd(system: System, prometheus: Prometheus) -> float:
    """Its crawl dies with it. That was ordered, so whoever reconciles, cron for one, has it begun anew."""
    job, state = system.immobe("scrapyd", "start", "zimmo", "--mode=all").split()
    assert state == "started"
    seconds_until(lambda: runs(system, job), "the crawl is at work")
    system.kill("scrapyd")
    prometheus.until_fires("WorkerDead")
    assert system.revive() == ["scrapyd"]
    seconds = seconds_until(system.scrapyd_answers, "Scrapyd answers")
    return seconds + seconds_until(lambda: reconciled(system) or runs(system, job, 2), "the crawl is at work again")


def watchtower(system: System, prometheus: Prometheus) -> float:
    under_way(system, "immovlan")
    system.kill("watchtower")
    prometheus.until_fires("WatchtowerDown")
    assert system.revive() == ["watchtower"]
    seconds = seconds_until(system.watchtower_answers, "Watchtower answers")
    prometheus.until_cleared("WatchtowerDown")
    return seconds


def server(system: System, prometheus: Prometheus, name: str, platform: str) -> float:
    alert = {"Valkey": "RedisUnreachable", "PostgreSQL": "PostgresUnreachable"}[name]
    under_way(system, platform)
    system.kill(name)
    prometheus.until_fires(alert)
    assert system.parts.keys() == {name for name, part in system.parts.items() if part.runs()}, "nobody dies of it"
    assert system.revive() == [name]
    before = len(system.stored())
    seconds = seconds_until(lambda: len(system.stored()) > before, "the next listing is stored")
    prometheus.until_cleared(alert)
    return seconds


def under_way(system: System, platform: str) -> None:
    """A scout is scheduled, and of what it finds some is stored and some is not."""
    system.schedule(platform, f"scout-{platform}", mode="scout", scope="all")
    seconds_until(lambda: [one for one in system.stored() if one[0] == platform], f"{platform} is under way")
    assert not system.stored() >= system.expected()


def runs(system: System, job: str, times: int = 1) -> bool:
    """Whether the job has begun so often, and has read a page."""
    found = rows(system.database_url, f"SELECT page_count FROM scrape_runs WHERE job = '{job}' ORDER BY started_at")
    return len(found) == times and found[-1]["page_count"] > 0


def reconciled(system: System) -> bool:
    system.immobe("reconcile")
    return system.nothing_to_do()


def forget_the_dead(system: System) -> None:
    """Ten minutes later."""
    change = "UPDATE scrape_runs SET ended_at = ended_at - interval '10 min' WHERE finish_reason = 'lost'"
    with psycopg2.connect(system.database_url.replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        cursor.execute(change)
    connection.close()
