"""About and Settings, in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from immobe.config import Config
from immobe.platforms import PLATFORMS
from tests.e2e.visiting import LOOKS, Look, Visitor
from tests.integration.watchtower_service import Service


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_about_is_fit_to_be_seen(visitor: Visitor, look: Look) -> None:
    visitor.look(look)
    visitor.visit("/ui/about")
    visitor.check("about", look)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_settings_are_fit_to_be_seen(operator: Visitor, look: Look) -> None:
    operator.look(look)
    page = operator.visit("/ui/settings")
    page.evaluate("document.querySelectorAll('details.setting-group').forEach(group => group.open = true)")
    operator.check("settings", look)


def test_about_names_every_portal_with_its_hosts_and_evidence(visitor: Visitor) -> None:
    page = visitor.visit("/ui/about")
    cards = page.locator("#portals ~ .cards > li")
    expect(cards).to_have_count(len(PLATFORMS))
    for card, name in zip(cards.all(), sorted(PLATFORMS), strict=True):
        told = card.inner_text()
        assert all(host in told for host in PLATFORMS[name].hosts)
        assert PLATFORMS[name].evidence.value in told
    expect(page.locator("main")).to_contain_text("Immo-Be/0.1")


def test_settings_show_operators_everything_but_secrets(operator: Visitor, watchtower: Service) -> None:
    page = operator.visit("/ui/settings")
    told = page.locator("main").text_content() or ""
    assert all(f"{name.upper()} " in f"{told} " or name.upper() in told for name in Config.model_fields)
    for url in (watchtower.config.database_url, watchtower.config.redis_url):
        assert url is not None
        password = url.split("@")[0].rsplit(":", 1)[1]
        assert password not in page.content()
    row = page.locator(".setting", has_text="SCRAPYD_URL").first
    expect(row).to_contain_text("http://127.0.0.1:1")
    expect(row.locator(".badge")).to_have_text("set")


def test_settings_show_visitors_only_their_own(visitor: Visitor) -> None:
    page = visitor.visit("/ui/settings")
    assert "DATABASE_URL" not in page.content()
    page.get_by_role("main").get_by_role("link", name="Nederlands").click()
    expect(page.locator("h1")).to_have_text("Instellingen")
