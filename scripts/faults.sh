#!/usr/bin/env bash
# Runs the whole fault matrix on real processes, some twenty minutes, and prints what each fault cost.
# Arguments go to pytest: scripts/faults.sh -k redis. Results stay in logs/faults: the report, and the table as JSON.
# The disks that get full are small file systems that only root can mount; without root those rows are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
mkdir -p logs/faults
code=0
.venv/bin/python -m pytest tests/faults tests/integration -m faults -o junit_family=xunit1 --junitxml=logs/faults/report.xml "$@" || code=$?
.venv/bin/python tests/faults/table.py logs/faults/report.xml logs/faults/table.json
exit "$code"
