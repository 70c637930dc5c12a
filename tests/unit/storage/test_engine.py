"""Limits of every session come from the configuration."""

import pytest
from sqlalchemy import QueuePool

from immobe.config import load_config
from immobe.storage.engine import _session_options, make_engine

URL = "postgresql+psycopg2://user:secret@localhost/immobe"


def test_the_pool_follows_the_configuration() -> None:
    config = load_config(env_file=None, database_pool_size=3, database_max_overflow=2, database_pool_timeout=1.5)
    pool = make_engine(config, URL).pool
    assert isinstance(pool, QueuePool)
    assert pool.size() == 3
    assert pool.timeout() == 1.5


@pytest.mark.parametrize("given", ["", "-c search_path=other"])
def test_session_options_keep_those_of_the_url(given: str) -> None:
    options = _session_options(load_config(env_file=None, database_statement_timeout=4), given)
    assert options.startswith(given)
    assert "-c timezone=UTC -c statement_timeout=4000 -c lock_timeout=2000" in options
