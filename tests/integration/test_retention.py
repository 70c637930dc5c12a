"""What is dropped is what has long been gone, and nothing else; what is archived can be read."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from immobe.cli import app
from immobe.replica.load import Synthetic, load
from immobe.storage.alert_models import STATES
from immobe.storage.retention import NOTES, archive_events, drop_payloads, old_notes, old_payloads

pytestmark = pytest.mark.integration
NOW = datetime.now(UTC)
YEAR_AGO = NOW - timedelta(days=365)


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """Listings with an object each; of those that are gone, half went long ago. One of these came back."""
    load(engine, Synthetic(400, 5, NOW), progress=lambda count: None)
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO listing_payloads SELECT id, 'object'::bytea, 'digest'::bytea, '1', scraped_at FROM listings",
            "UPDATE listings SET gone_at = now() - interval '800 days' WHERE stage = 'gone' AND id % 20 = 0",
            "UPDATE listings SET stage = 'scraped' WHERE id = (SELECT min(id) FROM listings WHERE id % 20 = 0)",
        ):
            connection.execute(text(statement))
    return engine


def ids(engine: Engine, query: str) -> set[Any]:
    with engine.connect() as connection:
        return set(connection.scalars(text(query)))


def test_objects_of_long_gone_listings_go(engine: Engine) -> None:
    long_gone = ids(engine, "SELECT id FROM listings WHERE stage = 'gone' AND id % 20 = 0")
    everything = ids(engine, "SELECT id FROM listings")
    assert len(long_gone) == 19
    old = old_payloads(engine, YEAR_AGO)
    assert (old.payloads, old.payload_bytes) == (19, 19 * len("object"))
    assert drop_payloads(engine, YEAR_AGO) == 19
    assert ids(engine, "SELECT listing_id FROM listing_payloads") == everything - long_gone
    assert ids(engine, "SELECT id FROM listings") == everything
    assert drop_payloads(engine, YEAR_AGO) == 0


def keep_messages(engine: Engine) -> None:
    """Of a search with two channels: one sent to both yesterday; and old ones, sent to one and in each state for the
    other, among them one that was sent late."""
    old, new = "now() - interval '1000 days'", "now() - interval '1 day'"
    with engine.begin() as connection:
        user = connection.scalar(text("INSERT INTO users (name, password_hash) VALUES ('a', 'h') RETURNING id"))
        keep = text(
            f"INSERT INTO saved_searches (user_id, name, terms, kinds) VALUES ({user}, 's', '', '{{}}') RETURNING id"
        )
        search = connection.scalar(keep)
        channel = f"INSERT INTO alert_channels (user_id, name, kind, mask, secret) VALUES ({user}, 'c', 'json', '', '')"
        channels = [connection.scalar(text(f"{channel} RETURNING id")) for _ in range(2)]
        message = f"INSERT INTO alert_messages (search_id, subject, plain, html, made_at) VALUES ({search}, "
        sent = [("1000 " + state, old, state, old) for state in STATES]
        for subject, made, state, ended in [*sent, ("1 sent", new, "sent", new), ("1000 late", old, "sent", new)]:
            number = connection.scalar(text(f"{message} '{subject}', '', '', {made}) RETURNING id"))
            for to, how in zip(channels, ("sent", state), strict=True):
                delivery = "INSERT INTO alert_outbox (message_id, channel_id, state, finished_at)"
                connection.execute(text(f"{delivery} VALUES ({number}, {to}, '{how}', {ended})"))
        connection.execute(text(f"{message} '1000 to nobody', '', '', {old})"))


def test_old_notes_go(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of each that is old, one that is new, and an alert that is old and open; and messages."""
    keep_messages(engine)
    monkeypatch.setenv("DATABASE_URL", database_url)
    alert = "INSERT INTO alerts (platform, mode, scope, monitor, field, measure, before, after, raised_at, closed_at)"
    with engine.begin() as connection:
        for days in (1, 1000):
            ago = f"now() - interval '{days} days'"
            for statement in (
                "INSERT INTO quarantine (platform, url, reasons, payload, payload_kind, fingerprint, seen_at)"
                f" VALUES ('zimmo', 'u', '{{r}}', '', 'json', '{days}', {ago})",
                "INSERT INTO run_measures (id, run_id, platform, mode, scope, started_at, updated_at, tally)"
                f" VALUES ('{days}', '{days}', 'zimmo', 'all', '', {ago}, {ago}, '{{}}')",
                f"{alert} VALUES ('zimmo', 'all', '', '{days}', 'f', 'm', 'b', 'a', {ago}, {ago})",
                f"{alert} VALUES ('zimmo', 'all', '', 'open {days}', 'f', 'm', 'b', 'a', {ago}, NULL)",
                f"INSERT INTO audit_log (at, actor, action, outcome) VALUES ({ago}, 'nobody', 'look', 'done')",
            ):
                connection.execute(text(statement))
    told = CliRunner().invoke(app, ["compact", "--dry-run"])
    assert told.exit_code == 0, told.output
    assert [told.output.count(f"1 rows of {table} older than") for table in NOTES] == [1, 1, 1, 1, 1]
    assert [old_notes(engine, table, YEAR_AGO) for table in NOTES] == [1, 1, 1, 1, 1]
    monkeypatch.setenv("RETENTION_AUDIT_DAYS", "0")
    assert CliRunner().invoke(app, ["compact"]).exit_code == 0
    left = {table: ids(engine, f"SELECT id FROM {table}") for table in NOTES}
    assert {table: len(found) for table, found in left.items()} == {
        "quarantine": 1, "run_measures": 1, "alerts": 3, "alert_messages": 7, "audit_log": 2,
    }  # fmt: skip
    assert left["run_measures"] == {"1"}
    assert not ids(engine, "SELECT id FROM alert_messages WHERE subject = '1000 sent'")
    assert ids(engine, "SELECT state FROM alert_outbox") == set(STATES)
    assert ids(engine, "SELECT monitor FROM alerts") == {"1", "open 1", "open 1000"}


