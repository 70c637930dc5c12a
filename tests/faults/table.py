"""From pytest's report to the table of faults: `python tests/faults/table.py REPORT.xml FOLDER`.

Prints one row a fault, and writes FOLDER/table.json (one entry a test) and FOLDER/table.md (for docs/reliability.md).
Columns: how often the fault came; listings that should be stored; of these lost; rows too many; answers beyond one a
page; the longest time, in seconds, from a fault's end to the next stored row. What ran several times is added up.
"""

from __future__ import annotations

import argparse
import json
import xml.etree.ElementTree as ElementTree
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

SUMS = ("times", "listings", "lost", "double", "refetched")
COLUMNS = ("fault", *SUMS, "recovery s")
WIDTH = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    cases = [_case(case) for case in ElementTree.parse(options.report).iter("testcase")]
    rows = rows_of(cases)
    (options.folder / "table.json").write_text(json.dumps(cases, indent=1) + "\n")
    (options.folder / "table.md").write_text(markdown(rows) + "\n")
    console = Console(width=WIDTH)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == "fault" else "right")
    for row in rows:
        table.add_row(*row)
    console.print(table)
    for line in notes(cases):
        console.print(line, soft_wrap=True, highlight=False)


def rows_of(cases: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """A row for each fault, in the order of their numbers, the cases of the same one taken together."""
    told = sorted((case for case in cases if "fault" in case), key=lambda case: _order(case["fault"]))
    return [_row(fault, list(same)) for fault, same in groupby(told, key=lambda case: str(case["fault"]))]


def markdown(rows: list[tuple[str, ...]]) -> str:
    """The table as Markdown."""
    lines = [COLUMNS, ("---", *["---:"] * (len(COLUMNS) - 1)), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def notes(cases: list[dict[str, Any]]) -> list[str]:
    """What the rows do not tell: tests without a row, and by name those that failed or were skipped."""
    others = Counter(case["outcome"] for case in cases if "fault" not in case and case["outcome"] == "passed")
    named = [f"{case['outcome']}: {case['test']} {case['reason']}" for case in cases if case["outcome"] != "passed"]
    return [f"Besides, {others['passed']} fault tests without a row passed.", *named]


def _row(fault: str, cases: list[dict[str, Any]]) -> tuple[str, ...]:
    sums = (f"{sum(case[name] for case in cases):,}" for name in SUMS)
    recoveries = [case["recovery_seconds"] for case in cases if "recovery_seconds" in case]
    passed = all(case["outcome"] == "passed" for case in cases)
    return (fault if passed else f"FAILED {fault}", *sums, str(max(recoveries)) if recoveries else "–")


def _case(case: ElementTree.Element) -> dict[str, Any]:
    failed = case.find("failure") is not None or case.find("error") is not None
    skipped = case.find("skipped")
    outcome = "failed" if failed else "skipped" if skipped is not None else "passed"
    reason = skipped.attrib.get("message", "") if skipped is not None else ""
    figures = {found.attrib["name"]: _figure(found.attrib["value"]) for found in case.iter("property")}
    return {
        "test": f"{case.attrib['classname']}::{case.attrib['name']}",
        "outcome": outcome,
        "reason": reason,
        **figures,
    }


def _figure(text: str) -> str | int | float:
    try:
        return json.loads(text) if text[:1].isdigit() else text
    except ValueError:
        return text


def _order(fault: str) -> tuple[int, str]:
    """By number: F2 before F10; what has none comes first."""
    digits = fault.split()[0].removeprefix("F")
    return (int(digits) if digits.isdigit() else 0, fault)


if __name__ == "__main__":
    main()
