#!/usr/bin/env bash
# Creates or refreshes .venv with everything that running and testing need. Does nothing when nothing changed.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3.11}
command -v "$python" >/dev/null || python=python3
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "setup: Python 3.11 or newer is needed; found $("$python" --version 2>&1). Set PYTHON=/path/to/python3.11." >&2
    exit 1
}
"$python" -c 'import venv, ensurepip' 2>/dev/null || {
    echo "setup: Python's venv module is missing; on Debian install the package python3-venv." >&2
    exit 1
}

wanted=$(cat requirements.txt requirements-dev.txt requirements.in pyproject.toml | sha256sum | cut -d' ' -f1)
[ "$(cat .venv/.installed 2>/dev/null)" = "$wanted $PWD" ] && exit 0

echo "setup: installing the locked requirements into .venv (once; about a minute)"
exec 9>.venv.lock
flock 9
[ -x .venv/bin/python ] || "$python" -m venv .venv
install() { # quiet when it works; its whole output when it does not
    .venv/bin/python -m pip install --disable-pip-version-check "$@" > .venv/install.log 2>&1 || {
        cat .venv/install.log >&2
        echo "setup: pip failed; see above." >&2
        exit 1
    }
}
install --require-hashes -r requirements.txt
install --require-hashes -r requirements-dev.txt
install --no-deps --editable .
echo "$wanted $PWD" > .venv/.installed
