"""The frame of every page: sign-in, menus, languages, colours, keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.visiting import LOOKS, Look, Visitor
from tests.integration.watchtower_service import OTHER_NAME, PASSWORD


@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize("name", ["sign-in", "account", "nowhere"])
def test_pages_are_fit_to_be_seen(operator: Visitor, name: str, look: Look) -> None:
    operator.expected_statuses = {404}
    operator.look(look)
    operator.visit(f"/ui/{name}")
    operator.check(name, look)


def test_language_and_colours_are_chosen_in_the_menu(visitor: Visitor) -> None:
    page = visitor.visit("/ui/sign-in?next=%2Fui%2Flistings")
    page.locator("[data-menu] summary").click()
    page.get_by_role("link", name="Nederlands").click()
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    assert "next=%2Fui%2Flistings" in page.url
    page.locator("[data-menu] summary").click()
    page.get_by_role("link", name="Donker").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_keys(visitor: Visitor) -> None:
    page = visitor.visit("/ui/sign-in")
    page.locator("main").focus()
    page.keyboard.press("/")
    expect(page.locator("#quick-search")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_it_says_when_there_is_no_connection(visitor: Visitor) -> None:
    page = visitor.visit("/ui/sign-in")
    visitor.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    visitor.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()


def test_signing_in_and_out(visitor: Visitor) -> None:
    visitor.sign_in(OTHER_NAME, PASSWORD)
    page = visitor.visit("/ui/account")
    page.locator("[data-menu] summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/ui/sign-in")
    expect(page.locator("main button")).to_have_text("Sign in")
