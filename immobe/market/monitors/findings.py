"""What monitors say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

FILL_RATE, VALUES, REFUSED, YIELD, NEWEST_LISTING = "fill_rate", "values", "refused", "yield", "newest_listing"
MONITORS = (FILL_RATE, VALUES, REFUSED, YIELD, NEWEST_LISTING)


class Key(NamedTuple):
    """What is measured."""

    monitor: str
    field: str
    """A field of the record, or `page`, `cards_per_page`, `items_per_run`, `new_per_day`, `first_seen_at`."""
    measure: str
    """`share filled`, `median`, `share of B`, a reason of refusal, …"""

    def __str__(self) -> str:
        return "|".join(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something is not as usual."""

    key: Key
    before: str
    after: str


@dataclass(slots=True)
class Verdict:
    """`judged`: everything of which there was enough to judge, found or not."""

    findings: list[Finding] = field(default_factory=list)
    judged: set[Key] = field(default_factory=set)

    def say(self, key: Key, unusual: bool, before: str, after: str) -> None:
        self.judged.add(key)
        if unusual:
            self.findings.append(Finding(key, before, after))


def percent(share: float) -> str:
    """
    >>> percent(0.973), percent(0.0004)
    ('97 %', '0 %')
    """
    return f"{share:.0%}".replace("%", " %")


def figure(number: float) -> str:
    """Three digits are as many as a comparison needs.

    >>> figure(251_234.0), figure(98.6), figure(3.14159)
    ('251,000', '98.6', '3.14')
    """
    rounded = float(f"{number:.3g}")
    return f"{rounded:,.0f}" if rounded >= 100 else f"{rounded:g}"
