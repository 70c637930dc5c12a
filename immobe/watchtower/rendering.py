"""Pages: Jinja templates that escape everything, in the visitor's language."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, get_timezone
from babel.numbers import format_currency, format_decimal
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from immobe.watchtower.languages import COOKIE, LOCALES, language_of, texts
from immobe.watchtower.security import csrf
from immobe.watchtower.security.cookies import set_cookie

STATIC = Path(__file__).with_name("static")
BELGIUM = get_timezone("Europe/Brussels")
_YEAR_SECONDS = 365 * 24 * 3600


def render(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page of `templates/`. Beside `context` it knows `request`, `language`, `visitor` (an `Actor`, or None) and
    `csrf_token`; its globals and filters are those of `_environment`."""
    language = language_of(request)
    known = {
        "request": request,
        "language": language,
        "visitor": getattr(request.state, "actor", None),
        "csrf_token": csrf.token_for(request),
    }
    page = HTMLResponse(_environment(language).get_template(template).render(known | context), status)
    page.headers["Content-Language"] = language
    csrf.keep_cookie(request, page)
    if request.query_params.get("lang") in LOCALES:
        set_cookie(page, request, COOKIE, language, _YEAR_SECONDS)
    return page


@cache
def _environment(language: str) -> Environment:
    """A language's templates, with the globals `static` and `gettext`, `_`, …, and filters for numbers and dates."""
    environment = Environment(
        loader=PackageLoader("immobe.watchtower", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(texts(language), newstyle=True)  # type: ignore[attr-defined]
    environment.globals["static"] = static
    filters: dict[str, Callable[..., str]] = {"number": number, "euro": euro, "day": day, "moment": moment}
    for name, filter_ in filters.items():
        environment.filters[name] = partial(filter_, locale=LOCALES[language])
    return environment


def static(path: str) -> str:
    """The address of a file of `static/`; another content has another address, so that browsers may keep it.

    >>> static("base.css").startswith("/static/base.css?v=")
    True
    """
    return f"/static/{path}?v={_digest(path, (STATIC / path).stat().st_mtime_ns)}"


@cache
def _digest(path: str, _changed: int) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]


def number(value: Decimal | float | None, *, locale: str) -> str:
    """
    >>> number(Decimal("1234.50"), locale="nl_BE"), number(None, locale="nl_BE")
    ('1.234,5', '')
    """
    return "" if value is None else format_decimal(value, locale=locale)


def euro(value: Decimal | float | None, *, locale: str) -> str:
    """Whole euro.

    >>> euro(295000, locale="nl_BE").replace("\\xa0", " "), euro(None, locale="nl_BE")
    ('€ 295.000', '')
    """
    return "" if value is None else format_currency(value, "EUR", _whole(locale), locale=locale, currency_digits=False)


@cache
def _whole(locale: str) -> str:
    """The locale's pattern for money, without cents."""
    pattern: str = Locale.parse(locale).currency_formats["standard"].pattern
    return pattern.replace(".00", "")


def day(value: date | datetime | None, *, locale: str) -> str:
    """The date in Belgium, as in `24 nov. 2026`."""
    if isinstance(value, datetime):
        value = value.astimezone(BELGIUM).date()
    return "" if value is None else format_date(value, "medium", locale=locale)


def moment(value: datetime | None, *, locale: str) -> str:
    """Date and time in Belgium."""
    return "" if value is None else format_datetime(value, "short", tzinfo=BELGIUM, locale=locale)
