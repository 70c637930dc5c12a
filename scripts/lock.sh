#!/usr/bin/env bash
# Locks requirements.in and requirements-dev.in. Run it after changing either; commit all four files.
set -euo pipefail
cd "$(dirname "$0")/.."
compile=(.venv/bin/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host
         --allow-unsafe --generate-hashes --resolver=backtracking)
CUSTOM_COMPILE_COMMAND=scripts/lock.sh "${compile[@]}" "$@" --output-file requirements.txt requirements.in
CUSTOM_COMPILE_COMMAND=scripts/lock.sh "${compile[@]}" "$@" --output-file requirements-dev.txt requirements-dev.in
