"""A real Scrapyd: from the installed code, and from the egg that scrapyd-client builds and sends."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from immobe.config import load_config
from immobe.errors import ConfigError, ServiceError
from immobe.platforms import PLATFORMS
from immobe.scrapyd.egg import build, deploy, new_version
from immobe.storage.schema import migrate
from tests.integration.crawls import ROOT, replica_of, rows, truth
from tests.integration.scrapyd_service import PASSWORD, USER, Service, immobe, scrapyd_of
from tests.integration.watchtower_service import until

pytestmark = pytest.mark.integration
LISTINGS = 60


@pytest.fixture(scope="module")
def replica() -> Iterator[str]:
    with replica_of(LISTINGS) as address:
        yield address


@pytest.fixture
def scrapyd(replica: str, database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Service]:
    migrate(database_url)
    with scrapyd_of(replica, database_url, redis_url, tmp_path) as service:
        yield service


def ended(client: httpx.Client, job: str) -> bool:
    return client.get("/status.json", params={"job": job}).json()["currstate"] == "finished"


def schedule(client: httpx.Client, job: str, **form: str) -> None:
    sent = {"project": "immobe", "spider": "immoweb", "jobid": job, **form}
    answer = client.post("/schedule.json", data=sent).json()
    assert (answer["status"], answer.get("jobid")) == ("ok", job), answer


def stored(database_url: str) -> set[str]:
    return {row["platform_listing_id"] for row in rows(database_url) if row["stage"] == "scraped"}


def test_without_the_password_nothing_is_answered(scrapyd: Service) -> None:
    for auth in (None, (USER, "wrong")):
        client = scrapyd.client(auth=auth)
        assert client.get("/daemonstatus.json").status_code == 401
        assert client.post("/addversion.json", data={"project": "immobe"}).status_code == 401


def test_the_installed_code_crawls_with_mode_and_scope(scrapyd: Service, replica: str, database_url: str) -> None:
    """A scout queues what it finds, a harvester fetches it; both know their job's name."""
    client = scrapyd.client()
    listed = client.get("/listspiders.json", params={"project": "immobe"}).json()
    assert "immoweb" in listed["spiders"]
    schedule(client, "scout-1", mode="scout", scope="transaction=sale")
    until(lambda: ended(client, "scout-1"), "the scout has ended", 180)
    sale = {i for i, facts in truth(replica).items() if facts["transaction_type"] == "sale"}
    found = rows(database_url)
    discovered = {row["platform_listing_id"] for row in found if row["stage"] == "discovered"}
    assert discovered
    assert discovered <= sale
    schedule(client, "harvest-1", mode="harvest")
    until(lambda: ended(client, "harvest-1"), "the harvester has ended", 180)
    assert stored(database_url) == sale
    runs = rows(database_url, "SELECT job, mode, scope, finish_reason FROM scrape_runs ORDER BY started_at")
    assert [tuple(run.values()) for run in runs] == [
        ("scout-1", "scout", "transaction=sale", "finished"),
        ("harvest-1", "harvest", "all", "finished"),
    ]


def test_a_job_that_runs_and_one_that_waits_are_cancelled(scrapyd: Service, database_url: str) -> None:
    """Five jobs, of which deploy/scrapyd.conf lets four run at once; each waits for the portal's budget."""
    client = scrapyd.client()
    slow = ["BUDGET_INTERVAL=30", "THROTTLE_ENABLED=True"]
    for number in range(5):
        sent = {"project": "immobe", "spider": "immoweb", "jobid": f"slow-{number}", "setting": slow}
        assert client.post("/schedule.json", data=sent).json()["status"] == "ok"

    def listed() -> dict[str, list[str]]:
        answer = client.get("/listjobs.json", params={"project": "immobe"}).json()
        return {state: [job["id"] for job in answer[state]] for state in ("pending", "running", "finished")}

    until(lambda: len(listed()["running"]) == 4, "four run")
    assert len(listed()["pending"]) == 1
    assert client.get("/daemonstatus.json").json()["pending"] == 1
    waiting, running = listed()["pending"][0], listed()["running"]
    at_work = "SELECT job FROM scrape_runs"
    until(lambda: {row["job"] for row in rows(database_url, at_work)} == set(running), "they are at work", 180)
    for job, before in [(waiting, "pending"), *((job, "running") for job in running)]:
        answer = client.post("/cancel.json", data={"project": "immobe", "job": job}).json()
        assert answer["prevstate"] == before
    until(lambda: not scrapyd.crawls(), "all have ended")
    until(lambda: sorted(listed()["finished"]) == sorted(running), "Scrapyd keeps those that ran")
    scrapyd.stop()
    scrapyd.start()
    assert sorted(listed()["finished"]) == sorted(running), "they are known after a restart"


