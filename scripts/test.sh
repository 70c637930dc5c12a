#!/usr/bin/env bash
# Sets up and runs the checks and the whole test suite. Arguments go to pytest: scripts/test.sh -k mapper
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
scripts/chromium.sh
if [ $# -eq 0 ]; then scripts/check.sh; fi
exec .venv/bin/python -m pytest "$@"
