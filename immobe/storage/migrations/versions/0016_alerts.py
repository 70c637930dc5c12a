"""Saved searches and what they tell; a trigger queues the events that they have to look at."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision: str | None = "0015"

_TABLES = {
    "saved_searches": """
        id bigint GENERATED ALWAYS AS IDENTITY,
        user_id bigint NOT NULL,
        name text NOT NULL,
        terms text NOT NULL,
        language text DEFAULT 'en' NOT NULL,
        kinds text[] NOT NULL,
        price_drop_percent numeric DEFAULT 5 NOT NULL,
        frequency text DEFAULT 'instant' NOT NULL,
        digest_hour smallint DEFAULT 8 NOT NULL,
        digest_weekday smallint DEFAULT 0 NOT NULL,
        quiet_from time,
        quiet_until time,
        paused_at timestamptz,
        created_at timestamptz DEFAULT now() NOT NULL,
        since_at timestamptz DEFAULT now() NOT NULL,
        since_snapshot text DEFAULT (pg_current_snapshot())::text NOT NULL,
        digested_at timestamptz DEFAULT now() NOT NULL,
        visited_at timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT pk_saved_searches PRIMARY KEY (id),
        CONSTRAINT fk_saved_searches_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT ck_saved_searches_language CHECK (language IN ('en', 'fr', 'nl')),
        CONSTRAINT ck_saved_searches_frequency CHECK (frequency IN ('instant', 'daily', 'weekly')),
        CONSTRAINT ck_saved_searches_kinds CHECK (kinds <@ ARRAY['new', 'also', 'drop', 'back', 'status']),
        CONSTRAINT ck_saved_searches_price_drop_percent
            CHECK (price_drop_percent >= 0 AND price_drop_percent <= 100),
        CONSTRAINT ck_saved_searches_digest_hour CHECK (digest_hour >= 0 AND digest_hour <= 23),
        CONSTRAINT ck_saved_searches_digest_weekday CHECK (digest_weekday >= 0 AND digest_weekday <= 6),
        CONSTRAINT ck_saved_searches_quiet CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
    """,
    "alert_channels": """
        id bigint GENERATED ALWAYS AS IDENTITY,
        user_id bigint NOT NULL,
        name text NOT NULL,
        kind text NOT NULL,
        mask text NOT NULL,
        secret bytea NOT NULL,
        created_at timestamptz DEFAULT now() NOT NULL,
        tested_at timestamptz,
        test_answer text,
        CONSTRAINT pk_alert_channels PRIMARY KEY (id),
        CONSTRAINT fk_alert_channels_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
    """,
    "saved_search_channels": """
        search_id bigint NOT NULL,
        channel_id bigint NOT NULL,
        CONSTRAINT pk_saved_search_channels PRIMARY KEY (search_id, channel_id),
        CONSTRAINT fk_saved_search_channels_search_id FOREIGN KEY (search_id) REFERENCES saved_searches (id)
            ON DELETE CASCADE,
        CONSTRAINT fk_saved_search_channels_channel_id FOREIGN KEY (channel_id) REFERENCES alert_channels (id)
            ON DELETE CASCADE
    """,
    "alert_events": """
        event_id bigint NOT NULL,
        transaction_id bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
        CONSTRAINT pk_alert_events PRIMARY KEY (event_id),
        CONSTRAINT fk_alert_events_event_id FOREIGN KEY (event_id) REFERENCES listing_events (id) ON DELETE CASCADE
    """,
    "alert_messages": """
        id bigint GENERATED ALWAYS AS IDENTITY,
        search_id bigint NOT NULL,
        subject text NOT NULL,
        plain text NOT NULL,
        html text NOT NULL,
        made_at timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT pk_alert_messages PRIMARY KEY (id),
        CONSTRAINT fk_alert_messages_search_id FOREIGN KEY (search_id) REFERENCES saved_searches (id)
            ON DELETE CASCADE
    """,
    "alert_matches": """
        id bigint GENERATED ALWAYS AS IDENTITY,
        search_id bigint NOT NULL,
        listing_id bigint NOT NULL,
        event_id bigint NOT NULL,
        kind text NOT NULL,
        field text NOT NULL,
        old jsonb,
        new jsonb,
        also_id bigint,
        seen_at timestamptz NOT NULL,
        made_at timestamptz DEFAULT now() NOT NULL,
        told_at timestamptz,
        message_id bigint,
        CONSTRAINT pk_alert_matches PRIMARY KEY (id),
        CONSTRAINT fk_alert_matches_search_id FOREIGN KEY (search_id) REFERENCES saved_searches (id)
            ON DELETE CASCADE,
        CONSTRAINT fk_alert_matches_listing_id FOREIGN KEY (listing_id) REFERENCES listings (id) ON DELETE CASCADE,
        CONSTRAINT fk_alert_matches_also_id FOREIGN KEY (also_id) REFERENCES listings (id) ON DELETE SET NULL,
        CONSTRAINT fk_alert_matches_message_id FOREIGN KEY (message_id) REFERENCES alert_messages (id)
            ON DELETE SET NULL,
        CONSTRAINT ck_alert_matches_kind CHECK (kind IN ('new', 'also', 'drop', 'back', 'status'))
    """,
    "alert_outbox": """
        id bigint GENERATED ALWAYS AS IDENTITY,
        message_id bigint NOT NULL,
        channel_id bigint NOT NULL,
        key uuid DEFAULT gen_random_uuid() NOT NULL,
        state text DEFAULT 'waiting' NOT NULL,
        attempts integer DEFAULT 0 NOT NULL,
        due_at timestamptz DEFAULT now() NOT NULL,
        answer text,
        finished_at timestamptz,
        CONSTRAINT pk_alert_outbox PRIMARY KEY (id),
        CONSTRAINT uq_alert_outbox_key UNIQUE (key),
        CONSTRAINT fk_alert_outbox_message_id FOREIGN KEY (message_id) REFERENCES alert_messages (id)
            ON DELETE CASCADE,
        CONSTRAINT fk_alert_outbox_channel_id FOREIGN KEY (channel_id) REFERENCES alert_channels (id)
            ON DELETE CASCADE,
        CONSTRAINT ck_alert_outbox_state CHECK (state IN ('waiting', 'sending', 'sent', 'dead', 'dropped'))
    """,
    "feed_links": """
        id bigint GENERATED ALWAYS AS IDENTITY,
        user_id bigint NOT NULL,
        search_id bigint,
        municipality_nis text,
        language text DEFAULT 'en' NOT NULL,
        hint text NOT NULL,
        sha256 bytea NOT NULL,
        created_at timestamptz DEFAULT now() NOT NULL,
        used_at timestamptz,
        revoked_at timestamptz,
        CONSTRAINT pk_feed_links PRIMARY KEY (id),
        CONSTRAINT uq_feed_links_sha256 UNIQUE (sha256),
        CONSTRAINT fk_feed_links_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT fk_feed_links_search_id FOREIGN KEY (search_id) REFERENCES saved_searches (id) ON DELETE CASCADE,
        CONSTRAINT ck_feed_links_language CHECK (language IN ('en', 'fr', 'nl')),
        CONSTRAINT ck_feed_links_subject CHECK ((search_id IS NULL) <> (municipality_nis IS NULL))
    """,
}

_INDEXES = (
    "CREATE INDEX ix_saved_searches_user_id ON saved_searches (user_id)",
    "CREATE INDEX ix_alert_channels_user_id ON alert_channels (user_id)",
    "CREATE INDEX ix_saved_search_channels_channel_id ON saved_search_channels (channel_id)",
    """CREATE UNIQUE INDEX ix_alert_matches_search_id_listing_id_event_id
       ON alert_matches (search_id, listing_id, event_id)""",
    "CREATE INDEX ix_alert_matches_listing_id ON alert_matches (listing_id)",
    "CREATE INDEX ix_alert_matches_message_id ON alert_matches (message_id)",
    "CREATE INDEX ix_alert_matches_search_id_made_at ON alert_matches (search_id, made_at)",
    "CREATE INDEX ix_alert_matches_untold ON alert_matches (search_id) WHERE told_at IS NULL",
    "CREATE INDEX ix_alert_messages_search_id_made_at ON alert_messages (search_id, made_at)",
    "CREATE UNIQUE INDEX ix_alert_outbox_message_id_channel_id ON alert_outbox (message_id, channel_id)",
    "CREATE INDEX ix_alert_outbox_channel_id ON alert_outbox (channel_id)",
    "CREATE INDEX ix_alert_outbox_open ON alert_outbox (due_at, id) WHERE state IN ('waiting', 'sending')",
    "CREATE INDEX ix_feed_links_user_id ON feed_links (user_id)",
    "CREATE INDEX ix_feed_links_search_id ON feed_links (search_id)",
)

# In the transaction of the event itself: what commits late is queued late, and nothing can be passed over.
# Corrections are not of the market. Without a saved search nothing is written.
_QUEUE = """
CREATE FUNCTION queue_alert_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO alert_events (event_id)
    SELECT id FROM after
    WHERE cause IN ('first', 'market') AND field IN ('listing', 'status', 'price_eur', 'price_min_eur')
        AND EXISTS (SELECT FROM saved_searches);
    RETURN NULL;
END $$
"""
_TRIGGER = """
CREATE TRIGGER searches_hear AFTER INSERT ON listing_events REFERENCING NEW TABLE AS after
FOR EACH STATEMENT EXECUTE FUNCTION queue_alert_events()
"""


def upgrade() -> None:
    for name, columns in _TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
    for statement in (*_INDEXES, _QUEUE, _TRIGGER):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER searches_hear ON listing_events")
    op.execute("DROP FUNCTION queue_alert_events()")
    for name in reversed(_TABLES):
        op.drop_table(name)
