"""Pages in three languages: numbers, dates, and nothing unescaped or unnoticed."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from jinja2 import Environment, UndefinedError
from starlette.requests import Request

from immobe.watchtower import rendering
from immobe.watchtower.languages import LOCALES, language_of, texts
from immobe.watchtower.problems import wants_page


def environment(language: str) -> Environment:
    return rendering._environment(language)


def request(query: str = "", **headers: str) -> Request:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "query_string": query.encode(), "headers": named})


@pytest.mark.parametrize("language", LOCALES)
def test_portal_text_is_escaped(language: str) -> None:
    page = environment(language).from_string("<p title='{{ text }}'>{{ text }}</p>")
    shown = page.render(text="""<script>alert("x")</script>' onclick='x""")
    assert "<script" not in shown
    assert "' onclick" not in shown


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment("en").from_string("{{ nothing }}").render()


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("nl", "€ 295.000|1.234,5|24 nov 2026|24/11/2026, 23:30"),
        ("fr", "295 000 €|1 234,5|24 nov. 2026|24/11/26 23:30"),
        ("en", "295.000 €|1.234,5|24 Nov 2026|24/11/26, 23:30"),
    ],
)
def test_numbers_and_dates_are_belgian(language: str, expected: str) -> None:
    page = "{{ price | euro }}|{{ size | number }}|{{ at | day }}|{{ at | moment }}"
    at = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    shown = environment(language).from_string(page).render(price=Decimal(295_000), size=Decimal("1234.50"), at=at)
    assert shown.replace("\xa0", " ").replace("\u202f", " ") == expected


def test_the_language_is_chosen_by_the_visitor_then_by_the_browser() -> None:
    assert language_of(request("lang=fr", cookie="immobe_language=nl", accept_language="en")) == "fr"
    assert language_of(request("lang=xx", cookie="immobe_language=nl", accept_language="en")) == "nl"
    assert language_of(request(accept_language="de, fr-BE;q=0.8, nl;q=0.9")) == "nl"
    assert language_of(request()) == "en"


@pytest.mark.parametrize("language", LOCALES)
def test_a_text_without_translation_stays_english(language: str) -> None:
    assert texts(language).gettext("a text that nobody has translated") == "a text that nobody has translated"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", True),
        ("application/json", False),
        ("application/json, text/html", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_who_wants_a_page(accept: str, expected: bool) -> None:
    assert wants_page(request(accept=accept)) == expected
