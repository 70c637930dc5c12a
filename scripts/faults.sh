#!/usr/bin/env bash
# Runs the whole fault matrix on real processes, some ten minutes, and prints what each fault cost.
# Arguments go to pytest: scripts/faults.sh -k redis. logs/faults keeps the report, and the table as JSON and Markdown.
# docs/reliability.md explains the table. Full disks need root, who alone may mount small ones; jumping clocks need
# Debian's package faketime. Without them these rows are skipped, and the last lines say so.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
mkdir -p logs/faults
code=0
.venv/bin/python -m pytest tests/faults tests/integration -m faults \
    -o junit_family=xunit1 --junitxml=logs/faults/report.xml "$@" || code=$?
.venv/bin/python tests/faults/table.py logs/faults/report.xml logs/faults
exit "$code"
