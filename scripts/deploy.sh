#!/usr/bin/env bash
# Builds the egg and sends it to the Scrapyd at SCRAPYD_URL: scripts/deploy.sh [TARGET] [--version VERSION]
# TARGET is one of scrapy.cfg. Without --version the egg is named by time and commit, so that Scrapyd knows the newest.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
exec .venv/bin/immobe scrapyd deploy "$@"
