"""Lines of ours and of libraries in one format, without secrets, pages or people."""

import contextvars
import json
import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from immobe.observability.correlation import begin_work, working_on
from immobe.observability.logs import configure_logs, worker_name

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Logging and structlog are the process's: every test leaves them as it found them."""
    root, before = logging.getLogger(), structlog.get_config()
    level, handlers = root.level, list(root.handlers)
    yield
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)
    root.setLevel(level)
    structlog.configure(**before)


class Written:
    """All that went to stderr since the test began."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture, self._text = capture, ""

    def getvalue(self) -> str:
        self._text += self._capture.readouterr().err
        return self._text


@pytest.fixture
def stderr(capsys: pytest.CaptureFixture[str]) -> Written:
    return Written(capsys)


@pytest.fixture
def lines(stderr: Written) -> Lines:
    configure_logs("INFO", json=True, role="harvester")
    return lambda: [json.loads(line) for line in stderr.getvalue().splitlines()]


def test_ours_and_a_librarys_line_have_the_same_fields(lines: Lines) -> None:
    structlog.get_logger("immobe.x").info("hello", answer=42)
    logging.getLogger("library").warning("slow: %d s", 3)
    ours, theirs = lines()
    assert (ours["event"], ours["level"], ours["logger"], ours["answer"]) == ("hello", "info", "immobe.x", 42)
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("slow: 3 s", "warning", "library")
    for line in (ours, theirs):
        assert line["timestamp"].endswith("+00:00")
        assert (line["worker"], line["role"]) == (worker_name(), "harvester")


def test_a_traceback_is_part_of_its_one_line(lines: Lines) -> None:
    for log in (structlog.get_logger("ours"), logging.getLogger("theirs")):
        try:
            raise ValueError("no\nsuch\nthing")
        except ValueError:
            log.exception("it failed")
    assert [line["event"] for line in lines()] == ["it failed", "it failed"]
    assert all("Traceback" in line["exception"] and "no\nsuch" in line["exception"] for line in lines())


def test_the_level_is_kept(lines: Lines) -> None:
    structlog.get_logger("ours").debug("quiet")
    talkative = logging.getLogger("theirs.talkative")
    talkative.setLevel(logging.DEBUG)
    talkative.debug("quiet")
    assert lines() == []


def test_work_in_hand_is_named_in_both_kinds_of_line_and_not_after_it(lines: Lines) -> None:
    with working_on(correlation_id="c1", platform="immoweb"):
        structlog.get_logger("ours").info("one")
        logging.getLogger("theirs").info("two")
    logging.getLogger("theirs").info("three")
    assert [line.get("correlation_id") for line in lines()] == ["c1", "c1", None]
    assert lines()[1]["platform"] == "immoweb"


def test_whoever_inherits_a_context_does_not_name_work_that_is_over(lines: Lines) -> None:
    def inherited() -> contextvars.Context:
        work = begin_work(correlation_id="c1")
        context = contextvars.copy_context()
        work.over = True
        return context

    contextvars.copy_context().run(inherited).run(logging.getLogger("timer").info, "tick")
    assert "correlation_id" not in lines()[0]


def test_fields_in_the_arguments_of_a_library_become_fields(lines: Lines) -> None:
    logging.getLogger("scrapy").error("failed: %(request)s", {"request": "<GET x>", "correlation_id": "c2"})
    assert (lines()[0]["event"], lines()[0]["correlation_id"]) == ("failed: <GET x>", "c2")


@pytest.mark.parametrize("as_json", [True, False])
def test_no_secret_reaches_a_line(stderr: Written, as_json: bool) -> None:
    configure_logs("INFO", json=as_json)
    url = "postgresql+psycopg2://immobe:hush-hush@db/immobe"
    structlog.get_logger("ours").info("connecting", url=url, nested={"urls": [url], "admin_token": "hush-hush"})
    logging.getLogger("theirs").info("Overridden settings:\n%s", {"REDIS_URL": "redis://:hush-hush@h", "X": url})
    try:
        raise OSError(f"cannot reach {url} of jan.peeters@example.be")
    except OSError:
        logging.getLogger("theirs").exception("password='hush-hush'")
    assert stderr.getvalue().count("***") >= 6
    assert "hush" not in stderr.getvalue()
    assert "jan.peeters" not in stderr.getvalue()


def test_a_page_is_never_dumped(lines: Lines) -> None:
    structlog.get_logger("ours").info("x" * 400_000, page="y" * 400_000, item=object(), many=["z" * 9000] * 9000)
    [line] = lines()
    assert len(json.dumps(line)) < 1_000_000
    assert len(line["event"]) < 9_000
    assert line["item"].startswith("<object object")


def test_a_console_without_colours_when_it_is_no_terminal(stderr: Written) -> None:
    configure_logs("INFO")
    structlog.get_logger("ours").info("hello", price=250000)
    assert "hello" in stderr.getvalue()
    assert "price=250000" in stderr.getvalue()
    assert "\x1b" not in stderr.getvalue()


def test_colours_on_a_terminal(stderr: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    configure_logs("INFO")
    structlog.get_logger("ours").info("hello")
    assert "\x1b" in stderr.getvalue()


def test_a_later_call_replaces_an_earlier_one(stderr: Written, tmp_path: Path) -> None:
    configure_logs("INFO", json=True)
    configure_logs("INFO", json=True, file=tmp_path / "worker.log")
    logging.getLogger("theirs").info("once")
    assert stderr.getvalue() == ""
    assert json.loads((tmp_path / "worker.log").read_text())["event"] == "once"
    configure_logs("INFO")
