"""From pytest's report to the table of faults: `python tests/faults/table.py REPORT.xml TABLE.json [--markdown]`.

Columns: how often the fault came, listings that should be stored, of these lost, rows too many, pages fetched more than
once and how many of those the test allows, seconds from the fault's end to the next stored row.
"""

from __future__ import annotations

import argparse
import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

COLUMNS = ("fault", "times", "listings", "lost", "double", "refetched", "allowed", "recovery_seconds")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("--markdown", action="store_true", help="for docs/reliability.md")
    options = parser.parse_args()
    cases = [_case(case) for case in ElementTree.parse(options.report).iter("testcase")]
    rows = sorted((case for case in cases if "fault" in case), key=lambda case: _order(case["fault"]))
    options.table.write_text(json.dumps(cases, indent=1))
    if options.markdown:
        print(_markdown(rows))
        return
    console = Console(width=max(Console().width, 120))
    table = Table(*(name.replace("_", " ") for name in (*COLUMNS, "outcome")))
    for row in rows:
        table.add_row(*(str(row[name]) for name in (*COLUMNS, "outcome")))
    console.print(table)
    others = [case for case in cases if "fault" not in case]
    counted = {
        outcome: sum(case["outcome"] == outcome for case in others) for outcome in ("passed", "failed", "skipped")
    }
    console.print("Fault tests without a row: " + ", ".join(f"{count} {outcome}" for outcome, count in counted.items()))


def _case(case: ElementTree.Element) -> dict[str, Any]:
    failed = case.find("failure") is not None or case.find("error") is not None
    outcome = "failed" if failed else "skipped" if case.find("skipped") is not None else "passed"
    figures = {found.attrib["name"]: _figure(found.attrib["value"]) for found in case.iter("property")}
    return {"test": f"{case.attrib['classname']}::{case.attrib['name']}", "outcome": outcome, **figures}


def _figure(text: str) -> str | int | float:
    try:
        return json.loads(text) if text[:1].isdigit() else text
    except ValueError:
        return text


def _order(fault: str) -> tuple[int, str]:
    """By number: F2 before F10; what has none comes first."""
    digits = fault.split()[0].removeprefix("F")
    return (int(digits) if digits.isdigit() else 0, fault)


def _markdown(rows: list[dict[str, Any]]) -> str:
    head = "| " + " | ".join(name.replace("_", " ") for name in COLUMNS) + " |"
    line = "|---|" + "---:|" * (len(COLUMNS) - 1)
    return "\n".join([head, line, *("| " + " | ".join(str(row[name]) for name in COLUMNS) + " |" for row in rows)])


if __name__ == "__main__":
    main()