@pytest.fixture(scope="module")
def egg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("egg") / "immobe.egg"
    build(path)
    return path


def test_the_egg_holds_every_file_of_ours(egg: Path) -> None:
    """Everything that git knows of the four packages, and nothing else of them."""
    packages = ["immobe", "spiders", "pipelines", "middlewares"]
    known = subprocess.run(["git", "ls-files", *packages], cwd=ROOT, capture_output=True, text=True, check=True)
    expected = {name for name in known.stdout.split() if (ROOT / name).exists()}
    packed = {name for name in zipfile.ZipFile(egg).namelist() if not name.startswith("EGG-INFO/")}
    assert expected - packed == set()
    kinds = {Path(name).suffix for name in packed}
    assert {".py", ".json", ".lua", ".mako", ".html", ".css", ".template"} <= kinds


def test_everything_can_be_imported_from_the_zipped_egg(egg: Path) -> None:
    """And finds its data files there."""
    program = f"""
import importlib, pkgutil, warnings
warnings.simplefilter("ignore")
from scrapyd.runner import activate_egg
activate_egg({str(egg)!r})
for top in ("immobe", "spiders", "pipelines", "middlewares"):
    for module in pkgutil.walk_packages(importlib.import_module(top).__path__, top + "."):
        if "migrations.versions" not in module.name and module.name != "immobe.__main__":
            found = importlib.import_module(module.name)
            assert found.__file__.startswith({str(egg)!r}), found.__file__
from immobe.storage.schema import head_revision
from immobe.watchtower.rendering import static
from immobe.replica.places import places
print(head_revision(), static("base.css"), len(places()))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd="/", capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "/static/base.css?v=" in done.stdout


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of the code, whose crawls say that it is they who run."""
    copy = tmp_path / "source"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "tests", "logs", "__pycache__"))
    return copy


def test_the_egg_is_deployed_and_crawls(scrapyd: Service, source: Path, replica: str, database_url: str) -> None:
    """The version that was asked for, and through us the newest."""
    versions = ["20260101T000000Z-1", "20260102T000000Z-2"]
    settings = (source / "immobe/settings.py").read_text()
    config = load_config(None, scrapyd_url=scrapyd.url, scrapyd_username=USER, scrapyd_password=PASSWORD)
    for version in versions:
        (source / "immobe/settings.py").write_text(f'{settings}\nBOT_NAME = "egg-{version}"\n')
        answer = json.loads(deploy(config, "default", version, source))
        assert (answer["version"], answer["spiders"]) == (version, len(PLATFORMS))
    client = scrapyd.client()
    assert client.get("/listversions.json", params={"project": "immobe"}).json()["versions"] == versions
    schedule(client, "scout-1", mode="scout", scope="transaction=sale", _version=versions[0])
    until(lambda: ended(client, "scout-1"), "the scout has ended", 180)
    assert f"(bot: egg-{versions[0]})" in scrapyd.said()
    job, state = immobe(scrapyd, "scrapyd", "start", "immoweb", "--mode=all").split()
    assert state == "started"
    until(lambda: ended(client, job), "the crawl has ended", 180)
    assert f"(bot: egg-{versions[1]})" in scrapyd.said()
    assert stored(database_url) == set(truth(replica)), scrapyd.log_of(job)[-3000:]
    assert list(scrapyd.temporary.glob("immobe-*")) == [], "the copies out of the egg are removed"


def test_versions_that_scrapyd_would_sort_wrongly_are_refused(scrapyd: Service) -> None:
    config = load_config(None, scrapyd_url=scrapyd.url, scrapyd_username=USER, scrapyd_password=PASSWORD)
    with pytest.raises(ConfigError, match="would not be sorted by its age"):
        deploy(config, "default", "1.0.10")
    wrong = load_config(None, scrapyd_url=scrapyd.url, scrapyd_username=USER, scrapyd_password="wrong")
    with pytest.raises(ServiceError, match="401"):
        deploy(wrong, "default", new_version())
