"""What saved searches tell: each event of the market once, whatever order transactions commit in, and nothing else."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, text

from immobe.alerts.composing import tell
from immobe.market.properties import match
from immobe.storage.saved_searches import Wish, change_search, pause_search, resume_search, search_by_id
from tests.integration.alerting import HOUSE, Person, change, found, go, put, written

pytestmark = pytest.mark.integration
GHENT = "postal_code=9000&property_type=house&max_price_eur=400000"


@pytest.fixture
def person(engine: Engine) -> Person:
    return Person(engine)


def test_a_new_search_tells_nothing_of_what_is_there_already(engine: Engine, person: Person) -> None:
    person.keeps(GHENT)  # so that events are queued at all
    with engine.begin() as connection:
        put(connection, 1)
    search = person.keeps(GHENT)
    with engine.begin() as connection:
        put(connection, 2)
    assert found(engine, search) == [("new", "2")]


def test_only_what_fits_the_terms_is_told(engine: Engine, person: Person) -> None:
    search = person.keeps(GHENT)
    with engine.begin() as connection:
        put(connection, 1, postal_code="2000")
        put(connection, 2, price_eur=400_001)
        put(connection, 3, property_type="apartment")
        put(connection, 4, price_eur=400_000)
    assert found(engine, search) == [("new", "4")]


def test_an_advert_is_new_when_its_page_is_read_not_when_its_card_is_met(engine: Engine, person: Person) -> None:
    search = person.keeps(GHENT)
    card = {**dict.fromkeys(HOUSE), "stage": "discovered", "scraped_at": None}
    with engine.begin() as connection:
        listing = put(connection, 1, **card)
        change(connection, listing, scraped_at=None)
    assert found(engine, search) == []
    with engine.begin() as connection:
        change(connection, listing, **HOUSE, stage="scraped", scraped_at=datetime.now(UTC))
    assert found(engine, search) == [("new", "1")]


@pytest.mark.parametrize(("price", "told"), [(308_750, True), (309_000, False), (340_000, False)])
def test_a_price_that_fell_enough_is_told(engine: Engine, person: Person, price: int, told: bool) -> None:
    with engine.begin() as connection:
        listing = put(connection, 1)
    search = person.keeps(GHENT, price_drop_percent=Decimal(5))
    with engine.begin() as connection:
        change(connection, listing, price_eur=price)
    assert found(engine, search) == ([("drop", "1")] if told else [])


def test_another_kind_of_price_is_no_drop(engine: Engine, person: Person) -> None:
    with engine.begin() as connection:
        listing = put(connection, 1)
    search = person.keeps(GHENT)
    with engine.begin() as connection:
        change(connection, listing, price_eur=200_000, price_kind="starting_bid")
    assert found(engine, search) == []


def test_a_price_that_comes_within_the_bounds_makes_it_new(engine: Engine, person: Person) -> None:
    with engine.begin() as connection:
        listing = put(connection, 1, price_eur=401_000)
    search = person.keeps(GHENT)
    for price in (399_000, 402_000, 398_000):
        with engine.begin() as connection:
            change(connection, listing, price_eur=price)
    assert found(engine, search) == [("new", "1")], "once"


def test_what_became_of_an_advert_is_told_although_it_fits_no_longer(engine: Engine, person: Person) -> None:
    with engine.begin() as connection:
        listings = [put(connection, number) for number in range(1, 5)]
        elsewhere = put(connection, 5, postal_code="2000")
    search = person.keeps(f"{GHENT}&status=available")
    with engine.begin() as connection:
        change(connection, listings[0], status="under_option")
        change(connection, listings[1], status="sold")
        go(connection, listings[2])
        go(connection, elsewhere)
        change(connection, listings[3], status=None)
    assert found(engine, search) == [("status", "1"), ("status", "2"), ("status", "3")]


def test_back_on_the_market_is_told_once(engine: Engine, person: Person) -> None:
    with engine.begin() as connection:
        listing = put(connection, 1)
        go(connection, listing)
    search = person.keeps(GHENT)
    with engine.begin() as connection:
        change(connection, listing, stage="discovered")  # its card is met again
    assert found(engine, search) == []
    with engine.begin() as connection:
        change(connection, listing, stage="scraped", status="available")
    assert found(engine, search) == [("back", "1")]


def test_a_correction_of_ours_is_no_news(engine: Engine, person: Person) -> None:
    with engine.begin() as connection:
        listing = put(connection, 1)
    search = person.keeps(GHENT)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL immobe.cause = 'correction'"))
        change(connection, listing, price_eur=100_000, status="sold")
    assert found(engine, search) == []


def test_kinds_that_are_not_wanted_are_not_told(engine: Engine, person: Person) -> None:
    search = person.keeps(GHENT, kinds=("drop",))
    with engine.begin() as connection:
        listing = put(connection, 1)
        change(connection, listing, price_eur=200_000)
        change(connection, listing, status="sold")
    assert found(engine, search) == [("drop", "1")]


FACTS = {"street": "Lindelaan", "house_number": "12", "land_area_m2": 612, "construction_year": 1974,
         "epc_kwh_m2_year": 287}  # fmt: skip


@pytest.mark.parametrize("at_once", [True, False])
def test_another_advert_of_a_home_that_was_told_is_not_new(engine: Engine, person: Person, at_once: bool) -> None:
    search = person.keeps(GHENT)
    with engine.begin() as connection:
        put(connection, 1, **FACTS)
    if not at_once:
        assert found(engine, search) == [("new", "1")]
    with engine.begin() as connection:
        put(connection, 2, "zimmo", **FACTS)
        put(connection, 3, "zimmo", **FACTS | {"street": "Kerkstraat", "house_number": "4", "epc_kwh_m2_year": 99})
    assert found(engine, search) == [("new", "1"), ("also", "2"), ("new", "3")]


def test_another_advert_of_a_home_that_was_there_before_is_not_new(engine: Engine, person: Person) -> None:
    with engine.begin() as connection:
        put(connection, 1, **FACTS)
    match(engine)
    search = person.keeps(GHENT)
    with engine.begin() as connection:
        put(connection, 2, "zimmo", **FACTS)
    assert found(engine, search) == [("also", "2")]


def test_a_home_that_went_and_has_a_new_advert_is_back(engine: Engine, person: Person) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=30)
    with engine.begin() as connection:
        go(connection, put(connection, 1, seen=long_ago, **FACTS))
    match(engine)
    search = person.keeps(GHENT)
    with engine.begin() as connection:
        put(connection, 2, **FACTS)
    assert found(engine, search) == [("back", "2")]


def test_what_commits_late_is_told_and_what_is_rolled_back_is_not(engine: Engine, person: Person) -> None:
    """The transaction that began first, and has the lower numbers, commits last."""
    search = person.keeps(GHENT)
    with engine.connect() as early, engine.connect() as never, engine.begin() as late:
        put(early, 1)
        put(never, 2)
        put(late, 3)
        late.commit()
        assert found(engine, search) == [("new", "3")]
        early.commit()
        never.rollback()
    assert found(engine, search) == [("new", "3"), ("new", "1")]


def test_a_transaction_at_work_while_a_search_is_saved_is_told_to_it(engine: Engine, person: Person) -> None:
    person.keeps(GHENT)  # so that events are queued at all
    with engine.connect() as at_work, engine.begin() as done:
        put(at_work, 1)
        put(done, 2)
        done.commit()
        search = person.keeps(GHENT)
        at_work.commit()
    assert found(engine, search) == [("new", "1")]


def test_many_writers_and_lookers_tell_each_listing_exactly_once(engine: Engine, person: Person) -> None:
    search = person.keeps(GHENT)
    chance, writing = random.Random(7), threading.Event()
    writing.set()

    def write(first: int) -> None:
        for number in range(first, first + 25):
            with engine.connect() as connection:
                put(connection, number)
                if chance.random() < 0.3:
                    threading.Event().wait(chance.random() / 50)  # others commit first
                connection.commit() if number % 5 else connection.rollback()

    def look() -> None:
        while writing.is_set():
            tell(engine, written)

    writers = [threading.Thread(target=write, args=(first,)) for first in (100, 200, 300, 400)]
    lookers = [threading.Thread(target=look) for _ in range(2)]
    for thread in (*writers, *lookers):
        thread.start()
    for thread in writers:
        thread.join()
    writing.clear()
    for thread in lookers:
        thread.join()
    wanted = [str(number) for first in (100, 200, 300, 400) for number in range(first, first + 25) if number % 5]
    assert sorted(number for _, number in found(engine, search)) == wanted


def test_a_paused_search_tells_nothing_of_its_pause(engine: Engine, person: Person) -> None:
    search = person.keeps(GHENT)
    assert pause_search(engine, search.id)
    with engine.begin() as connection:
        put(connection, 1)
    assert resume_search(engine, search.id)
    with engine.begin() as connection:
        put(connection, 2)
    assert found(engine, search) == [("new", "2")]


def test_other_terms_begin_anew_and_another_name_does_not(engine: Engine, person: Person) -> None:
    search = person.keeps(GHENT)
    with engine.begin() as connection:
        put(connection, 1)
        put(connection, 2, postal_code="2000")
    assert change_search(engine, search.id, person.id, Wish(name="others", terms=GHENT))
    assert found(engine, search) == [("new", "1")]
    assert change_search(engine, search.id, person.id, Wish(name="others", terms="postal_code=2000"))
    changed = search_by_id(engine, search.id)
    assert changed is not None
    assert changed.since_at > search.since_at
    assert found(engine, search) == [("new", "1")], "the past of the other place is not told"


def test_terms_that_this_version_does_not_know_stop_nobody(engine: Engine, person: Person) -> None:
    person.keeps("colour=green")
    search = person.keeps(GHENT)
    with engine.begin() as connection:
        put(connection, 1)
    assert found(engine, search) == [("new", "1")]


def test_without_a_saved_search_no_event_is_queued(engine: Engine) -> None:
    with engine.begin() as connection:
        put(connection, 1)
        assert connection.execute(text("SELECT count(*) FROM alert_events")).scalar_one() == 0


def test_clearing_listings_takes_their_events_with_them(engine: Engine, person: Person) -> None:
    search = person.keeps(GHENT)
    with engine.begin() as connection:
        put(connection, 1)
        connection.execute(text("DELETE FROM listings"))
    assert found(engine, search) == []
