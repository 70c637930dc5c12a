"""French, Dutch and English: which one a visitor reads, its texts, and how it writes numbers and dates."""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from starlette.requests import Request

from immobe.data_files import folder_of

LOCALES = {"en": "en_BE", "fr": "fr_BE", "nl": "nl_BE"}
"""{language: the locale whose numbers and dates it uses}."""
NAMES = {"en": "English", "fr": "Français", "nl": "Nederlands"}
SOURCE = "en"
"""The language that the texts in templates and code are written in."""
COOKIE = "immobe_language"
FOLDER = folder_of("immobe.watchtower", "translations")


def N_(text: str) -> str:  # noqa: N802 - the name that Babel looks for
    """Marks a text of the code that is translated where it is shown."""
    return text


@cache
def texts(language: str) -> NullTranslations:
    """The texts of a language, from all `translations/<language>/*.po`; what they lack stays English."""
    if language == SOURCE:
        return NullTranslations()
    together = Catalog(locale=language)
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as source:
            for message in read_po(source, locale=language):
                if message.id:
                    together[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, together)
    compiled.seek(0)
    return Translations(compiled)


def language_of(request: Request) -> str:
    """What the visitor chose (`?lang=fr`, then the cookie), else what the browser asks for, else English."""
    for chosen in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if chosen in LOCALES:
            return chosen
    return _accepted(request.headers.get("accept-language", ""))


def _accepted(header: str) -> str:
    """The first of our languages by the browser's preference.

    >>> _accepted("de-BE, nl-BE;q=0.8, fr;q=0.9"), _accepted("*"), _accepted("nl;q=0")
    ('fr', 'en', 'en')
    """
    weighed: list[tuple[float, str]] = []
    for part in header.split(",")[:20]:
        name, _, weight = part.partition(";q=")
        try:
            weighed.append((float(weight or 1), name.strip().lower()[:2]))
        except ValueError:
            continue
    ranked = sorted((w for w in weighed if w[0] > 0), key=lambda w: -w[0])
    return next((language for _, language in ranked if language in LOCALES), SOURCE)
