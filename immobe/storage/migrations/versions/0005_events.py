"""The history of listings, written by triggers: no writer can forget it, and none can rewrite it."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision: str | None = "0004"

# What makes an advert another offer. Texts, pictures and points on a map are no events: portals touch them daily.
_MATERIAL = (
    "status", "price_eur", "price_kind", "price_min_eur", "price_max_eur", "monthly_charges_eur",
    "annuity_lump_sum_eur", "annuity_monthly_eur", "transaction_type", "sale_method", "property_type",
    "property_subtype", "condition", "construction_year", "bedroom_count", "bathroom_count", "living_area_m2",
    "land_area_m2", "epc_label", "epc_kwh_m2_year", "street", "house_number", "box", "postal_code", "locality",
    "seller_name", "seller_id", "external_reference", "auction_ends_at", "available_from",
)  # fmt: skip
# What a history begins with, beside the moment the advert was met.
_FIRST = ("status", "price_eur", "price_min_eur", "price_max_eur", "annuity_lump_sum_eur", "annuity_monthly_eur",
          "monthly_charges_eur")  # fmt: skip

_TABLE = """
CREATE TABLE listing_events (
    id bigint GENERATED ALWAYS AS IDENTITY,
    listing_id bigint NOT NULL,
    field text NOT NULL,
    old jsonb,
    new jsonb,
    seen_at timestamptz NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    cause text NOT NULL,
    run_id text,
    CONSTRAINT pk_listing_events PRIMARY KEY (id),
    CONSTRAINT fk_listing_events_listing_id FOREIGN KEY (listing_id) REFERENCES listings (id)
        ON DELETE CASCADE,
    CONSTRAINT ck_listing_events_cause CHECK (cause IN ('first', 'market', 'correction'))
)
"""

_INDEXES = (
    "CREATE INDEX ix_listing_events_listing_id_seen_at ON listing_events (listing_id, seen_at)",
    "CREATE INDEX ix_listing_events_field_seen_at ON listing_events (field, seen_at)",
)


def _pairs(fields: tuple[str, ...], old: str) -> str:
    return ", ".join(f"('{name}', {old.format(name=name)}, to_jsonb(n.{name}))" for name in fields)


def _tuple(alias: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in _MATERIAL)


_AFTER_INSERT = f"""
CREATE FUNCTION record_new_listings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO listing_events (listing_id, field, old, new, seen_at, cause, run_id)
    SELECT n.id, f.field, NULL, f.new, n.first_seen_at, 'first', nullif(current_setting('immobe.run', true), '')
    FROM after n CROSS JOIN LATERAL (
        VALUES ('listing', NULL::jsonb, to_jsonb('listed'::text)), {_pairs(_FIRST, "NULL")}
    ) AS f (field, old, new)
    WHERE n.stage <> 'gone' AND f.new IS NOT NULL
        AND (f.field = 'listing' OR n.scraped_at IS NOT NULL);
    RETURN NULL;
END $$
"""  # noqa: S608 - the names are those above

# A row that was never scraped knows nothing that could have changed: its first page begins the history.
_AFTER_UPDATE = f"""
CREATE FUNCTION record_changed_listings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    what text := coalesce(nullif(current_setting('immobe.cause', true), ''), 'market');
    run text := nullif(current_setting('immobe.run', true), '');
BEGIN
    INSERT INTO listing_events (listing_id, field, old, new, seen_at, cause, run_id)
    SELECT n.id, f.field, f.old, f.new,
        CASE WHEN n.gone_at IS DISTINCT FROM o.gone_at THEN n.gone_at ELSE n.scraped_at END, what, run
    FROM before o JOIN after n ON n.id = o.id
    CROSS JOIN LATERAL (VALUES {_pairs(_MATERIAL, "to_jsonb(o.{name})")}) AS f (field, old, new)
    WHERE o.scraped_at IS NOT NULL AND ({_tuple("o")}) IS DISTINCT FROM ({_tuple("n")})
        AND f.old IS DISTINCT FROM f.new
    UNION ALL
    SELECT n.id, f.field, NULL, f.new, n.scraped_at, 'first', run
    FROM before o JOIN after n ON n.id = o.id
    CROSS JOIN LATERAL (VALUES {_pairs(_FIRST, "NULL")}) AS f (field, old, new)
    WHERE o.scraped_at IS NULL AND n.scraped_at IS NOT NULL AND f.new IS NOT NULL
    UNION ALL
    SELECT n.id, 'listing', to_jsonb(f.old), to_jsonb(f.new), f.seen_at, what, run
    FROM before o JOIN after n ON n.id = o.id
    CROSS JOIN LATERAL (VALUES
        (CASE WHEN o.stage = 'gone' THEN 'gone' ELSE 'listed' END,
         CASE WHEN n.stage = 'gone' THEN 'gone' ELSE 'listed' END,
         CASE WHEN n.stage = 'gone' THEN n.gone_at ELSE greatest(n.last_seen_at, n.scraped_at) END)
    ) AS f (old, new, seen_at)
    WHERE f.old <> f.new;
    RETURN NULL;
END $$
"""  # noqa: S608 - likewise

_NEVER = """
CREATE FUNCTION refuse_to_rewrite_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'listing_events is append-only';
END $$
"""

_TRIGGERS = (
    """CREATE TRIGGER listing_is_new AFTER INSERT ON listings REFERENCING NEW TABLE AS after
       FOR EACH STATEMENT EXECUTE FUNCTION record_new_listings()""",
    """CREATE TRIGGER listing_has_changed AFTER UPDATE ON listings REFERENCING OLD TABLE AS before NEW TABLE AS after
       FOR EACH STATEMENT EXECUTE FUNCTION record_changed_listings()""",
    """CREATE TRIGGER history_stays BEFORE UPDATE ON listing_events
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite_history()""",
)


def upgrade() -> None:
    for statement in (_TABLE, *_INDEXES, _AFTER_INSERT, _AFTER_UPDATE, _NEVER, *_TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    for trigger in ("listing_is_new", "listing_has_changed"):
        op.execute(f"DROP TRIGGER {trigger} ON listings")
    op.drop_table("listing_events")
    for function in ("record_new_listings", "record_changed_listings", "refuse_to_rewrite_history"):
        op.execute(f"DROP FUNCTION {function}()")
