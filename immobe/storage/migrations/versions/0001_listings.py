"""Listings, their payloads, and quarantine."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision: str | None = None

_LISTINGS = """
CREATE TABLE listings (
    id bigint GENERATED ALWAYS AS IDENTITY,
    stage text NOT NULL,
    first_seen_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    scraped_at timestamptz,
    rejected_at timestamptz,
    gone_at timestamptz,
    gone_evidence text,
    doubted jsonb DEFAULT '{}'::jsonb NOT NULL,
    correlation_id text,
    platform text NOT NULL,
    platform_listing_id text NOT NULL,
    url text NOT NULL,
    language text,
    listing_kind text DEFAULT 'single' NOT NULL,
    project_id text,
    external_reference text,
    transaction_type text,
    sale_method text,
    status text,
    price_eur numeric,
    price_kind text,
    price_min_eur numeric,
    price_max_eur numeric,
    previous_price_eur numeric,
    monthly_charges_eur numeric,
    annuity_lump_sum_eur numeric,
    annuity_monthly_eur numeric,
    subject_to_vat boolean,
    cadastral_income_eur integer,
    property_type text,
    property_subtype text,
    condition text,
    construction_year integer,
    facade_count integer,
    floor_count integer,
    floor integer,
    bedroom_count integer,
    bathroom_count integer,
    shower_room_count integer,
    toilet_count integer,
    room_count integer,
    living_area_m2 numeric,
    land_area_m2 numeric,
    garden_area_m2 numeric,
    terrace_area_m2 numeric,
    epc_label text,
    epc_kwh_m2_year integer,
    epc_reference text,
    e_level integer,
    co2_kg_m2_year numeric,
    renovation_obligation boolean,
    heating_type text,
    has_heat_pump boolean,
    has_solar_panels boolean,
    has_double_glazing boolean,
    flood_zone text,
    p_score text,
    g_score text,
    street text,
    house_number text,
    box text,
    postal_code text,
    locality text,
    municipality_nis text,
    province text,
    region text,
    latitude numeric,
    longitude numeric,
    location_precision text,
    has_garden boolean,
    has_terrace boolean,
    has_garage boolean,
    parking_count integer,
    has_lift boolean,
    has_swimming_pool boolean,
    is_furnished boolean,
    has_cellar boolean,
    seller_type text,
    seller_name text,
    seller_id text,
    seller_licence text,
    title jsonb DEFAULT '{}'::jsonb NOT NULL,
    description jsonb DEFAULT '{}'::jsonb NOT NULL,
    image_urls text[] DEFAULT '{}'::text[] NOT NULL,
    virtual_tour_url text,
    published_at timestamptz,
    modified_at timestamptz,
    available_from date,
    auction_ends_at timestamptz,
    missing jsonb DEFAULT '{}'::jsonb NOT NULL,
    raw jsonb DEFAULT '{}'::jsonb NOT NULL,
    mapper_version text,
    fetched_at timestamptz,
    CONSTRAINT pk_listings PRIMARY KEY (id),
    CONSTRAINT uq_listings_platform_platform_listing_id UNIQUE (platform, platform_listing_id),
    CONSTRAINT ck_listings_stage CHECK (stage IN ('discovered', 'scraped', 'rejected', 'failed', 'gone')),
    CONSTRAINT ck_listings_language CHECK (language IN ('fr', 'nl', 'en', 'de')),
    CONSTRAINT ck_listings_listing_kind CHECK (listing_kind IN ('single', 'project', 'unit')),
    CONSTRAINT ck_listings_transaction_type CHECK (transaction_type IN ('sale', 'rent')),
    CONSTRAINT ck_listings_sale_method CHECK (sale_method IN ('private_treaty', 'public_auction',
        'life_annuity')),
    CONSTRAINT ck_listings_status CHECK (status IN ('available', 'under_option', 'sold', 'rented',
        'withdrawn')),
    CONSTRAINT ck_listings_price_kind CHECK (price_kind IN ('asking', 'from', 'starting_bid', 'monthly_rent',
        'on_request')),
    CONSTRAINT ck_listings_property_type CHECK (property_type IN ('house', 'apartment', 'land', 'garage',
        'office', 'retail', 'industrial', 'other')),
    CONSTRAINT ck_listings_property_subtype CHECK (property_subtype IN ('house', 'villa', 'mansion',
        'town_house', 'bungalow', 'chalet', 'farmhouse', 'country_cottage', 'manor_house', 'pavilion', 'castle',
        'show_house', 'apartment_block', 'mixed_use_building', 'exceptional_property', 'apartment',
        'ground_floor', 'duplex', 'triplex', 'penthouse', 'loft', 'studio', 'service_flat', 'student_room',
        'building_land', 'agricultural_land', 'recreational_land', 'unbuildable_land', 'field', 'forest',
        'orchard', 'meadow', 'closed_garage', 'covered_parking_space', 'outdoor_parking_space', 'office',
        'office_block', 'commercial_premises', 'hotel', 'catering', 'warehouse', 'industrial_premises',
        'other')),
    CONSTRAINT ck_listings_condition CHECK (condition IN ('new', 'renovated', 'good', 'to_refresh',
        'to_renovate', 'to_restore', 'to_demolish', 'under_construction')),
    CONSTRAINT ck_listings_epc_label CHECK (epc_label IN ('A++', 'A+', 'A', 'B', 'C', 'D', 'E', 'F', 'G')),
    CONSTRAINT ck_listings_heating_type CHECK (heating_type IN ('gas', 'fuel_oil', 'electric', 'heat_pump',
        'pellet', 'wood', 'solar', 'coal', 'hot_air')),
    CONSTRAINT ck_listings_flood_zone CHECK (flood_zone IN ('none', 'possible', 'recognized', 'circumscribed',
        'circumscribed_waterside', 'possible_circumscribed', 'possible_circumscribed_waterside',
        'recognized_circumscribed', 'recognized_circumscribed_waterside')),
    CONSTRAINT ck_listings_p_score CHECK (p_score IN ('A', 'B', 'C', 'D')),
    CONSTRAINT ck_listings_g_score CHECK (g_score IN ('A', 'B', 'C', 'D')),
    CONSTRAINT ck_listings_region CHECK (region IN ('flanders', 'wallonia', 'brussels')),
    CONSTRAINT ck_listings_location_precision CHECK (location_precision IN ('exact', 'approximate',
        'municipality')),
    CONSTRAINT ck_listings_seller_type CHECK (seller_type IN ('agency', 'notary', 'developer', 'private'))
)
"""

_PAYLOADS = """
CREATE TABLE listing_payloads (
    listing_id bigint NOT NULL,
    payload bytea NOT NULL,
    sha256 bytea NOT NULL,
    mapper_version text NOT NULL,
    fetched_at timestamptz NOT NULL,
    CONSTRAINT pk_listing_payloads PRIMARY KEY (listing_id),
    CONSTRAINT fk_listing_payloads_listing_id FOREIGN KEY(listing_id) REFERENCES listings (id) ON DELETE CASCADE
)
"""

_QUARANTINE = """
CREATE TABLE quarantine (
    id bigint GENERATED ALWAYS AS IDENTITY,
    platform text NOT NULL,
    platform_listing_id text,
    url text NOT NULL,
    reasons text[] NOT NULL,
    payload bytea NOT NULL,
    payload_kind text NOT NULL,
    fingerprint bytea NOT NULL,
    correlation_id text,
    seen_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_quarantine PRIMARY KEY (id),
    CONSTRAINT ck_quarantine_payload_kind CHECK (payload_kind IN ('json', 'text')),
    CONSTRAINT uq_quarantine_fingerprint UNIQUE (fingerprint)
)
"""

_INDEXES = (
    "CREATE INDEX ix_listings_first_seen_at ON listings (first_seen_at)",
    "CREATE INDEX ix_listings_platform_last_seen_at ON listings (platform, last_seen_at)",
    "CREATE INDEX ix_listings_postal_code ON listings (postal_code)",
    "CREATE INDEX ix_listings_price_eur ON listings (price_eur)",
    "CREATE INDEX ix_listings_stage ON listings (stage)",
    "CREATE INDEX ix_quarantine_platform_platform_listing_id ON quarantine (platform, platform_listing_id)",
    "CREATE INDEX ix_quarantine_platform_seen_at ON quarantine (platform, seen_at)",
)


def upgrade() -> None:
    for statement in (_LISTINGS, _PAYLOADS, _QUARANTINE, *_INDEXES):
        op.execute(statement)


def downgrade() -> None:
    for table in ("quarantine", "listing_payloads", "listings"):
        op.drop_table(table)
