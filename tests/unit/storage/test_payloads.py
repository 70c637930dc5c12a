"""What is stored of a platform's object comes back as it was."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immobe.storage.payloads import compress, decode, decompress, digest, encode

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner),
    max_leaves=10,
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(), JSON))
def test_any_object_comes_back(payload: dict[str, object]) -> None:
    kind, plain = encode(payload)
    assert decode(kind, decompress(compress(plain))) == payload


@pytest.mark.parametrize("text", ["", "<html>é", "nul \x00", "half a pair \ud83c"])
def test_any_text_comes_back(text: str) -> None:
    kind, plain = encode(text)
    assert kind == "text"
    assert decode(kind, plain) == text
    assert decode(*encode({"page": text})) == {"page": text}


def test_a_time_in_an_object_is_written_as_text() -> None:
    assert decode(*encode({"at": datetime(2026, 1, 2, tzinfo=UTC)})) == {"at": "2026-01-02T00:00:00Z"}


def test_the_digest_is_of_the_plain_bytes() -> None:
    assert digest(b"{}").hex().startswith("44136fa355b3678a")
