"""The cockpit in a browser: what it shows of real troubles, and every action against a real queue and database."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Route, expect
from redis import Redis

from immobe.crawling.keys import queue_of
from immobe.crawling.leases_dead import DeadLetters
from immobe.embedded import ServiceUrls
from immobe.observability.condition import KINDS
from immobe.watchtower.pages.operations_words import CONDITIONS
from tests.e2e.operating import ask, troubled_service
from tests.e2e.troubled import DEAD_URL, REFUSED_URL, bury
from tests.e2e.visiting import LOOKS, PATIENCE_MS, Look, Visitor
from tests.integration.watchtower_service import NAME, PASSWORD, Service, serving, until

PAGES = ("", "/actions", "/runs", "/queue", "/quarantine", "/quarantine/2", "/monitors", "/schedule", "/audit")


PRESSED_TWICE = """button => new Promise((told) => {
    let sent = 0;
    button.form.addEventListener("submit", () => sent++);
    for (const press of [1, 2]) button.form.requestSubmit(button);
    setTimeout(() => told([sent, button.disabled]));
})"""


@pytest.fixture(scope="module")
def running(services: ServiceUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Looked at, and changed only where a test says what it needs anew."""
    with troubled_service(services, tmp_path_factory.mktemp("operations"), 300) as service:
        yield service


@pytest.fixture(scope="module")
def cookies(chromium: Chromium, running: Service) -> list[Any]:
    return Visitor.signed_in(chromium, running.url, NAME, PASSWORD)


@pytest.fixture
def reader(chromium: Chromium, running: Service) -> Iterator[Visitor]:
    with Visitor.at(chromium, running.url) as visitor:
        yield visitor


@pytest.fixture
def boss(reader: Visitor, cookies: list[Any]) -> Visitor:
    """Signed in."""
    reader.context.add_cookies(cookies)
    return reader


@pytest.fixture
def redis(running: Service) -> Iterator[Redis]:
    """With limits that begin anew."""
    with Redis.from_url(running.config.redis_url or "") as client:
        for key in client.scan_iter("*immobe:limits*"):
            client.delete(key)
        yield client


def act(page: Page, heading: str) -> Any:
    """The card of an action."""
    return page.locator("section.action", has=page.get_by_role("heading", name=heading))


@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize("path", PAGES)
def test_pages_are_fit_to_be_seen(boss: Visitor, path: str, look: Look) -> None:
    boss.look(look)
    boss.visit(f"/ui/operations{path}")
    boss.check(f"operations{path.replace('/', '-')}", look)


@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize("path", ["", "/actions", "/queue", "/audit"])
def test_pages_are_fit_for_readers(reader: Visitor, path: str, look: Look) -> None:
    reader.look(look)
    reader.visit(f"/ui/operations{path}")
    reader.check(f"operations{path.replace('/', '-')}-reader", look)


def test_every_condition_has_words() -> None:
    assert {kind.name for kind in KINDS} == set(CONDITIONS)


def test_the_cockpit_says_what_is_wrong_first(reader: Visitor) -> None:
    page = reader.visit("/ui/operations")
    expect(page.locator(".condition.critical", has_text="Pages read otherwise than usual")).to_contain_text("Immovlan")
    expect(page.locator(".condition", has_text="A portal blocks us")).to_contain_text("Realo")
    expect(page.locator("tr#realo")).to_contain_text("blocked")
    expect(page.locator("tr#immoweb td").last).to_have_text("1")


def test_it_refreshes_itself_and_leaves_the_focus(reader: Visitor, redis: Redis) -> None:
    page = reader.visit("/ui/operations")
    page.locator("#to-zimmo").focus()
    bury(redis, DEAD_URL + "1")
    expect(page.locator("tr#immoweb td").last).to_have_text("2", timeout=PATIENCE_MS)
    expect(page.locator("#to-zimmo")).to_be_focused()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on")).to_have_attribute("aria-pressed", "true")
    letters = DeadLetters(queue_of(redis, "immoweb"))
    letters.drop([letters.page(0, 1)[0].id])
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("tr#immoweb td").last).to_have_text("1", timeout=PATIENCE_MS)


def test_readers_may_only_look(reader: Visitor, running: Service) -> None:
    page = reader.visit("/ui/operations/actions")
    expect(page.get_by_role("button", name="Read it")).to_be_disabled()
    expect(page.get_by_role("button", name="Delete them")).to_be_disabled()
    assert NAME not in reader.visit("/ui/operations/audit").locator("main").inner_text()
    client = running.browser().client
    for path in ("queue/immoweb/requeue", "quarantine/1/retry", "monitors/1/accept", "monitors/restore"):
        answer = client.post(f"/ui/operations/{path}", data={"every": "true", "run": "f" * 32})
        assert answer.status_code == 401, path
    assert ask(running, "SELECT count(*) FROM audit_log WHERE action <> 'sign-in'") == [0]


