#!/usr/bin/env bash
# Runs a scheduled job, for cron and systemd: scripts/schedule.sh [--jitter] JOB. `immobe schedule list` names the jobs.
# --jitter waits first, at random, as long as the job may (systemd's timers do that by themselves).
# Exit codes: the job's own; 75: the run before is still at work, and nothing was done; 2: wrong usage.
# The job's output is appended to IMMOBE_DATA_DIR/logs/schedule-JOB.log, of which the last megabytes are kept.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
export PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}
wait_first=false
if [ "${1:-}" = --jitter ]; then wait_first=true; shift; fi
if [ $# -ne 1 ] || [[ ! $1 =~ ^[a-z0-9-]+$ ]]; then
    echo "usage: scripts/schedule.sh [--jitter] JOB" >&2
    exit 2
fi
job=$1
python=.venv/bin/python
logs=$($python -c 'from immobe.config import load_config; print(load_config().immobe_data_dir.expanduser() / "logs")') || exit 1
mkdir -p "$logs" || exit 1
log=$logs/schedule-$job.log

# One file a job, cut before it is long: `tail` keeps whole lines.
if [ "$(stat -c %s "$log" 2>/dev/null || echo 0)" -gt 10000000 ]; then
    tail -c 2000000 "$log" | tail -n +2 > "$log.new" && mv "$log.new" "$log"
fi
say() { echo "$(date --iso-8601=seconds) schedule.sh $job: $*" >> "$log"; }

if $wait_first; then
    seconds=$($python -m immobe schedule jitter "$job" 2>> "$log") || exit 2
    say "waits $seconds s"
    sleep "$seconds"
fi
say "starts"
# In the background, so that a signal is passed on at once and not when the job has ended.
$python -m immobe schedule run "$job" >> "$log" 2>&1 &
child=$!
trap 'kill -TERM $child 2>/dev/null' TERM INT
wait "$child"; code=$?
while kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done
say "ended with exit code $code"
exit "$code"
