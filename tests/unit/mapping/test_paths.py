"""The path language never fails, whatever the object."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from immobe.mapping.paths import first, path

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=15,
)


@given(JSON, st.sampled_from(["a", "a.b", "a[0]", "a[].b", "a[].b[].c", "[0].a", "[]"]))
def test_any_path_on_any_object_answers(value: object, text: str) -> None:
    found = path(text)(value)
    if "[]" in text and found is not None:
        assert isinstance(found, list)
        assert None not in found


@pytest.mark.parametrize("text", ["a..b", "a[x]", ".", "a b", "a[-1]"])
def test_a_malformed_path_is_refused_at_once(text: str) -> None:
    with pytest.raises(ValueError, match="malformed path"):
        path(text)


def test_the_first_answer_wins_and_false_and_zero_are_answers() -> None:
    assert first({"a": None, "b": 0, "c": 1}, "a", "b", "c") == 0
    assert first({"a": False, "b": True}, "a", "b") is False
    assert first({}, "a", "b") is None