def test_a_form_of_another_session_changes_nothing(running: Service) -> None:
    browser = running.signed_in()
    answer = browser.client.post("/ui/operations/queue/immoweb/drop", data={"every": "true", "csrf_token": "x"})
    assert answer.status_code == 403


def test_a_dead_letter_is_queued_again(boss: Visitor, redis: Redis) -> None:
    page = boss.visit("/ui/operations/queue?platform=immoweb")
    page.get_by_role("checkbox", name=DEAD_URL, exact=True).check()
    page.get_by_role("button", name="Queue the chosen again").click()
    expect(page.get_by_role("status").first).to_contain_text("1 dead letter is queued again.")
    queue = queue_of(redis, "immoweb")
    [claimed] = queue.claim("me", 1, 60_000, 5).claimed
    assert json.loads(claimed.payload)["url"] == DEAD_URL
    queue.release("me", [claimed.id])
    queue.claim("me", 5, 60_000, 5)


def test_dead_letters_are_dropped_after_a_question(boss: Visitor, redis: Redis) -> None:
    bury(redis, DEAD_URL + "2")
    page = boss.visit("/ui/operations/queue?platform=immoweb")
    page.get_by_role("checkbox", name=DEAD_URL + "2", exact=True).check()
    page.get_by_text("Drop the chosen…").click()
    page.get_by_role("button", name="Drop them").click()
    expect(page.get_by_role("status").first).to_contain_text("1 dead letter is dropped.")
    expect(page.locator("body")).not_to_contain_text(DEAD_URL + "2")


def test_a_refused_object_is_tried_again_and_says_why_it_still_is(boss: Visitor) -> None:
    page = boss.visit("/ui/operations/quarantine?reason=postal_code")
    page.locator("#records a").first.click()
    expect(page.locator("pre")).to_contain_text('"price": 250000')
    page.get_by_role("button", name="Try it again").click()
    expect(page.get_by_role("alert")).to_contain_text("Still refused")


def test_a_refused_page_is_shown_as_text_and_queued(boss: Visitor, redis: Redis) -> None:
    page = boss.visit("/ui/operations/quarantine/2")
    expect(page.locator("pre")).to_contain_text("<script>alert(1)</script>")
    page.get_by_role("button", name="Try it again").click()
    expect(page.get_by_role("status").first).to_contain_text("queued to be fetched again")
    [pushed] = redis.lrange("immoweb:start_urls", 0, -1)
    assert json.loads(pushed)["url"] == REFUSED_URL
    redis.delete("immoweb:start_urls")


def test_an_alert_is_accepted(boss: Visitor, running: Service) -> None:
    page = boss.visit("/ui/operations/monitors")
    alert = page.locator(".alert", has_text="first_seen_at")
    alert.get_by_text("It is right so…").click()
    alert.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("status").first).to_contain_text("Accepted")
    assert ask(running, "SELECT field FROM alerts WHERE accepted_at IS NOT NULL") == ["first_seen_at"]
    page.get_by_role("link", name="also those that are over").click()
    expect(page.locator(".alert", has_text="first_seen_at")).to_contain_text("accepted")


def test_scouts_that_cannot_start_are_told_so(boss: Visitor, redis: Redis) -> None:
    """There is no Scrapyd at its address."""
    boss.expected_statuses = {503}
    page = boss.visit("/ui/operations/actions")
    card = act(page, "Run scouts")
    card.get_by_text("Trevi").click()
    card.locator("summary").click()
    card.get_by_role("button", name="Start").click()
    expect(card.get_by_role("alert")).to_contain_text("A service is down")


def test_a_confirmation_that_is_pressed_twice_counts_once(boss: Visitor, redis: Redis) -> None:
    """By htmx, whose button can be pressed again when there is an answer; and by a form that leads to another page."""
    page = boss.visit("/ui/operations/actions")
    held: list[Route] = []
    page.route("**/ui/run-scouts", lambda route: held.append(route))
    card = act(page, "Run scouts")
    card.locator("summary").click()
    start = card.get_by_role("button", name="Start")
    start.dblclick()
    expect(start).to_be_disabled()
    assert len(held) == 1
    held.pop().fulfill(body="<p>Ordered.</p>", content_type="text/html")
    expect(card.locator(".outcome")).to_have_text("Ordered.")
    expect(start).to_be_enabled()
    page = boss.visit("/ui/operations/monitors")
    page.route("**/ui/operations/monitors/**", lambda route: held.append(route))
    accept = page.locator("form[action$='/accept'] button").first
    with page.expect_request("**/accept"):
        assert accept.evaluate(PRESSED_TWICE) == [1, True]
    held.pop().fulfill(status=204)


