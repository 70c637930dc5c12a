"""`immobe alerts`: saved searches, their messages, and the sender."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from immobe.commands.opening import open_database
from immobe.config import load_config

if TYPE_CHECKING:
    from collections import Counter

    from sqlalchemy import Engine

    from immobe.alerts.sealing import Seal
    from immobe.alerts.sending import Sender
    from immobe.config import Config
    from immobe.watchtower.alert_letters import Letters

app = typer.Typer(no_args_is_help=True, help="Saved searches: what they tell, and sending it.")


@app.command("list")
def list_alerts(
    dead: Annotated[bool, typer.Option("--dead", help="Only messages that were given up.")] = False,
) -> None:
    """Show the saved searches, the channels (masked), and the latest messages."""
    from immobe.storage import outbox
    from immobe.storage.alert_channels import channels_of
    from immobe.storage.saved_searches import searches_of

    engine = _engine(load_config())
    if not dead:
        for search in searches_of(engine):
            state = "paused" if search.paused_at else search.frequency
            channels = ",".join(map(str, search.channel_ids)) or "none"
            typer.echo(
                f"search {search.id}: {search.name}  {state}  channels: {channels}  {search.terms or 'everything'}"
            )
        for channel in channels_of(engine):
            typer.echo(f"channel {channel.id}: {channel.name}  {channel.mask}  {channel.test_answer or 'never tested'}")
    for sent in outbox.latest(engine, state="dead" if dead else None):
        when = sent.finished_at or sent.due_at
        line = f"{sent.id:>6}  {sent.state:<8} {when:%Y-%m-%d %H:%M}  {sent.search} -> {sent.channel}  {sent.subject}"
        typer.echo(f"{line}  attempts: {sent.attempts}  {sent.answer or ''}".rstrip())
    states = outbox.counts(engine)
    typer.echo("  ".join(f"{state}: {count:,}" for state, count in states.items()))


@app.command()
def send(
    watch: Annotated[
        bool, typer.Option("--watch/--once", help="Go on until stopped, or end when all is sent.")
    ] = False,
    dead: Annotated[bool, typer.Option("--dead", help="First give what was given up another row of attempts.")] = False,
) -> None:
    """Look at what changed, make the messages that are due, and send them. Several may run.

    Exit code 1 when a message was given up.
    """
    from immobe.storage import outbox

    config = load_config()
    engine = _engine(config)
    if dead:
        typer.echo(f"{outbox.revive(engine):,} messages get another row of attempts")
    if watch:
        _watch(config, engine)
        return
    _end(_round(config, engine, todays_digests=False))


@app.command()
def digest() -> None:
    """Make and send the digests of today, for cron: once a day, whatever their hour. `send --watch` knows their hour.

    Exit code 1 when a message was given up.
    """
    config = load_config()
    _end(_round(config, _engine(config), todays_digests=True))


@app.command("test")
def test_channel(
    channel: Annotated[int, typer.Argument(help="Its number, as `immobe alerts list` shows it.")],
) -> None:
    """Send a test message through a channel and show the answer. Exit code 1 when it was not accepted."""
    from immobe.alerts.testing import fire
    from immobe.storage.alert_channels import secret_of
    from immobe.watchtower.alert_letters import Letters

    config = load_config()
    engine = _engine(config)
    secret = secret_of(engine, channel)
    if secret is None:
        typer.echo(f"There is no channel {channel}.", err=True)
        raise typer.Exit(1)
    seal = _seal(config)
    answer = fire(engine, seal, channel, secret, Letters(config.watchtower_url, seal).test("en"))
    typer.echo(f"{'ok' if answer.ok else 'failed'}: {answer.text}")
    if not answer.ok:
        raise typer.Exit(1)


def _round(config: Config, engine: Engine, *, todays_digests: bool) -> Counter[str]:
    from immobe.alerts.composing import tell
    from immobe.observability.flusher import Flusher

    flusher = Flusher(engine, seconds=config.metrics_flush_seconds)
    letters, sender = _parts(config, engine)
    try:
        tell(engine, letters.write, todays_digests=todays_digests)
        return sender.send_due()
    finally:
        flusher.close()


def _end(done: Counter[str]) -> None:
    typer.echo("  ".join(f"{outcome}: {count:,}" for outcome, count in sorted(done.items())) or "nothing to send")
    if done["dead"]:
        raise typer.Exit(1)


def _watch(config: Config, engine: Engine) -> None:
    import structlog

    from immobe.alerts.composing import tell
    from immobe.errors import ServiceError
    from immobe.observability.flusher import Flusher
    from immobe.observability.logs import configure_logs

    configure_logs(config.log_level, config.log_json, "alerts")
    log = structlog.get_logger(__name__)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    letters, sender = _parts(config, engine)
    flusher = Flusher(engine, seconds=config.metrics_flush_seconds)
    flusher.start()
    log.info("The sender of alerts is at work", every_seconds=config.alerts_seconds)
    while not stop.is_set():
        try:
            tell(engine, letters.write)
            sender.send_due(stopped=stop.is_set)
        except ServiceError as error:  # it comes back, and nothing is lost meanwhile
            log.warning("Alerts wait: a service is down", error=str(error))
        stop.wait(config.alerts_seconds)
    flusher.close()


def _parts(config: Config, engine: Engine) -> tuple[Letters, Sender]:
    from immobe.alerts.sending import Sender
    from immobe.watchtower.alert_letters import Letters

    seal = _seal(config)
    letters = Letters(config.watchtower_url, seal)
    sender = Sender(
        engine,
        seal,
        letters.end_url,
        max_attempts=config.alerts_max_attempts,
        first_pause_seconds=config.retry_backoff,
        longest_pause_seconds=config.retry_longest_delay,
    )
    return letters, sender


def _seal(config: Config) -> Seal:
    from immobe.alerts.sealing import Seal
    from immobe.watchtower.security.signing import secret_key

    return Seal(secret_key(config))


def _engine(config: Config) -> Engine:
    return open_database(config, "immobe alerts")
