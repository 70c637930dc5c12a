"""Which platforms rest because they blocked us; what middlewares/platform_circuit.py has written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from redis import Redis

from immobe.redis.namespace import namespace


@dataclass(frozen=True, slots=True)
class Rest:
    """A platform is left alone."""

    kind: str
    """What the block looked like."""
    until: float
    """Unix time; then one request asks again."""


def resting(redis: Redis, platforms: Iterable[str], replica_url: str | None) -> dict[str, Rest]:
    """{platform: its rest} of those that rest. Raises redis' errors."""
    names = list(platforms)
    stored = redis.mget([f"{namespace(replica_url)}:blocks:{name}" for name in names])
    circuits = {name: json.loads(text) for name, text in zip(names, stored, strict=True) if text}
    return {name: Rest(circuit["kind"], circuit["until"]) for name, circuit in circuits.items() if circuit["kind"]}