def test_a_listing_is_read_at_once_and_followed(boss: Visitor, redis: Redis, running: Service) -> None:
    page = boss.visit(f"/ui/operations/actions?url={DEAD_URL}9")
    card = act(page, "Read one advert now")
    card.get_by_role("button", name="Read it").click()
    expect(card.locator(".came")).to_contain_text("It waits for a crawl to take it.")
    [pushed] = redis.lrange("immoweb:start_urls", 0, -1)
    redis.lrem("immoweb:start_urls", 1, pushed)
    expect(card.locator(".came")).to_contain_text("A crawl has it")
    ask(running, "INSERT INTO listings (platform, platform_listing_id, url, stage, first_seen_at, last_seen_at,"
                 f" gone_at, gone_evidence) VALUES ('immoweb', '208206139', '{DEAD_URL}9', 'gone', now(), now(),"
                 " now(), 'http_404')")  # fmt: skip
    expect(card.locator(".came")).to_contain_text("The portal has it no more.")
    expect(card.locator(".came progress")).to_have_count(0)


def test_an_unknown_address_is_refused_beside_the_form(boss: Visitor, redis: Redis) -> None:
    boss.expected_statuses = {422}
    page = boss.visit("/ui/operations/actions?url=https://example.org/x")
    card = act(page, "Read one advert now")
    card.get_by_role("button", name="Read it").click()
    expect(card.get_by_role("alert")).to_contain_text("Unusable input")


def test_clearing_takes_the_words_and_really_clears(boss: Visitor, redis: Redis, running: Service) -> None:
    boss.expected_statuses = {409, 429}
    [held] = ask(running, "SELECT count(*) FROM listings WHERE platform = 'trevi'")
    page = boss.visit("/ui/operations/actions?clear=trevi")
    card = act(page, "Clear listings")
    expect(card.locator(".note")).to_contain_text(f"{held} advert")
    card.locator("input[name=confirm]").fill("clear listings")
    card.get_by_role("button", name="Delete them").click()
    expect(card.get_by_role("alert")).to_contain_text("clear listings of trevi")
    assert ask(running, "SELECT count(*) FROM listings WHERE platform = 'trevi'") == [held]
    card.locator("input[name=confirm]").fill("clear listings of trevi")
    card.get_by_role("button", name="Delete them").click()
    expect(card.locator(".came")).to_contain_text(f"{held} advert")
    assert ask(running, "SELECT count(*) FROM listings WHERE platform = 'trevi'") == [0]
    assert ask(running, "SELECT count(*) > 0 FROM listings") == [True]
    card.get_by_role("button", name="Delete them").click()
    expect(card.get_by_role("alert")).to_contain_text(re.compile("as often as is allowed for now. Again in .*, at "))


def test_actions_work_without_scripts(chromium: Chromium, running: Service, cookies: list[Any], redis: Redis) -> None:
    context = chromium.new_context(base_url=running.url, java_script_enabled=False, locale="en-BE")
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(f"/ui/operations/actions?url={DEAD_URL}7")
    page.get_by_role("button", name="Read it").click()
    expect(page.locator(".came")).to_contain_text("It waits for a crawl to take it.")
    page.goto("/ui/operations/actions?clear=biddit")
    page.locator("input[name=confirm]").fill("clear listings of biddit")
    page.get_by_role("button", name="Delete them").click()
    expect(page.locator("h1")).to_have_text("Clear listings")
    expect(page.locator(".came")).to_contain_text("deleted")
    assert ask(running, "SELECT count(*) FROM listings WHERE platform = 'biddit'") == [0]
    redis.delete("immoweb:start_urls")
    context.close()


def test_what_was_done_is_in_the_log(boss: Visitor) -> None:
    page = boss.visit("/ui/operations/audit?action=clear-listings")
    expect(page.locator("#log tr").first).to_contain_text("user:ada")
    page.get_by_label("Action").select_option("sign-in")
    expect(page).to_have_url(re.compile("action=sign-in"))


def test_without_redis_the_cockpit_still_says_what_is_wrong(
    chromium: Chromium, running: Service, tmp_path: Path
) -> None:
    down = serving(running.database_url, "redis://127.0.0.1:1/0", tmp_path, scrapyd_url="http://127.0.0.1:1")
    with down as service, Visitor.at(chromium, service.url) as visitor:
        page = visitor.visit("/ui/operations")
        expect(page.locator(".condition").first).to_contain_text("Redis does not answer")
        expect(page.locator("tr#immoweb")).to_be_visible()
        until(lambda: service.app.state.backend.breaker.state.name == "OPEN", "the breaker opens")  # type: ignore[union-attr]
        page = visitor.visit("/ui/operations/queue")
        expect(page.locator("main")).to_contain_text("open")
