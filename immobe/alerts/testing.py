"""Fires a channel, and keeps what was answered."""

from __future__ import annotations

from sqlalchemy import Engine

from immobe.alerts.channels import send
from immobe.alerts.letters import Answer, Letter
from immobe.alerts.sealing import Seal
from immobe.errors import ConfigError
from immobe.storage.alert_channels import note_test


def fire(engine: Engine, seal: Seal, channel_id: int, secret: bytes, letter: Letter) -> Answer:
    """Sends a letter that says that it is a test, now and once. Raises ServiceError."""
    try:
        answer = send(seal.opened(secret), letter)
    except ConfigError as error:
        answer = Answer(False, str(error), is_final=True)
    note_test(engine, channel_id, f"{'ok' if answer.ok else 'failed'}: {answer.text}")
    return answer
