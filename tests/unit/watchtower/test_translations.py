"""Every text of templates and code exists in French and Dutch, with the same placeholders; nothing is kept unused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import EnumMeta
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from immobe.items import Listing, terms
from immobe.watchtower import words
from immobe.watchtower.languages import FOLDER, LOCALES, SOURCE

ROOT = Path(words.__file__).parent.parent
METHODS = [("**.html", "jinja2"), ("**.txt", "jinja2"), ("**.py", "python")]
OPTIONS = {name: {"extensions": "jinja2.ext.i18n,jinja2.ext.do", "trimmed": "true"} for name in ("**.html", "**.txt")}
PLACEHOLDER = re.compile(r"%\(\w+\)s|%[sd]")
Ids = tuple[str, ...]


def extracted() -> Iterator[Ids]:
    """One id, or singular and plural."""
    for folder in ("watchtower", "alerts"):
        if (ROOT / folder).is_dir():
            found = extract_from_dir(
                str(ROOT / folder),
                METHODS,
                OPTIONS,
                keywords={"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)},
            )
            for _, _, message, _, _ in found:
                yield message if isinstance(message, tuple) else (message,)


def translated(language: str) -> dict[Ids, Ids]:
    found: dict[Ids, Ids] = {}
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as source:
            for message in read_po(source, locale=language):
                if message.id and not message.fuzzy:
                    ids, texts = ((x,) if isinstance(x, str) else tuple(x) for x in (message.id, message.string))
                    found[ids] = texts
    return found


@pytest.mark.parametrize("language", sorted(set(LOCALES) - {SOURCE}))
def test_every_text_is_translated(language: str) -> None:
    known = translated(language)
    missing = {ids for ids in extracted() if not all(known.get(ids, ("",)))}
    assert not missing, "\n\n".join(f'msgid "{ids[0]}"\nmsgstr ""' for ids in sorted(missing))


@pytest.mark.parametrize("language", sorted(set(LOCALES) - {SOURCE}))
def test_no_translation_is_left_over(language: str) -> None:
    assert not set(translated(language)) - set(extracted())


@pytest.mark.parametrize("language", sorted(set(LOCALES) - {SOURCE}))
def test_translations_keep_placeholders(language: str) -> None:
    for ids, strings in translated(language).items():
        wanted = set(PLACEHOLDER.findall(ids[-1]))
        for text in strings:
            assert set(PLACEHOLDER.findall(text)) <= wanted, (ids, text)


def test_every_value_and_field_has_a_word() -> None:
    assert set(Listing.model_fields) <= set(words.FIELDS)
    known = {value for values in words.VALUES.values() for value in values}
    for name, kind in vars(terms).items():
        if isinstance(kind, EnumMeta) and name not in {"StrEnum", "EpcLabel"}:
            assert {member.value for member in kind} <= known, name
