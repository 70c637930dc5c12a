#!/usr/bin/env bash
# Dumps the database: scripts/backup_database.sh daily|weekly|monthly. Crawls go on meanwhile.
#
# A dump is BACKUP_DIR/immobe-CLASS-TIME.dump (pg_dump's custom format) with its .sha256 beside it. It gets its name only
# when it is whole: written to the disk, read back to its end by pg_restore, all tables in it, its checksum kept. Then
# dumps of the class beyond BACKUP_KEEP_<CLASS> are removed. BACKUP_DIR/immobe_backup.prom tells node-exporter.
# Exit codes: 0 a whole dump was made; 1 none was made, and the last line says why; 2 wrong usage.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 077
kind=${1:-}
if [ $# -ne 1 ] || [[ ! $kind =~ ^(daily|weekly|monthly)$ ]]; then
    echo "usage: scripts/backup_database.sh daily|weekly|monthly" >&2
    exit 2
fi
fail() { echo "backup: $*" >&2; exit 1; }

scratch=$(mktemp -d)
partial=
child=
trap 'rm -rf "$scratch" ${partial:+"$partial"}' EXIT
trap '[ -z "$child" ] || kill "$child" 2>/dev/null || true; echo "backup: ended by a signal: nothing was kept" >&2; exit 1' HUP INT TERM
# In the background, so that a signal ends it at once.
run() { "$@" & child=$!; wait "$child"; }
.venv/bin/python -m immobe.scheduling.client_tools "$scratch" > "$scratch/settings" || fail "the database cannot be reached"
. "$scratch/settings"
export PGSERVICEFILE PGSERVICE=immobe PGCONNECT_TIMEOUT=10
ask() { "$programs/psql" --no-psqlrc --no-password --tuples-only --no-align --quiet --set ON_ERROR_STOP=1 -c "$1"; }

server_version=$(ask 'SHOW server_version_num') || fail "PostgreSQL does not answer"
server_version=$((server_version / 10000))
[ "$client_version" -ge "$server_version" ] ||
    fail "pg_dump $client_version cannot dump PostgreSQL $server_version: set POSTGRES_BIN to newer programs"

mkdir -p -m 755 "$backups" || fail "$backups cannot be made"
exec 9> "$backups/.lock"
flock -n 9 || fail "another backup is at work in $backups"
rm -rf "$backups"/.partial-*  # of one that was killed

# As much as the last dump needed and a half more; without one, as much as the database: a dump is compressed.
newest=$(find "$backups" -maxdepth 1 -name 'immobe-*.dump' -printf '%T@ %s\n' | sort -n | tail -1 | cut -d' ' -f2)
if [ -n "$newest" ]; then needed=$((newest * 3 / 2)); else needed=$(ask 'SELECT pg_database_size(current_database())'); fi
free=$(df --output=avail --block-size=1 "$backups" | tail -1 | tr -d ' ')
[ "$free" -ge "$needed" ] || fail "$backups has room for $free bytes, $needed may be needed"

name=immobe-$kind-$(date --utc +%Y%m%dT%H%M%SZ).dump
partial=$backups/.partial-$name
mkdir "$partial"
run "$programs/pg_dump" --no-password --format=custom --file="$partial/$name" || fail "pg_dump failed: nothing was kept"
sync "$partial/$name"

"$programs/pg_restore" --list "$partial/$name" > "$scratch/contents" || fail "the dump's table of contents is damaged"
run "$programs/pg_restore" --file=/dev/null "$partial/$name" || fail "the dump cannot be read to its end"
tables=$(ask "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
dumped=$(grep -c ' TABLE DATA public ' "$scratch/contents" || true)
[ "$dumped" -eq "$tables" ] && [ "$tables" -gt 0 ] || fail "the dump has $dumped of the database's $tables tables"

(cd "$partial" && sha256sum "$name" > "$name.sha256" && sha256sum --check --status "$name.sha256") || fail "no checksum could be made"
sync "$partial/$name.sha256"
# The checksum last: with it, the dump counts as whole.
mv "$partial/$name" "$backups/$name" && mv "$partial/$name.sha256" "$backups/$name.sha256" || fail "the dump could not be put in its place"
sync "$backups"

keep=keep_$kind
find "$backups" -maxdepth 1 -name "immobe-$kind-*.dump" -printf '%f\n' | sort -r | tail -n +$((${!keep} + 1)) | while read -r old; do
    rm -f "$backups/$old.sha256" "$backups/$old"
done

{ # of all classes, for the text file collector of node-exporter
    echo '# HELP immobe_backup_last_success_timestamp_seconds When the newest whole dump of the class was made.'
    echo '# TYPE immobe_backup_last_success_timestamp_seconds gauge'
    for one in daily weekly monthly; do
        find "$backups" -maxdepth 1 -name "immobe-$one-*.dump.sha256" -printf "%T@\n" | sort -n | tail -1 |
            sed "s/.*/immobe_backup_last_success_timestamp_seconds{kind=\"$one\"} &/"
    done
    echo '# HELP immobe_backup_size_bytes Size of the latest dump.'
    echo '# TYPE immobe_backup_size_bytes gauge'
    echo "immobe_backup_size_bytes{kind=\"$kind\"} $(stat -c %s "$backups/$name")"
} > "$partial/prom"
chmod 644 "$partial/prom"
mv "$partial/prom" "$backups/immobe_backup.prom"
echo "backup: $backups/$name, $(stat -c %s "$backups/$name") bytes, $tables tables"
