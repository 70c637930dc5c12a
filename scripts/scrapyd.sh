#!/usr/bin/env bash
# Runs Scrapyd with deploy/scrapyd.conf: scripts/scrapyd.sh [--host ADDRESS] [--port PORT]
# SCRAPYD_USERNAME and SCRAPYD_PASSWORD must be set, in the environment, in .env or in IMMOBE_SECRETS_DIR.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
exec .venv/bin/immobe scrapyd serve "$@"
