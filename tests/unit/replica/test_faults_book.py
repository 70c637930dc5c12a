"""Counting in bounded memory."""

from immobe.replica.faults_book import BoundedCounter, RequestBook
from immobe.replica.faults_pages import Page, PageKind


def test_it_forgets_what_was_counted_longest_ago() -> None:
    counter: BoundedCounter[str] = BoundedCounter(2)
    for key in ("a", "b", "a", "c"):
        counter.add(key)
    assert (counter["a"], counter["b"], counter["c"]) == (2, 0, 1)
    assert len(counter) == 2
    assert counter.highest() == 2


def test_requests_are_told_by_kind_and_by_listing() -> None:
    book = RequestBook()
    assert book.report() == {}
    for key in ("1", "1", "2"):
        book.note(Page("immoweb", PageKind.LISTING, key))
    book.note(Page("immoweb", PageKind.SEARCH, "/en/search?"))
    assert book.report() == {
        "immoweb": {"robots": 0, "listing": 3, "search": 1, "other": 0, "different_listings": 2, "most_a_listing": 2}
    }
