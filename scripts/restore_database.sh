#!/usr/bin/env bash
# Puts a dump of scripts/backup_database.sh in the database's place: scripts/restore_database.sh [--force] FILE
#
# The dump is checked, restored beside the database, and only when it is whole the two change names, in one step of
# milliseconds. The former database stays as <name>_before_<time>. A database with listings in it is replaced only with
# --force: stop the workers first, since what they store from now on stays in the old one.
#   scripts/restore_database.sh --drop-old   removes all former databases that restores have set aside
# Exit codes: 0 done; 1 nothing was changed, and the last line says why; 2 wrong usage.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 077
usage() { echo "usage: scripts/restore_database.sh [--force] FILE | --drop-old" >&2; exit 2; }
fail() { echo "restore: $*" >&2; exit 1; }
force=false drop_old=false file=
for argument in "$@"; do
    case $argument in
        --force) force=true ;;
        --drop-old) drop_old=true ;;
        -*) usage ;;
        *) [ -z "$file" ] || usage; file=$argument ;;
    esac
done
if $drop_old; then [ -z "$file" ] || usage; else [ -n "$file" ] || usage; fi

scratch=$(mktemp -d)
fresh=
.venv/bin/python -m immobe.scheduling.client_tools "$scratch" > "$scratch/settings" || fail "the database server cannot be reached"
. "$scratch/settings"
export PGSERVICEFILE PGSERVICE=immobe PGCONNECT_TIMEOUT=10
psql() { "$programs/psql" --no-psqlrc --no-password --tuples-only --no-align --quiet --set ON_ERROR_STOP=1 "$@"; }
server() { psql --dbname=postgres "$@"; }  # a database's name is changed from another one
clean_up() {
    [ -z "$fresh" ] || server -c "DROP DATABASE IF EXISTS \"$fresh\" WITH (FORCE)" 2>/dev/null || true
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
[[ $database =~ ^[A-Za-z0-9_-]+$ ]] || fail "the name of the database ($database) has characters that this script does not handle"

if $drop_old; then
    server -c "SELECT datname FROM pg_database WHERE datname ~ '^${database}_before_[0-9t]+\$'" | while read -r old; do
        server -c "DROP DATABASE \"$old\" WITH (FORCE)"
        echo "restore: $old is removed"
    done
    exit 0
fi

[ -r "$file" ] || fail "$file cannot be read"
[ -r "$file.sha256" ] || fail "$file.sha256 is not there: whether the dump is whole cannot be told"
(cd "$(dirname "$file")" && sha256sum --check --status "$(basename "$file").sha256") || fail "$file does not match its checksum"
"$programs/pg_restore" --list "$file" > "$scratch/contents" || fail "$file is no dump that can be read"
server_version=$(server -c 'SHOW server_version_num') || fail "PostgreSQL does not answer"
dumped_from=$(sed -n 's/^;.*Dumped from database version: \([0-9]*\).*/\1/p' "$scratch/contents")
[ "$((server_version / 10000))" -ge "${dumped_from:-0}" ] ||
    fail "the dump was made by PostgreSQL $dumped_from, the server is older: $((server_version / 10000))"

exists=$(server -c "SELECT count(*) FROM pg_database WHERE datname = '$database'")
if [ "$exists" = 1 ] && ! $force; then
    held=$(psql -c "SELECT CASE WHEN to_regclass('listings') IS NULL THEN 0 ELSE 1 END")
    [ "$held" = 0 ] || held=$(psql -c 'SELECT count(*) FROM listings')
    [ "$held" = 0 ] || fail "$database holds $held listings: stop the workers, then say --force to replace it"
fi

stamp=$(date --utc +%Y%m%dt%H%M%S)
fresh=${database}_restoring_$stamp
server -c "CREATE DATABASE \"$fresh\"" || fail "no database could be made beside it"
# Extensions and their comments belong to the server; rights and owners, to whoever restores.
"$programs/pg_restore" --no-password --exit-on-error --no-owner --no-privileges --no-comments --jobs=2 --dbname="service=immobe dbname=$fresh" "$file" ||
    fail "the dump could not be restored"
psql --dbname="$fresh" -c "SET client_min_messages = error" -c ANALYZE
restored=$(psql --dbname="$fresh" -c "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
dumped=$(grep -c ' TABLE DATA public ' "$scratch/contents" || true)
[ "$restored" -eq "$dumped" ] || fail "$restored of $dumped tables were restored"

old=${database}_before_$stamp
if [ "$exists" = 1 ]; then
    # Nobody may connect to a database while its name changes. A transaction: both names change, or none.
    server -c "ALTER DATABASE \"$database\" ALLOW_CONNECTIONS false" || fail "$database could not be closed"
    if ! server > "$scratch/swap" 2>&1 <<SQL
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname IN ('$database', '$fresh');
BEGIN;
ALTER DATABASE "$database" RENAME TO "$old";
ALTER DATABASE "$fresh" RENAME TO "$database";
COMMIT;
SQL
    then
        server -c "ALTER DATABASE \"$database\" ALLOW_CONNECTIONS true"
        fail "the names could not be changed, all is as it was: $(cat "$scratch/swap")"
    fi
    fresh=
    server -c "ALTER DATABASE \"$old\" ALLOW_CONNECTIONS true"
    echo "restore: $database is what $file held; the former one is $old (--drop-old removes it)"
else
    server -c "ALTER DATABASE \"$fresh\" RENAME TO \"$database\""
    fresh=
    echo "restore: $database is what $file held"
fi
echo "restore: now run: immobe migrate; immobe reconcile"
