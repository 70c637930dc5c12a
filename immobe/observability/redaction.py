"""What must not reach a log: passwords, keys, e-mail addresses, and whole pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_HIDDEN = "***"
LONGEST_TEXT = 8_000
"""Characters of one text in a log line; a traceback may have more, a page must not."""
LONGEST_TRACEBACK = 30_000
_LONGEST_LIST = 50

# Every repetition is bounded, so that a hostile page cannot make a line cost more than its length.
# Greedy up to the last @, since passwords written by hand hold @ and / unescaped.
_IN_URL = re.compile(r"(?P<before>://[^\s/:@'\"<>]{0,100}:)[^\s'\"<>]{0,300}@")
_NAMES = r"(?:password|passwd|passphrase|secret|token|api_?key|authorization|credentials?)"
_ASSIGNED = re.compile(
    rf"(?P<before>{_NAMES}\w{{0,30}}(?:=['\"]?|['\"]\s{{0,3}}:\s{{0,3}}['\"]))(?P<value>[^\s'\"&,;)}}]+)", re.IGNORECASE
)
_SECRET_NAME = re.compile(_NAMES, re.IGNORECASE)
_E_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?=[\w-]{1,63}\.\w)")


def redacted(text: str) -> str:
    """`text` without passwords and e-mail addresses.

    >>> redacted("cannot reach redis://:s3cret@cache:6379/0")
    'cannot reach redis://:***@cache:6379/0'
    >>> redacted("postgresql+psycopg2://immobe:p@ss/word@db/immobe is away")
    'postgresql+psycopg2://immobe:***@db/immobe is away'
    >>> redacted("host=db password=hush user=immobe, {'api_key': 'k1'}")
    "host=db password=*** user=immobe, {'api_key': '***'}"
    >>> redacted("seller jan.peeters@example.be of https://www.immoweb.be/en/classified/1")
    'seller ***@example.be of https://www.immoweb.be/en/classified/1'
    """
    if "://" in text:
        text = _IN_URL.sub(rf"\g<before>{_HIDDEN}@", text)
    text = _ASSIGNED.sub(rf"\g<before>{_HIDDEN}", text)
    return _E_MAIL.sub(f"{_HIDDEN}@", text) if "@" in text else text


def shortened(text: str, longest: int = LONGEST_TEXT) -> str:
    """The beginning of a long text, and how much was left off.

    >>> shortened("abcdef", 4)
    'abcd… (2 more characters)'
    """
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text) - longest} more characters)"


def safe(value: Any, name: str = "", longest: int = LONGEST_TEXT) -> Any:
    """`value` as a log may show it: numbers as they are, texts redacted and short, other objects as such a text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if name and _SECRET_NAME.search(name):
        return _HIDDEN
    if isinstance(value, str):
        return redacted(shortened(value, longest))
    if isinstance(value, Mapping):
        return {str(key): safe(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [safe(inner) for inner in list(value)[:_LONGEST_LIST]]
    return redacted(shortened(str(value), longest))
