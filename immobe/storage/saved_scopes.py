"""Scopes that operators gave a name, for all machines."""

from __future__ import annotations

from sqlalchemy import Engine, delete, select
from sqlalchemy.dialects.postgresql import insert

from immobe.storage.faults import connected
from immobe.storage.run_models import SavedScopeRow


def saved_scopes(engine: Engine) -> dict[str, str]:
    """{name: scope}, by name. Raises ServiceError."""
    query = select(SavedScopeRow.name, SavedScopeRow.scope).order_by(SavedScopeRow.name)
    with connected(engine) as connection:
        return {row.name: row.scope for row in connection.execute(query)}


def save_scope(engine: Engine, name: str, scope: str) -> None:
    """Saves a scope under a new name, or changes what the name means. Raises ServiceError."""
    statement = insert(SavedScopeRow).values(name=name, scope=scope)
    with connected(engine, writes=True) as connection:
        connection.execute(statement.on_conflict_do_update(index_elements=[SavedScopeRow.name], set_={"scope": scope}))


def drop_scope(engine: Engine, name: str) -> bool:
    """Forgets a name; False when there was none. Raises ServiceError."""
    with connected(engine, writes=True) as connection:
        return connection.execute(delete(SavedScopeRow).where(SavedScopeRow.name == name)).rowcount > 0
