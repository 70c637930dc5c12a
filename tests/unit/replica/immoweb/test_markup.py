import html
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from immobe.replica.immoweb.markup import attribute_json, script_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
DANGEROUS = st.sampled_from(["};", "</script>", "<!--", "-->", '"', "'", "\\", "&quot;", "é✨\u2028", "\n\t\x00"])


@given(JSON | st.lists(DANGEROUS))
def test_a_script_cannot_be_ended_from_inside(value: Any) -> None:
    written = script_json(value)
    assert "</" not in written
    assert "<!--" not in written
    assert written.isascii()
    assert json.loads(written) == value


@given(JSON | st.lists(DANGEROUS))
def test_an_attribute_decodes_to_the_same_json(value: Any) -> None:
    written = attribute_json(value)
    assert not set(written) & set("\"'<>")
    assert json.loads(html.unescape(written)) == value
