#!/usr/bin/env bash
# Sets up and lets the whole system crawl while its parts are killed at random: scripts/soak.sh [--minutes 30] [--seed N]
# Own data folder and free ports; everything is stopped at the end. Exit code 1: something was lost, or memory grew.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
exec .venv/bin/python scripts/soak.py "$@"
