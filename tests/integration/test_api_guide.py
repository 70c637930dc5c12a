"""docs/api.md: its examples are run, as they stand there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from immobe.embedded import ServiceUrls
from immobe.items import Listing, MappedListing, RawListing
from immobe.storage.engine import make_engine
from immobe.storage.writer import ListingWriter
from tests.integration.watchtower_service import ROOT, Service, serving_anew

pytestmark = pytest.mark.integration
LISTINGS = 60
EXAMPLES = re.findall(
    r"^```(bash|python)\n(.*?)^```", (ROOT / "docs/api.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
)


def listing(number: int) -> MappedListing:
    now = datetime.now(UTC)
    key = ("immoweb", str(number), f"https://example.org/{number}")
    names = ("platform", "platform_listing_id", "url")
    facts = {"province": "namur", "price_eur": Decimal(200_000 + number), "mapper_version": "1", "fetched_at": now}
    record = Listing(**dict(zip(names, key, strict=True)), **facts)
    return MappedListing(record, RawListing(*key, {}, now, "c"))


@pytest.fixture(scope="module")
def service(services: ServiceUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving_anew(services, tmp_path_factory.mktemp("guide")) as running:
        engine = make_engine(running.config, running.database_url)
        ListingWriter(engine).write([listing(number) for number in range(LISTINGS)])
        engine.dispose()
        yield running


def items_of_two(said: str) -> bool:
    return len(json.loads(said)["items"]) == 2 and bool(json.loads(said)["next_cursor"])


EXPECTED: list[Callable[[str], bool]] = [
    items_of_two,
    lambda said: said == f"{LISTINGS} listings\n",
    lambda said: said == "platform,platform_listing_id,u\n",
    lambda said: said == f"{LISTINGS} listings in the copy\n",
    lambda said: json.loads(said) == {"items": [], "next_cursor": None},
    lambda said: json.loads(said)["queued"] is True,
    lambda said: json.loads(said)["status"] == 422,
]
"""What each example says, in the guide's order."""


def test_every_example_is_expected_to_say_something() -> None:
    assert len(EXAMPLES) == len(EXPECTED)


@pytest.mark.parametrize("number", range(len(EXPECTED)))
def test_an_example_does_what_the_guide_says(service: Service, redis_url: str, tmp_path: Path, number: int) -> None:
    language, code = EXAMPLES[number]
    command = ["bash", "-euo", "pipefail", "-c", code] if language == "bash" else [sys.executable, "-c", code]
    environment = {**os.environ, "IMMOBE": service.url, "KEY": service.key(), "NO_PROXY": "*"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert EXPECTED[number](done.stdout), done.stdout
