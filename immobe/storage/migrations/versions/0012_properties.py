"""One dwelling behind many adverts: properties, their listings, links with evidence, what persons said."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision: str | None = "0011"

_TABLES = (
    """
    CREATE TABLE properties (
        id bigint GENERATED ALWAYS AS IDENTITY,
        created_at timestamptz DEFAULT now() NOT NULL,
        merged_into bigint,
        CONSTRAINT pk_properties PRIMARY KEY (id),
        CONSTRAINT fk_properties_merged_into FOREIGN KEY (merged_into) REFERENCES properties (id)
    )
    """,
    """
    CREATE TABLE property_listings (
        listing_id bigint NOT NULL,
        property_id bigint NOT NULL,
        since timestamptz DEFAULT now() NOT NULL,
        scraped_at timestamptz,
        gone_at timestamptz,
        mapper_version text,
        CONSTRAINT pk_property_listings PRIMARY KEY (listing_id),
        CONSTRAINT fk_property_listings_listing_id FOREIGN KEY (listing_id) REFERENCES listings (id)
            ON DELETE CASCADE,
        CONSTRAINT fk_property_listings_property_id FOREIGN KEY (property_id) REFERENCES properties (id)
    )
    """,
    """
    CREATE TABLE property_links (
        listing_a bigint NOT NULL,
        listing_b bigint NOT NULL,
        score double precision NOT NULL,
        evidence jsonb NOT NULL,
        kind text NOT NULL,
        made_at timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT pk_property_links PRIMARY KEY (listing_a, listing_b),
        CONSTRAINT fk_property_links_listing_a FOREIGN KEY (listing_a) REFERENCES listings (id) ON DELETE CASCADE,
        CONSTRAINT fk_property_links_listing_b FOREIGN KEY (listing_b) REFERENCES listings (id) ON DELETE CASCADE,
        CONSTRAINT ck_property_links_order CHECK (listing_a < listing_b),
        CONSTRAINT ck_property_links_kind CHECK (kind IN ('cross_posted', 'doubled', 'relisted', 'returned'))
    )
    """,
    """
    CREATE TABLE property_verdicts (
        id bigint GENERATED ALWAYS AS IDENTITY,
        listing_a bigint NOT NULL,
        listing_b bigint NOT NULL,
        is_same boolean NOT NULL,
        note text,
        said_at timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT pk_property_verdicts PRIMARY KEY (id),
        CONSTRAINT fk_property_verdicts_listing_a FOREIGN KEY (listing_a) REFERENCES listings (id) ON DELETE CASCADE,
        CONSTRAINT fk_property_verdicts_listing_b FOREIGN KEY (listing_b) REFERENCES listings (id) ON DELETE CASCADE,
        CONSTRAINT ck_property_verdicts_order CHECK (listing_a < listing_b)
    )
    """,
)
_INDEXES = (
    "CREATE INDEX ix_property_listings_property_id ON property_listings (property_id)",
    "CREATE INDEX ix_property_links_listing_b ON property_links (listing_b)",
    "CREATE INDEX ix_property_verdicts_listing_a_listing_b_id ON property_verdicts (listing_a, listing_b, id)",
    "CREATE INDEX ix_property_verdicts_listing_b ON property_verdicts (listing_b)",
    """CREATE INDEX ix_listings_matched ON listings (postal_code, property_type, transaction_type)
       WHERE scraped_at IS NOT NULL""",
    "CREATE INDEX ix_listings_epc_reference ON listings (epc_reference) WHERE epc_reference IS NOT NULL",
    """CREATE INDEX ix_listings_external_reference ON listings (external_reference)
       WHERE external_reference IS NOT NULL""",
)


def upgrade() -> None:
    for statement in (*_TABLES, *_INDEXES):
        op.execute(statement)


def downgrade() -> None:
    for table in ("property_verdicts", "property_links", "property_listings", "properties"):
        op.drop_table(table)
    for name in ("ix_listings_matched", "ix_listings_epc_reference", "ix_listings_external_reference"):
        op.drop_index(name, "listings")
