"""Pages: Jinja templates that escape everything, in the visitor's language."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.requests import Request
from starlette.responses import HTMLResponse

from immobe.geo.towns import municipality_name
from immobe.watchtower import formats, words
from immobe.watchtower.languages import COOKIE, LOCALES, NAMES, language_of, texts
from immobe.watchtower.security import csrf
from immobe.watchtower.security.cookies import set_cookie
from immobe.watchtower.static_files import static
from immobe.watchtower.themes import theme_of

PREFERENCE_SECONDS = 365 * 24 * 3600


def render(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page of `templates/`, or a part of one. Beside `context` it knows `request`, `language`, `theme`, `visitor`
    (an `Actor`, or None) and `csrf_token`; its globals and filters are those of `_environment`."""
    language = language_of(request)
    known = {
        "request": request,
        "language": language,
        "theme": theme_of(request),
        "visitor": getattr(request.state, "actor", None),
        "csrf_token": csrf.token_for(request),
    }
    page = HTMLResponse(_environment(language).get_template(template).render(known | context), status)
    page.headers["Content-Language"] = language
    page.headers["Vary"] = "HX-Request, Accept-Language, Cookie"
    csrf.keep_cookie(request, page)
    if request.query_params.get("lang") in LOCALES:
        set_cookie(page, request, COOKIE, language, PREFERENCE_SECONDS)
    return page


def filled(language: str, template: str, **context: Any) -> str:
    """A template's text in a language, for what is no page: the globals and filters are those of pages."""
    return _environment(language).get_template(template).render(language=language, **context)


def is_part(request: Request) -> bool:
    """Whether htmx asks for a part of the page that is shown: answer with a template that has no frame.

    When a browser restores a page that htmx no longer holds, it wants the whole.
    """
    headers = request.headers
    return headers.get("hx-request") == "true" and headers.get("hx-history-restore-request") != "true"


@cache
def _environment(language: str) -> Environment:
    """A language's templates, with the globals `static`, `word`, `town`, `field_name`, `here`, `gettext`, `_`, … and
    the filters of `formats`."""
    environment = Environment(
        loader=PackageLoader("immobe.watchtower", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    translations = texts(language)
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    environment.globals |= {
        "static": static,
        "here": _here,
        "language_names": NAMES,
        "word": lambda field, value: "" if value is None else translations.gettext(words.word(field, value)),
        "town": lambda nis: None if nis is None else municipality_name(nis, language),
        "field_name": lambda field: translations.gettext(words.FIELDS[field]),
    }
    environment.filters |= formats.filters(LOCALES[language]) | {"path": lambda text: quote(str(text), safe="")}
    return environment


@pass_context
def _here(context: Context, **changes: Any) -> str:
    """The address of this page with other parameters: `here(sort="price_eur", cursor=None)`. None takes one away,
    a list gives several."""
    request: Request = context["request"]
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in changes and value]
    added = [
        (name, value)
        for name, values in changes.items()
        for value in (values if isinstance(values, list | tuple) else [values])
        if value is not None
    ]
    query = urlencode(kept + added)
    return f"{request.url.path}?{query}" if query else request.url.path