def test_events_are_archived_before_they_go(engine: Engine, tmp_path: Path) -> None:
    long_gone = ids(engine, "SELECT id FROM listings WHERE stage = 'gone' AND id % 20 = 0")
    listed = ",".join(map(str, long_gone))
    going = ids(engine, f"SELECT id FROM listing_events WHERE listing_id IN ({listed})")
    staying = ids(engine, f"SELECT id FROM listing_events WHERE listing_id NOT IN ({listed})")
    target = tmp_path / "events.jsonl.gz"
    assert archive_events(engine, YEAR_AGO, target) == len(going) > 60
    assert ids(engine, "SELECT id FROM listing_events") == staying
    with gzip.open(target, "rt", encoding="utf-8") as lines:
        events = [json.loads(line) for line in lines]
    assert len(events) == len(going)
    assert {"listing", "price_eur", "status"} <= {event["field"] for event in events}
    assert {(e["old"], e["new"]) for e in events if e["field"] == "listing"} == {(None, "listed"), ("listed", "gone")}
    with pytest.raises(FileExistsError):
        archive_events(engine, NOW, target)
    assert ids(engine, "SELECT id FROM listing_events") == staying


def test_the_command(engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    run = CliRunner().invoke
    told = "19 objects of listings gone for 365 days, 0.0 MB.\n"
    assert run(app, ["compact", "--dry-run"]).output.startswith(told)
    assert run(app, ["compact"]).output.startswith(told)
    assert run(app, ["compact"]).output.startswith("0 objects")
    assert run(app, ["compact", "--payload-days", "0"]).output.startswith("Every object is kept")
    archive = tmp_path / "events.jsonl.gz"
    found = run(app, ["compact", "--archive", str(archive)])
    assert (found.exit_code, archive.exists()) == (0, True)
    again = run(app, ["compact", "--archive", str(archive)])
    assert (again.exit_code, "Nothing was archived" in again.output) == (1, True)
    assert run(app, ["compact", "--dry-run", "--archive", "x"]).exit_code == 2
