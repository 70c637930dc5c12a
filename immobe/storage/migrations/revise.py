"""Writes the next revision from the difference between the models and a database at head.

Usage: `DATABASE_URL=… python -m immobe.storage.migrations.revise "what changes"`. Read the result before you commit it:
CHECK constraints are not compared.
"""

from __future__ import annotations

import sys

from alembic import command

from immobe.config import load_config
from immobe.storage.schema import alembic_config, connected, head_revision


def revise(database_url: str, message: str) -> None:
    """Adds a file to `versions/`, numbered after the last."""
    number = f"{int(head_revision()) + 1:04d}"
    with connected(database_url) as connection:
        command.revision(alembic_config(connection), message, autogenerate=True, rev_id=number)


if __name__ == "__main__":
    url = load_config().database_url
    if not url or len(sys.argv) != 2:
        sys.exit(__doc__)
    revise(url, sys.argv[1])
