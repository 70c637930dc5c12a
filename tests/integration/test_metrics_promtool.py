"""Watchtower's /metrics, as Prometheus' own checker reads it: every counter and histogram has a series."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from immobe.config import load_config
from immobe.embedded import ServiceUrls
from immobe.observability import metrics
from immobe.observability.flusher import Flusher
from immobe.observability.metrics import Deltas
from immobe.storage.engine import make_engine
from tests.integration.watchtower_service import Service, serving_anew

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def running(services: ServiceUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving_anew(services, tmp_path_factory.mktemp("promtool")) as service:
        yield service


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs Debian's package prometheus")
def test_promtool_finds_nothing_wrong_with_what_is_served(running: Service) -> None:
    deltas = Deltas()
    for counter in metrics.COUNTERS:
        deltas.add(counter.amounts(**dict.fromkeys(counter.labels, 'a "quoted"\nvalue\\')))
    for histogram in metrics.HISTOGRAMS:
        deltas.add(histogram.amounts(2.5, **dict.fromkeys(histogram.labels, "immoweb")))
    engine = make_engine(load_config(None), running.database_url)
    assert Flusher(engine, deltas).flush()
    engine.dispose()
    served = running.client().get("/metrics").content
    assert all(b"\n# TYPE " + one.name.encode() in served for one in (*metrics.COUNTERS, *metrics.HISTOGRAMS))
    checked = subprocess.run(["promtool", "check", "metrics"], input=served, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")
