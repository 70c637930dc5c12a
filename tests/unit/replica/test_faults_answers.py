"""What faulty answers look like."""

import gzip
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from immobe.replica.chance import Draws
from immobe.replica.faults_answers import BOMB_BYTES, HUGE_BYTES, WHOLE_ANSWERS, Answer, Case
from immobe.replica.faults_kinds import KINDS
from immobe.replica.faults_pages import Page, PageKind
from immobe.replica.faults_streams import STREAMS

OBJECT = (
    b'window.classified = {"id":1,"title":"Li\\u00e8ge \\\\u00e9","price":{"mainValue":250000}' + b" " * 2500 + b"};"
)
BODY = '<html><head><meta charset="utf-8">\n<title>Liège — 1 €</title></head>'.encode() + OBJECT + b"</html>\n"
GOOD = Answer(200, ((b"content-type", b"text/html; charset=UTF-8"),), (BODY[:50], BODY[50:]))
PAGE = Page("immoweb", PageKind.LISTING, "20000003")
URL = b"https://www.immoweb.be/en/classified/20000003"
ROUNDS = range(40)


def answer(name: str, number: int = 0, page: Page = PAGE) -> Answer:
    case = Case(page, URL, GOOD, KINDS[name].seconds or 0.0, Draws("test", number), Answer(200, (), (b"another",)))
    return WHOLE_ANSWERS[name](case)


def header(given: Answer, name: bytes) -> bytes | None:
    return dict(given.sent_headers()).get(name)


def test_every_kind_is_played_in_one_way() -> None:
    assert set(KINDS) == set(WHOLE_ANSWERS) | set(STREAMS)
    assert not set(WHOLE_ANSWERS) & set(STREAMS)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_seconds_or_a_date_and_never_too_early(status: int) -> None:
    started, texts = datetime.now(UTC), []
    for number in ROUNDS:
        given = answer(str(status), number)
        assert given.status == status
        texts.append((header(given, b"retry-after") or b"").decode())
    dates = [parsedate_to_datetime(text) for text in texts if not text.isdigit()]
    assert {text for text in texts if text.isdigit()} == {"1"}
    assert all(1 <= (moment - started).total_seconds() < 60 for moment in dates)
    assert 5 < len(dates) < 35


@pytest.mark.parametrize(
    ("name", "status", "mark"),
    [
        ("datadome", 403, b"captcha-delivery.com"),
        ("cloudflare", 403, b"Just a moment..."),
        ("captcha", 200, b'class="h-captcha"'),
        ("login", 200, b'type="password"'),
        ("shell", 200, b'<div id="app"></div>'),
        ("404", 404, b"404"),
        ("410", 410, b"410"),
    ],
)
def test_pages_instead_of_the_page(name: str, status: int, mark: bytes) -> None:
    given = answer(name)
    assert given.status == status
    assert mark in given.body
    assert b"window.classified" not in given.body


def test_a_cut_page_ends_before_its_object_does_and_says_so_nowhere() -> None:
    cuts = [answer("cut", number) for number in ROUNDS]
    assert all(BODY.startswith(cut.body) and b"};" not in cut.body for cut in cuts)
    assert all(header(cut, b"content-length") == b"%d" % len(cut.body) for cut in cuts)
    assert {b"window.classified" in cut.body for cut in cuts} == {True, False}
    assert b"</html>" not in answer("cut", page=Page("elsewhere", PageKind.LISTING, "1")).body


def test_latin1_is_told_nowhere() -> None:
    given = answer("latin1")
    assert header(given, b"content-type") == b"text/html"
    assert b"charset" not in given.body
    assert "<title>Liège — 1 €</title>" in given.body.decode("cp1252")
    assert 'Liège \\\\u00e9"' in given.body.decode("cp1252"), "what escapes are is kept"
    with pytest.raises(UnicodeDecodeError):
        given.body.decode()


def test_a_mislabelled_page_says_it_is_utf_8() -> None:
    given = answer("mislabelled")
    assert header(given, b"content-type") == b"text/html; charset=UTF-8"
    assert b'<meta charset="utf-8">' in given.body
    assert "Liège" in given.body.decode("cp1252")


def test_redirects() -> None:
    assert (answer("loop").status, header(answer("loop"), b"location")) == (302, URL)
    assert (header(answer("offsite"), b"location") or b"").startswith(b"https://www.elsewhere.example/")


def test_a_huge_page_tells_its_length_or_does_not() -> None:
    given = [answer("huge", number) for number in ROUNDS[:8]]
    assert all(sum(map(len, one.parts)) >= HUGE_BYTES for one in given)
    assert {header(one, b"content-length") is None for one in given} == {True, False}


def test_a_bomb_is_small_until_it_is_opened() -> None:
    given = answer("bomb")
    assert header(given, b"content-encoding") == b"gzip"
    assert len(given.body) < 100_000
    assert len(gzip.decompress(given.body)) == BOMB_BYTES


def test_a_changed_layout() -> None:
    assert b"window.classified" not in answer("marker").body
    assert b'"amountValue":250000' in answer("price_key").body
    assert b'"mainValue"' not in answer("price_key").body


@pytest.mark.parametrize("name", ["marker", "price_key"])
def test_a_layout_that_is_not_known_stays(name: str) -> None:
    assert answer(name, page=Page("elsewhere", PageKind.LISTING, "1")).body == BODY


def test_the_wrong_listing() -> None:
    assert answer("wrong").body == b"another"
