"""Saved searches, channels and feeds, as a person uses them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine

from immobe.alerts.channels import mask_of
from immobe.alerts.composing import tell
from immobe.alerts.sealing import Seal
from immobe.alerts.sending import Sender
from immobe.alerts.testing import fire
from immobe.config import load_config
from immobe.storage import feed_links
from immobe.storage.alert_channels import add_channel
from immobe.storage.engine import make_engine
from immobe.storage.saved_searches import Wish, add_search, searches_of
from immobe.storage.users import user_named
from immobe.watchtower.alert_letters import Letters
from immobe.watchtower.security.signing import secret_key
from tests.e2e.visiting import LOOKS, Look, Visitor
from tests.integration.alert_receivers import Receiver, webhook
from tests.integration.alerting import change, put
from tests.integration.watchtower_service import NAME, Service


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with webhook() as receiver:
        yield receiver


@pytest.fixture
def market(watchtower: Service) -> Iterator[Engine]:
    engine = make_engine(load_config(None), watchtower.database_url)
    yield engine
    engine.dispose()


def save(operator: Visitor, name: str, terms: str = "postal_code=9000&max_price_eur=400000") -> None:
    page = operator.visit(f"/ui/saved?{terms}&sort=price_eur")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(lambda url: "/ui/saved/" in url)


def test_a_search_is_saved_finds_is_paused_and_deleted(operator: Visitor, market: Engine) -> None:
    save(operator, "Ghent")
    page = operator.page
    expect(page.locator("h1")).to_have_text("Ghent")
    expect(page.locator(".terms").first).to_contain_text("at most 400.000")
    expect(page.get_by_text("Nothing yet")).to_be_visible()
    with market.begin() as connection:
        listing = put(connection, "saved-1")
    page.get_by_role("button", name="Look now").click()
    telling = page.locator(".telling").first
    expect(telling).to_contain_text("New listing")
    expect(telling).to_contain_text("since your last visit")
    expect(telling.get_by_role("link")).to_have_attribute("href", "/ui/listings/immoweb/saved-1")
    page.reload()
    expect(page.get_by_text("since your last visit")).to_have_count(0)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused since")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    with market.begin() as connection:
        change(connection, listing, price_eur=299_000)
    page.get_by_role("button", name="Look now").click()
    expect(page.locator(".telling").first).to_contain_text("Price down 8%")
    page.get_by_text("Delete the search").first.click()
    page.get_by_role("button", name="Delete the search").click()
    page.wait_for_url("**/ui/saved")
    expect(page.get_by_role("link", name="Ghent", exact=True)).to_have_count(0)


def test_a_search_is_edited(operator: Visitor) -> None:
    save(operator, "To edit")
    page = operator.page
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Price drops from").fill("7.5")
    page.get_by_label("How often").select_option("daily")
    page.get_by_label("Quiet from").fill("22:00")
    operator.expected_statuses = {422}
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Quiet hours need a beginning and an end.")
    page.get_by_label("Quiet until").fill("07:30")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("aside")).to_contain_text("Once a day, 08:00")
    expect(page.locator("aside")).to_contain_text("from 7,5%")
    expect(page.locator("aside")).to_contain_text("22:00 – 07:30")


def test_a_channel_is_added_fired_and_never_shown_again(operator: Visitor, hook: Receiver) -> None:
    page = operator.visit("/ui/channels")
    page.get_by_label("Name").fill("My hook")
    page.get_by_label("Address").fill("nothing://at-all")
    operator.expected_statuses = {422}
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert "at-all" not in page.content()
    page.get_by_label("Name").fill("My hook")
    page.get_by_label("Address").fill(hook.url)
    page.get_by_role("button", name="Add").click()
    expect(page.locator("code", has_text="json://127.0.0.1")).to_be_visible()
    page.get_by_role("button", name="Send a test").first.click()
    expect(page.locator(".answer").first).to_contain_text("ok")
    assert "a-secret-path" not in page.content()
    assert [post.subject for post in hook.got] == ["Immo-Bé: a test"]
    hook.refuse = lambda: 500
    page.get_by_role("button", name="Send a test").first.click()
    expect(page.locator(".answer").first).to_contain_text("failed")


def test_a_feed_is_shown_once_and_revoked(operator: Visitor) -> None:
    page = operator.visit("/ui/feeds")
    page.get_by_label("Name or REFNIS code").fill("Gand")
    page.get_by_role("button", name="Make a feed").last.click()
    address = page.locator("[role=status] code").first.inner_text()
    path = "/feeds/" + address.split("/feeds/")[1]
    assert page.request.get(path).status == 200
    page.reload()
    expect(page.locator("[role=status] code")).to_have_count(0)
    expect(page.get_by_role("button", name="Revoke")).to_have_count(1)
    page.get_by_role("button", name="Revoke").last.click()
    page.wait_for_url("**/ui/feeds")
    assert page.request.get(path).status == 404
    assert address not in page.content()


def test_whoever_has_a_message_may_pause_its_search(operator: Visitor, watchtower: Service, market: Engine) -> None:
    save(operator, "By link")
    [search] = [search for search in searches_of(market) if search.name == "By link"]
    token = Seal(secret_key(watchtower.config)).link_token(search.id)
    operator.context.clear_cookies()  # somebody who is not signed in
    page = operator.visit(f"/alerts/{token}")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status").first).to_contain_text("It is paused.")
    [search] = [search for search in searches_of(market) if search.name == "By link"]
    assert search.paused_at is not None


@pytest.fixture(scope="module")
def furnished(watchtower: Service) -> Iterator[int]:
    """A search of the operator's that has found something and told it, through a channel that was tested; its number.

    Not through the pages: how often one may save something is limited.
    """
    engine, seal = make_engine(load_config(None), watchtower.database_url), Seal(secret_key(watchtower.config))
    user = user_named(engine, NAME)
    assert user is not None
    letters = Letters("http://127.0.0.1:8000", seal)
    with webhook() as hook:
        secret = seal.closed(hook.url)
        channel = add_channel(engine, user.id, "My hook", "json", mask_of(hook.url), secret)
        fire(engine, seal, channel, secret, letters.test("en"))
        terms = "property_type=house&postal_code=9000&max_price_eur=400000"
        wish = Wish(name="Houses in Ghent under € 400.000", terms=terms, channel_ids=(channel,))
        search = add_search(engine, user.id, wish)
        feed_links.add_link(engine, user.id, b"f" * 32, "3f2a90aa", "en", municipality_nis="44021")
        with engine.begin() as connection:
            listing = put(connection, "furnished")
            change(connection, listing, price_eur=299_000)
        tell(engine, letters.write)
        Sender(engine, seal, letters.end_url, 3, 1, 1).send_due()
    yield search
    engine.dispose()


@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize("name", ["saved", "channels", "feeds", "saved-new", "saved-one"])
def test_pages_are_fit_to_be_seen(operator: Visitor, furnished: int, name: str, look: Look) -> None:
    operator.look(look)
    paths = {
        "saved-new": "/ui/saved?postal_code=9000&property_type=house&min_bedroom_count=3",
        "saved-one": f"/ui/saved/{furnished}",
    }
    operator.visit(paths.get(name, f"/ui/{name}"))
    operator.check(name, look)
