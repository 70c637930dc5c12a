"""Golden cases: a page of ours in a portal's format, and the record that it must give.

A case is a folder `<platform>/<case>/`:

- `page.html` or `page.json`: what the portal would send;
- `page.meta.json`: `url`, `fetched_at`, `kind` (`listing` or `search`), and perhaps `must_not_appear` and
  `must_appear`, texts that no part, or some part, of the outcome holds;
- `expected.json`: for a listing `valid`, `reasons` and the record without its empty fields: all others must be empty;
  for a search page what `immobe parse --kind search` prints, a card's fields that are not named being free.

After a change that is meant, `pytest tests/platforms --update-expected` writes the expected files anew and fails, so
that the difference is reviewed and committed on purpose.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from immobe.items import Listing, json_number
from immobe.parsing import parse_file, parse_search_file

CASES = {
    f"{meta.parent.parent.name}/{meta.parent.name}": meta.parent
    for meta in Path(__file__).parent.glob("*/*/page.meta.json")
}
# The mapper's version changes with every rule; it is no part of the page's meaning.
FIELDS = [field for field in Listing.model_fields if field != "mapper_version"]
EMPTY = (None, {}, [])


@cache
def meta(case: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((CASES[case] / "page.meta.json").read_text(encoding="utf-8"))
    return content


@cache
def expected(case: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((CASES[case] / "expected.json").read_text(encoding="utf-8"))
    return content


def page(case: str) -> Path:
    (path,) = (path for path in CASES[case].glob("page.*") if path.name != "page.meta.json")
    return path


@cache
def outcome(case: str) -> dict[str, Any]:
    """What the page gives, in the terms of `expected.json`."""
    platform = CASES[case].parent.name
    if meta(case)["kind"] == "search":
        found = parse_search_file(platform, page(case), url=meta(case)["url"])
        cards = [{name: plain(value) for name, value in card.items() if value is not None} for card in found.cards]
        return {"listings": cards, "next_page": found.next_page, "total": found.total}
    fetched_at = datetime.fromisoformat(meta(case)["fetched_at"])
    (result,) = parse_file(platform, page(case), url=meta(case)["url"], fetched_at=fetched_at)
    values = result.listing.model_dump(mode="json") if result.listing else None
    return {
        "valid": result.valid,
        "reasons": list(result.reasons),
        "listing": values and {f: values[f] for f in FIELDS if values[f] not in EMPTY},
    }


def plain(value: Any) -> Any:
    """A card's value as JSON writes it."""
    return json.loads(json.dumps(value, default=json_number))


def nodes() -> Iterator[Any]:
    """Case and field: each canonical field of a record, each part of another outcome."""
    for case in sorted(CASES):
        names = ["valid", "reasons", *FIELDS] if expected(case).get("listing") else list(expected(case))
        yield from (pytest.param(case, name, id=f"{case}-{name}") for name in names)


@pytest.fixture(scope="session")
def rewritten(request: pytest.FixtureRequest) -> set[str]:
    """With --update-expected: the cases whose expected file was written anew."""
    if not request.config.getoption("--update-expected"):
        return set()
    changed = {case for case in CASES if outcome(case) != expected(case)}
    for case in changed:
        text = json.dumps(outcome(case), ensure_ascii=False, indent=2)
        (CASES[case] / "expected.json").write_text(f"{text}\n", encoding="utf-8")
    return changed


def test_expected_files_are_not_being_rewritten(request: pytest.FixtureRequest, rewritten: set[str]) -> None:
    if request.config.getoption("--update-expected"):
        pytest.fail(f"{len(rewritten)} expected.json written anew; review the diff, then run without the option")


@pytest.mark.usefixtures("rewritten")
@pytest.mark.parametrize(("case", "name"), list(nodes()))
def test_case(case: str, name: str) -> None:
    wanted, got = expected(case), outcome(case)
    if name == "listings":
        assert [named(card, like) for card, like in zip(got[name], wanted[name], strict=True)] == wanted[name]
    elif name in wanted:
        assert got[name] == wanted[name]
    else:
        assert got["listing"] is not None, got["reasons"]
        assert got["listing"].get(name) == wanted["listing"].get(name)


def named(card: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    """The part of a card that the expected card names. A price that it does not name must be absent."""
    return {name: card[name] for name in card if name in {*like, "price_eur"}}


@pytest.mark.parametrize("case", sorted(case for case in CASES if "must_not_appear" in meta(case)))
def test_nothing_private_appears_and_nothing_else_goes(case: str) -> None:
    listing_id = outcome(case)["listing"]["platform_listing_id"]
    text = json.dumps(outcome(case), ensure_ascii=False).replace(listing_id, "")
    assert [secret for secret in meta(case)["must_not_appear"] if secret.casefold() in text.casefold()] == []
    assert [harmless for harmless in meta(case).get("must_appear", ()) if harmless not in text] == []


def test_every_case_is_complete() -> None:
    assert CASES
    for case in CASES:
        assert page(case).suffix in {".html", ".json"}, case
        assert meta(case)["kind"] in {"listing", "search"}, case
