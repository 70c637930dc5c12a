"""One scheduled scout, to its end: as a process of our own, or in Scrapyd, which is asked how far it is."""

from __future__ import annotations

import subprocess
import sys
import time

import httpx
import structlog

from immobe.config import Config, child_environment
from immobe.errors import ServiceError
from immobe.watchtower.crawls.orders import CrawlOrder
from immobe.watchtower.crawls.scrapyd import Scrapyd

_log = structlog.get_logger(__name__)
_ASK_SECONDS = 5.0
_PATIENCE_SECONDS = 600.0


def scout(config: Config, platform: str) -> bool:
    """Whether it ended well; Scrapyd tells only that it ended. Raises ServiceError when Scrapyd takes no order."""
    order = CrawlOrder(platform, "scout", config.schedule_scope)
    if config.scrapyd_url:
        return _in_scrapyd(config, config.scrapyd_url, order)
    arguments = [f"-a{name}={value}" for name, value in order.arguments.items()]
    command = [sys.executable, "-m", "scrapy", "crawl", platform, *arguments]
    environment = child_environment(config, SCRAPY_SETTINGS_MODULE="immobe.settings")
    return subprocess.run(command, env=environment, check=False).returncode == 0


def _in_scrapyd(config: Config, url: str, order: CrawlOrder) -> bool:
    """A Scrapyd that does not answer for ten minutes is given up; its jobs may live on."""
    client = Scrapyd(url, config.scrapyd_project)
    job = client.start(order).job
    client.close()
    asked_in_vain = 0.0
    with httpx.Client(base_url=url, timeout=10.0, trust_env=False) as http:
        while asked_in_vain < _PATIENCE_SECONDS:
            time.sleep(_ASK_SECONDS)
            try:
                state = http.get("/status.json", params={"job": job, "project": config.scrapyd_project}).json()
            except (httpx.HTTPError, ValueError) as error:
                asked_in_vain += _ASK_SECONDS
                _log.warning("Scrapyd does not answer", job=job, error=str(error))
                continue
            asked_in_vain = 0.0
            if state.get("currstate") not in ("pending", "running"):
                return bool(state.get("currstate") == "finished")
    raise ServiceError(f"Scrapyd has not answered for {_PATIENCE_SECONDS:.0f} s; what became of {job} is unknown")
