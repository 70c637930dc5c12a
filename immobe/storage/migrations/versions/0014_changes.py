"""The feed of changes: which listings changed or went, in an order that no late commit can upset."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision: str | None = "0013"

_TABLES = (
    """
    CREATE TABLE listing_changes (
        platform text NOT NULL,
        platform_listing_id text NOT NULL,
        position bigint,
        deleted_at timestamptz,
        CONSTRAINT pk_listing_changes PRIMARY KEY (platform, platform_listing_id)
    ) WITH (fillfactor = 80)
    """,
    """
    CREATE TABLE change_feed (
        id integer NOT NULL,
        last_position bigint NOT NULL,
        dropped_position bigint NOT NULL,
        CONSTRAINT pk_change_feed PRIMARY KEY (id),
        CONSTRAINT ck_change_feed_one_row CHECK (id = 1)
    )
    """,
)

_WHAT_THERE_IS = (
    """
    INSERT INTO listing_changes (platform, platform_listing_id, position)
    SELECT platform, platform_listing_id, row_number() OVER (ORDER BY id) FROM listings
    """,
    "INSERT INTO change_feed SELECT 1, count(*), 0 FROM listing_changes",
)

_INDEXES = (
    "CREATE UNIQUE INDEX ix_listing_changes_position ON listing_changes (position)",
    """CREATE INDEX ix_listing_changes_pending ON listing_changes (platform, platform_listing_id)
       WHERE position IS NULL""",
    "CREATE INDEX ix_listing_changes_deleted_at ON listing_changes (deleted_at) WHERE deleted_at IS NOT NULL",
)

# In the order of their keys, as the writer has its rows: of two batches one waits, and never both for each other.
_PUT = """
CREATE FUNCTION note_put_listings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO listing_changes (platform, platform_listing_id)
    SELECT platform, platform_listing_id FROM after ORDER BY platform, platform_listing_id
    ON CONFLICT (platform, platform_listing_id) DO UPDATE SET position = NULL, deleted_at = NULL;
    RETURN NULL;
END $$
"""

_DELETED = """
CREATE FUNCTION note_deleted_listings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        UPDATE listing_changes SET position = NULL, deleted_at = now() WHERE deleted_at IS NULL;
        RETURN NULL;
    END IF;
    INSERT INTO listing_changes (platform, platform_listing_id, deleted_at)
    SELECT platform, platform_listing_id, now() FROM before ORDER BY platform, platform_listing_id
    ON CONFLICT (platform, platform_listing_id) DO UPDATE SET position = NULL, deleted_at = excluded.deleted_at;
    RETURN NULL;
END $$
"""

_TRIGGERS = {
    "note_new": "AFTER INSERT ON listings REFERENCING NEW TABLE AS after {each} note_put_listings()",
    "note_changed": "AFTER UPDATE ON listings REFERENCING NEW TABLE AS after {each} note_put_listings()",
    "note_deleted": "AFTER DELETE ON listings REFERENCING OLD TABLE AS before {each} note_deleted_listings()",
    "note_emptied": "AFTER TRUNCATE ON listings {each} note_deleted_listings()",
}


def upgrade() -> None:
    for statement in (*_TABLES, *_WHAT_THERE_IS, *_INDEXES, _PUT, _DELETED):
        op.execute(statement)
    for name, when in _TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {when.format(each='FOR EACH STATEMENT EXECUTE FUNCTION')}")


def downgrade() -> None:
    for name in _TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON listings")
    op.execute("DROP FUNCTION note_put_listings()")
    op.execute("DROP FUNCTION note_deleted_listings()")
    op.drop_table("change_feed")
    op.drop_table("listing_changes")
