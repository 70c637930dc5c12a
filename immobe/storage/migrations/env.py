"""Alembic's entry: runs the revisions on the connection that `immobe.storage.schema` hands over."""

from __future__ import annotations

from alembic import context

import immobe.storage.access_models
import immobe.storage.alert_models
import immobe.storage.change_models
import immobe.storage.history_models
import immobe.storage.monitor_models
import immobe.storage.order_models
import immobe.storage.property_models
import immobe.storage.run_models  # noqa: F401 - likewise
from immobe.storage.models import Base


def run() -> None:
    """All pending revisions in one transaction: a failed upgrade leaves the schema as it was."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # the name that Alembic loads this file under; a plain import must not migrate
    run()
