#!/usr/bin/env bash
# From a fresh clone to a crawled market: scripts/demo.sh [--listings N] [--seed S] [--exit]
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
exec .venv/bin/immobe demo "$@"
