#!/usr/bin/env bash
# Style and types: ruff and mypy --strict over everything we run.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
