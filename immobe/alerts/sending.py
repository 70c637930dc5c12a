"""The sender: takes what is due from the outbox, sends it, and writes down what came of it. Several may run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy import Connection, Engine

from immobe.alerts.channels import send
from immobe.alerts.hours import quiet_until
from immobe.alerts.letters import Answer, Letter
from immobe.alerts.sealing import Seal
from immobe.errors import ConfigError
from immobe.observability.metrics import ALERT_DELIVERIES
from immobe.redis.backoff import equal_jitter
from immobe.storage import outbox
from immobe.storage.outbox import Delivery

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sender:
    """`end_url` makes the address where a search's alerts can be paused or ended. Seconds bound the pauses."""

    engine: Engine
    seal: Seal
    end_url: Callable[[int], str]
    max_attempts: int
    first_pause_seconds: float
    longest_pause_seconds: float

    def send_due(self, *, stopped: Callable[[], bool] = lambda: False) -> Counter[str]:
        """Sends what is due until nothing is, or it is stopped: {how it ended: deliveries}. Raises ServiceError."""
        done: Counter[str] = Counter()
        while not stopped():
            with outbox.claimed(self.engine) as claim:
                if claim is None:
                    break
                outcome = self._deliver(*claim)
            done[outcome] += 1
            ALERT_DELIVERIES.add(outcome=outcome)
        return done

    def _deliver(self, connection: Connection, delivery: Delivery) -> str:
        log = _log.bind(delivery=delivery.id, channel=delivery.channel_id, attempt=delivery.attempts)
        if delivery.after_unknown_end:
            log.warning("A sender died while it was at this: it is sent again, under the same key")
        if delivery.paused:
            outbox.finish(connection, delivery, "dropped")
            return "dropped"
        quiet = quiet_until(datetime.now(UTC), delivery.quiet_from, delivery.quiet_until)
        if quiet is not None:
            outbox.postpone(connection, delivery, quiet)
            return "postponed"
        answer = self._answer(delivery)
        if answer.ok:
            outbox.finish(connection, delivery, "sent", answer.text)
            log.info("An alert is sent", answer=answer.text)
            return "sent"
        if answer.is_final or delivery.attempts >= self.max_attempts:
            outbox.finish(connection, delivery, "dead", answer.text)
            log.error("An alert is given up", answer=answer.text)
            return "dead"
        pause = equal_jitter(delivery.attempts - 1, base=self.first_pause_seconds, cap=self.longest_pause_seconds)
        outbox.retry(connection, delivery, pause, answer.text)
        log.warning("An alert could not be sent", answer=answer.text, again_in_seconds=round(pause))
        return "failed"

    def _answer(self, delivery: Delivery) -> Answer:
        letter = Letter(
            str(delivery.key), delivery.subject, delivery.plain, delivery.html, self.end_url(delivery.search_id)
        )
        try:
            return send(self.seal.opened(delivery.secret), letter)
        except ConfigError as error:
            return Answer(False, str(error), is_final=True)
        except Exception as error:  # a plugin's fault must not stop the others' messages
            _log.exception("A channel failed in a way that is not foreseen", channel=delivery.channel_id)
            return Answer(False, f"{type(error).__name__} in {delivery.kind}")
