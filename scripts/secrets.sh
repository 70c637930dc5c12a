#!/usr/bin/env bash
# Makes the secrets of deploy/docker-compose.yml in deploy/secrets, at random; those that are there stay as they are.
# The folder is its owner's alone. The files are readable, since containers read them as other users.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p deploy/secrets
chmod 700 deploy/secrets
cd deploy/secrets
umask 033
made=0
keep() { # NAME: standard input becomes the file, unless there is one
    [ -s "$1" ] && return
    cat > "$1.new"
    mv "$1.new" "$1"
    made=$((made + 1))
}
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
for name in database_password redis_password scrapyd_password dashboard_password watchtower_secret_key grafana_password; do
    keep "$name" < <(random)
done
keep database_url < <(printf 'postgresql://immobe:%s@db:5432/immobe' "$(cat database_password)")
keep redis_url < <(printf 'redis://:%s@redis:6379/0' "$(cat redis_password)")
keep redis_auth.conf < <(printf 'requirepass %s\n' "$(cat redis_password)")
echo "secrets: $made made, $(find . -type f | wc -l) in deploy/secrets"
