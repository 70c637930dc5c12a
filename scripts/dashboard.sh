#!/usr/bin/env bash
# Scrapyd's dashboard, scrapydweb, on http://127.0.0.1:5000 in an environment of its own: scripts/dashboard.sh
# User immobe; the password is made at the first start and lies in IMMOBE_DATA_DIR/dashboard/password.
# DASHBOARD_PORT: another port. scripts/dashboard.sh --lock writes deploy/scrapydweb/requirements.txt again.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
umask 077
if [ "${1:-}" = --lock ]; then
    CUSTOM_COMPILE_COMMAND="scripts/dashboard.sh --lock" .venv/bin/pip-compile --quiet --strip-extras --allow-unsafe \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --generate-hashes \
        --output-file deploy/scrapydweb/requirements.txt deploy/scrapydweb/requirements.in
    exit
fi

# One line each: where local state lies, Scrapyd's URL with user and password.
mapfile -t known < <(.venv/bin/python -c '
from immobe.config import load_config
config = load_config()
print(config.immobe_data_dir.expanduser(), config.scrapyd_url or "http://127.0.0.1:6800", sep="\n")')
data=${known[0]}
folder=$data/dashboard
mkdir -p "$folder"
wanted=$(sha256sum < deploy/scrapydweb/requirements.txt)
if [ "$(cat "$folder/venv/.installed" 2>/dev/null)" != "$wanted" ]; then
    echo "dashboard: installing scrapydweb into $folder/venv (once; about a minute)"
    rm -rf "$folder/venv"
    .venv/bin/python -m venv "$folder/venv"
    "$folder/venv/bin/pip" install --disable-pip-version-check --require-hashes -r deploy/scrapydweb/requirements.txt \
        > "$folder/install.log" 2>&1 || { cat "$folder/install.log" >&2; exit 1; }
    echo "$wanted" > "$folder/venv/.installed"
fi

mkdir -p "$data/scrapyd/logs"
cd deploy/scrapydweb
# An empty environment: scrapydweb would keep its own tables in our DATABASE_URL.
exec env -i PATH="$PATH" HOME="$folder" LANG="${LANG:-C.UTF-8}" PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    DASHBOARD_DIR="$folder" DASHBOARD_HOST="${DASHBOARD_HOST:-}" DASHBOARD_PORT="${DASHBOARD_PORT:-}" \
    SCRAPYD_URL="${known[1]}" SCRAPYD_LOGS_DIR="$data/scrapyd/logs" IMMOBE_SECRETS_DIR="${IMMOBE_SECRETS_DIR:-}" \
    "$folder/venv/bin/scrapydweb"
