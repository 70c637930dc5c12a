"""A schema fuzzer over the OpenAPI document, against the real application with PostgreSQL and Valkey."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from immobe.embedded import ServiceUrls
from immobe.items import DetectedListing
from immobe.storage.engine import make_engine
from immobe.storage.writer import ListingWriter
from immobe.watchtower import progress
from immobe.watchtower.bodies import FORM
from immobe.watchtower.crawls import CrawlOrder, Job
from tests.integration.databases import fresh_database
from tests.integration.watchtower_service import ROOT, Service, prepare, serving

pytestmark = pytest.mark.integration


class NoCrawls:
    """Takes every order and carries out none: thousands come."""

    def start(self, order: CrawlOrder) -> Job:
        return Job(order.platform, "1", "ended", "pool", 0)

    def jobs(self) -> list[Job]:
        return []

    def close(self) -> None:
        """Nothing was started."""


@pytest.fixture
def service(
    services: ServiceUrls, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Service]:
    monkeypatch.setattr(progress, "LONGEST_SECONDS", 0.2)
    with fresh_database(services.database_url) as url:
        prepare(url)
        with serving(url, redis_url, tmp_path, enable_docs=True) as running:
            assert running.app
            running.app.state.launcher = NoCrawls()
            engine = make_engine(running.config, url)
            seen = [DetectedListing("immoweb", str(n), f"https://x.be/{n}", datetime.now(UTC), "c") for n in range(20)]
            ListingWriter(engine).write(seen)
            engine.dispose()
            yield running


def fuzz(service: Service, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """All checks, with a key that may operate."""
    document = folder / "openapi.json"
    told = httpx.get(f"{service.url}/openapi.json", trust_env=False).json()
    for operation in (each for path in told["paths"].values() for each in path.values()):
        # In a form everything is text, and a field may come twice: the fuzzer's wrong types are right there.
        operation.get("requestBody", {"content": {}})["content"].pop(FORM, None)
    document.write_text(json.dumps(told))
    command = [sys.executable, "-m", "schemathesis.cli", "run", str(document), f"--url={service.url}", "--checks=all",
               f"--header=Authorization: Bearer {service.key()}", "--continue-on-failure", "--no-color",
               "--request-timeout=30", "--generation-database=none", *arguments]  # fmt: skip
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.integration.fuzzing_hooks",
        "FUZZED_REDIS_URL": service.config.redis_url or "",
        "PYTHONPATH": str(ROOT),
        "NO_PROXY": "*",
    }
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=1800)


def test_no_answer_is_other_than_the_document_says(service: Service, tmp_path: Path) -> None:
    done = fuzz(service, tmp_path, "--phases=examples,fuzzing", "--max-examples=5", "--seed=1")
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr


@pytest.mark.slow
def test_no_answer_is_other_than_the_document_says_at_length(service: Service, tmp_path: Path) -> None:
    done = fuzz(service, tmp_path, "--max-examples=30", "--max-time=900")
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
