"""The fixtures that every other integration test stands on."""

from __future__ import annotations

import psycopg2
import pytest
import redis
from sqlalchemy import create_engine, inspect, text

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_has_an_empty_database(database_url: str, turn: int) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == []
        connection.execute(text("CREATE TABLE leftover (turn integer)"))
    engine.dispose()


def test_the_database_is_dropped_even_while_connected(database_url: str) -> None:
    connection = psycopg2.connect(database_url.replace("+psycopg2", ""))
    assert connection.closed == 0  # left open on purpose: dropping must not wait for it


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_has_an_empty_redis(redis_url: str, turn: int) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("leftover", turn)
