#!/usr/bin/env bash
# Sets up and runs a benchmark: scripts/bench.sh queue. Without a name it lists them; other arguments go to the benchmark.
# A benchmark NAME is the file scripts/bench/NAME.py or scripts/bench/NAME_….py.
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:-}
for file in scripts/bench/*.py; do
    stem=$(basename "$file" .py)
    if [ "${stem%%_*}" = "$name" ]; then
        shift
        scripts/setup.sh
        exec .venv/bin/python "$file" "$@"
    fi
done
[ -z "$name" ] || echo "bench: there is no benchmark \"$name\"" >&2
for file in scripts/bench/*.py; do
    stem=$(basename "$file" .py)
    printf '%-8s %s\n' "${stem%%_*}" "$(sed -n 's/^"""//p' "$file" | head -1 | sed 's/\. .*/./')"
done
[ -z "$name" ] || exit 2
