"""A message as it goes through a channel, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent. `key` is the same in every attempt; `end_url` leads to where the alert can be paused or ended, and
    is empty for what nobody subscribed to."""

    key: str
    subject: str
    plain: str
    html: str
    end_url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said. `is_final`: it said no, and would say so again."""

    ok: bool
    text: str
    is_final: bool = False
