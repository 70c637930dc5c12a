#!/usr/bin/env bash
# Installs Debian's Prometheus (with promtool) for the tests of alert rules and dashboards, where it is missing and we may:
# as root, with apt. Nothing is started. Always ends well: without it these tests are skipped with that reason.
set -euo pipefail
command -v promtool >/dev/null && command -v prometheus >/dev/null && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "prometheus: it is not installed, so tests of alerts are skipped. On Debian: sudo apt-get install prometheus" >&2
    exit 0
fi
echo "prometheus: installing Debian's prometheus (once)"
log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1  # no service of it is started
if ! { apt-get update && apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=120 prometheus; } > "$log" 2>&1
then
    tail -5 "$log" >&2
    echo "prometheus: it could not be installed (above: why); tests of alerts are skipped." >&2
fi
rm -f "$log"
