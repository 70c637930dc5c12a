"""Carries what this process counted into PostgreSQL, in the background and at the end, each count once."""

from __future__ import annotations

import threading
from uuid import uuid4

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from immobe.observability import totals
from immobe.observability.background import Periodic
from immobe.observability.metrics import DELTAS, Deltas, Series
from immobe.storage.faults import is_of_the_row

_log = structlog.get_logger(__name__)


class Flusher:
    """One delivery at a time, numbered. One without an answer is repeated under its number until it is answered.

    While PostgreSQL is away counts wait in memory: they are sums, so the wait costs no more space. Several flushers in
    a process share the counts between them.
    """

    def __init__(self, engine: Engine, deltas: Deltas = DELTAS, seconds: float = 5.0) -> None:
        self._engine, self._deltas = engine, deltas
        self._name = uuid4().hex
        self._sequence = 0
        self._pending: dict[Series, float] = {}
        self._away = False
        self._flushing = threading.Lock()
        self._periodic = Periodic(self.flush, seconds, "immobe-metrics", at_once=False)

    def start(self) -> None:
        """Flushes every few seconds from now on, in a thread of its own."""
        self._periodic.start()

    def close(self) -> None:
        """The last flush; blocks for it, so call it in a thread. What cannot be delivered now is lost, and said."""
        self._periodic.stop()
        # The first ends a delivery that was under way, the second takes what came after it.
        if self.flush() and self.flush():
            self._forget()
        else:
            _log.warning("The last counts of this process were not delivered", series=len(self._pending))

    def flush(self) -> bool:
        """Delivers; False when PostgreSQL is away."""
        with self._flushing:
            if not self._pending:
                self._pending = self._deltas.take()
                self._sequence += 1
            return not self._pending or self._deliver()

    def _deliver(self) -> bool:
        try:
            with self._engine.begin() as connection:
                totals.deliver(connection, self._name, self._sequence, self._pending)
        except SQLAlchemyError as error:
            if not is_of_the_row(error):
                self._say(away=True, error=type(error).__name__)
                return False
            _log.exception("Counts cannot be stored and are dropped", series=len(self._pending))
        self._pending = {}
        self._say(away=False)
        return True

    def _forget(self) -> None:
        try:
            with self._engine.begin() as connection:
                totals.forget(connection, self._name)
        except SQLAlchemyError:
            _log.debug("A flusher's row stays for a week")

    def _say(self, *, away: bool, **more: str) -> None:
        if away and not self._away:
            _log.warning("Counts wait: PostgreSQL cannot be used", **more)
        elif self._away and not away:
            _log.info("Counts are delivered again")
        self._away = away
