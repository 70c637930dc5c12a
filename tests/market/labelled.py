"""The committed set of labelled pairs; `make_labelled.py` says what is in it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from immobe.market.homes import Home, home_of

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Labelled:
    """Two adverts, and whether they are one home."""

    a: Home
    b: Home
    is_same: bool
    kind: str
    """How the pair was chosen; a kind with `trap` or `captured_…` is meant to be hard."""


def labelled_homes() -> dict[int, Home]:
    lines = (HERE / "homes.jsonl").read_text(encoding="utf-8").splitlines()
    records = map(json.loads, lines)
    homes = (home_of(record | {"first_seen_at": datetime.fromisoformat(record["first_seen_at"])}) for record in records)
    return {home.id: home for home in homes}


def labelled_pairs() -> list[Labelled]:
    homes = labelled_homes()
    with (HERE / "pairs.csv").open(encoding="utf-8") as file:
        return [
            Labelled(homes[int(row["a"])], homes[int(row["b"])], row["is_same"] == "1", row["kind"])
            for row in csv.DictReader(file)
        ]


def precision_and_recall(found: Iterable[tuple[bool, bool]]) -> tuple[float, float]:
    """Of (is one home, was held for one home)."""
    outcomes = list(found)
    right = sum(is_same and held for is_same, held in outcomes)
    return right / sum(held for _, held in outcomes), right / sum(is_same for is_same, _ in outcomes)
