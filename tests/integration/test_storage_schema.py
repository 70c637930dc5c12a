"""Migrations: they build what the models say, can be undone, and may be run by everybody at once."""

import subprocess
import sys
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from immobe.errors import ServiceError
from immobe.storage.models import Base
from immobe.storage.schema import alembic_config, connected, head_revision, migrate, schema_state

pytestmark = pytest.mark.integration

_COLUMNS = """
    SELECT table_name, column_name, data_type, udt_name, is_nullable, column_default, is_identity
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
"""
_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND conrelid::regclass::text <> 'alembic_version'
"""
_INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'"


def schema(connection: Connection) -> list[set[tuple[Any, ...]]]:
    queries = (_COLUMNS, _CONSTRAINTS, _INDEXES)
    return [{tuple(row) for row in connection.execute(text(query))} for query in queries]


def test_models_and_migrations_agree(database_url: str) -> None:
    migrate(database_url)
    with connected(database_url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_build_exactly_what_the_models_would(database_url: str) -> None:
    """Also CHECK constraints, which Alembic does not compare: a new member of an enum needs a migration."""
    migrate(database_url)
    with connected(database_url) as connection:
        migrated = schema(connection)
        command.downgrade(alembic_config(connection), "base")
        Base.metadata.create_all(connection)
        assert schema(connection) == migrated


def test_every_migration_can_be_undone(database_url: str) -> None:
    with connected(database_url) as connection:
        config = alembic_config(connection)
        command.upgrade(config, "head")
        before = schema(connection)
        command.downgrade(config, "base")
        assert schema(connection) == [set(), set(), set()]
        command.upgrade(config, "head")
        assert schema(connection) == before


def test_the_state_is_told(database_url: str) -> None:
    assert schema_state(database_url) == (None, head_revision())
    migrate(database_url)
    assert schema_state(database_url) == (head_revision(), head_revision())


def test_several_processes_may_migrate_at_once(database_url: str) -> None:
    script = "import sys; from immobe.storage.schema import migrate; migrate(sys.argv[1])"
    processes = [
        subprocess.Popen([sys.executable, "-W", "error", "-c", script, database_url], stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    errors = [process.communicate(timeout=60)[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, errors
    assert schema_state(database_url)[0] == head_revision()


def test_a_newer_database_is_refused(database_url: str) -> None:
    migrate(database_url)
    with connected(database_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()
    with pytest.raises(ServiceError, match="9999"):
        migrate(database_url)


def test_an_unreachable_database_is_a_service_error() -> None:
    with pytest.raises(ServiceError, match="PostgreSQL"):
        migrate("postgresql+psycopg2://nobody@127.0.0.1:1/none")
