#!/usr/bin/env bash
# Installs Debian's Chromium for pages that only a browser can make, where it is missing and we may: as root, with apt.
# Always ends well: without Chromium everything else works, and the tests that need it are skipped with that reason.
set -euo pipefail
[ -z "${CHROME_PATH:-}" ] || exit 0
for program in chromium chromium-browser google-chrome; do
    command -v "$program" >/dev/null && exit 0
done
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "chromium: no Chromium is installed, so tests in a browser are skipped. On Debian: sudo apt-get install chromium" >&2
    exit 0
fi
echo "chromium: installing Debian's chromium (once; some 100 MB)"
log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update && apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=120 chromium; } > "$log" 2>&1
then
    tail -5 "$log" >&2
    echo "chromium: it could not be installed (above: why); tests in a browser are skipped." >&2
fi
rm -f "$log"
