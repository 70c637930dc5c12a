#!/usr/bin/env bash
# Sets up and runs the checks and the whole test suite, two test files at a time. Arguments go to pytest, which then runs
# one after the other: scripts/test.sh -k mapper
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
scripts/chromium.sh
scripts/prometheus.sh
if [ $# -eq 0 ]; then
  scripts/check.sh
  exec .venv/bin/python -m pytest -n 2 --dist loadfile
fi
exec .venv/bin/python -m pytest "$@"
