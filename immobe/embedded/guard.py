"""Starts embedded servers again that are killed while somebody works with them."""

from __future__ import annotations

import logging
import threading

from immobe.config import Config
from immobe.embedded import ServiceUrls, killed_services, revive_services
from immobe.errors import ServiceError

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.5
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 60.0


class Guard(threading.Thread):
    """A daemon thread of a process. It leaves alone what `immobe down` has stopped, and services of others.

    `urls` are those that the process uses: a server comes back on its old port, unless somebody took that meanwhile.
    """

    def __init__(self, config: Config, urls: ServiceUrls) -> None:
        super().__init__(name="embedded services", daemon=True)
        self._config, self._urls = config, urls
        self._over = threading.Event()

    def start(self) -> None:
        """Does nothing when no embedded service is used."""
        if self._config.database_url is None or self._config.redis_url is None:
            super().start()

    def end(self) -> None:
        """Watches no more."""
        self._over.set()

    def run(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self._over.wait(_LOOK_SECONDS):
            killed = killed_services(self._config)
            if not killed:
                pause = _FIRST_PAUSE_SECONDS
                continue
            _log.error("%s was killed, and is started again", " and ".join(killed))
            try:
                self._compare(revive_services(self._config, _log.warning))
            except ServiceError as error:
                _log.error("it cannot be started, next try in %.0f s: %s", pause, error)
                self._over.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _compare(self, revived: dict[str, str]) -> None:
        for name, url in revived.items():
            if url not in (self._urls.database_url, self._urls.redis_url):
                _log.critical("%s has come back at another address: end this process, and start it again", name)
