"""Masking costs no more than the text is long, whatever a page puts into a line."""

import time

import pytest

from immobe.observability.redaction import LONGEST_TRACEBACK, redacted, safe

HOSTILE = ("password", "token_", "://", "://a:", "a.b", "a@", "@a.", "password=", "' : '", "x", "-+.")


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_text_is_expensive(piece: str) -> None:
    text = (piece * LONGEST_TRACEBACK)[:LONGEST_TRACEBACK]
    began = time.process_time()
    redacted(text)
    redacted(text + "@")
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Config(admin_token='abc', page=3)", "Config(admin_token='***', page=3)"),
        ('{"Authorization": "Bearer-xyz"}', '{"Authorization": "***"}'),
        ("https://x.be/?token=abc&page=2", "https://x.be/?token=***&page=2"),
        ("https://www.immoweb.be:443/en/classified/1", "https://www.immoweb.be:443/en/classified/1"),
        ("rediss://user:p@ss:w/rd@cache", "rediss://user:***@cache"),
        ("mail to a.b+c@example.co.uk, please", "mail to ***@example.co.uk, please"),
        ("a token was refused", "a token was refused"),
    ],
)
def test_what_is_hidden_and_what_is_not(text: str, shown: str) -> None:
    assert redacted(text) == shown


def test_names_of_fields_give_secrets_away() -> None:
    assert safe({"db_password": "x", "pages": 3, "list": [{"secret": "y"}]}) == {
        "db_password": "***", "pages": 3, "list": [{"secret": "***"}],
    }  # fmt: skip
