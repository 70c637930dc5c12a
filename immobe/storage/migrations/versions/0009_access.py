"""Operators of Watchtower, keys for programs, and the log of what they did."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision: str | None = "0008"

_USERS = """
CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    password_hash text NOT NULL,
    session_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    signed_in_at timestamptz,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT uq_users_name UNIQUE (name)
)
"""

_API_KEYS = """
CREATE TABLE api_keys (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    scope text NOT NULL,
    hint text NOT NULL,
    sha256 bytea NOT NULL,
    created_by bigint,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz,
    used_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT pk_api_keys PRIMARY KEY (id),
    CONSTRAINT uq_api_keys_sha256 UNIQUE (sha256),
    CONSTRAINT ck_api_keys_scope CHECK (scope IN ('read', 'operate', 'setup')),
    CONSTRAINT fk_api_keys_created_by FOREIGN KEY (created_by) REFERENCES users (id) ON DELETE SET NULL
)
"""

_AUDIT_LOG = """
CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz DEFAULT now() NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    outcome text NOT NULL,
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    address text,
    correlation_id text,
    CONSTRAINT pk_audit_log PRIMARY KEY (id),
    CONSTRAINT ck_audit_log_outcome CHECK (outcome IN ('done', 'refused', 'failed'))
)
"""


def upgrade() -> None:
    for statement in (
        _USERS,
        _API_KEYS,
        _AUDIT_LOG,
        "CREATE INDEX ix_audit_log_at ON audit_log (at)",
        "CREATE INDEX ix_audit_log_action_at ON audit_log (action, at)",
    ):
        op.execute(statement)


def downgrade() -> None:
    for table in ("audit_log", "api_keys", "users"):
        op.drop_table(table)
