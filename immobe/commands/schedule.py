"""`immobe schedule`: what is done regularly, what became of it, and one run of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from immobe.commands.opening import open_database
from immobe.config import load_config

if TYPE_CHECKING:
    from immobe.scheduling.records import Standing

app = typer.Typer(no_args_is_help=True, help="See what is due and what became of it; run one job now.")
_STYLES = {"ok": "green", "running": "cyan", "missed": "bold red", "failed": "red"}
JobName = Annotated[str, typer.Argument(metavar="JOB", help="As `immobe schedule list` names it.")]


@app.command("list")
def list_() -> None:
    """Show every job: when it last ran, how that ended, when it is due. Exit code 1 when one was missed or failed."""
    from rich.console import Console

    from immobe.scheduling.records import standings
    from immobe.storage.faults import connected

    config = load_config()
    with connected(open_database(config, "immobe schedule")) as connection:
        found = standings(connection, config.schedule_off)
    Console().print(_table(found))
    raise typer.Exit(1 if any(one.state in ("missed", "failed") for one in found) else 0)


@app.command()
def run(name: JobName) -> None:
    """Run a job to its end, and keep a record of it.

    Ends with the job's own exit code (128 + n after signal n), or with 75, and without running it, while the run before
    is still at work.
    """
    from immobe.scheduling.jobs import job_named
    from immobe.scheduling.running import OVERLAP_EXIT, Overlap
    from immobe.scheduling.running import run as run_job

    config, job = load_config(), job_named(name)
    if job.name in config.schedule_off:
        typer.echo(f"{job.name} is switched off by SCHEDULE_OFF.")
        return
    try:
        code = run_job(job, config, lambda: open_database(config, "immobe schedule"))
    except Overlap as error:
        typer.echo(f"immobe: {error}", err=True)
        code = OVERLAP_EXIT
    raise typer.Exit(code if code >= 0 else 128 - code)


@app.command()
def scout(platform: Annotated[str, typer.Argument(help="Name of the platform, as in: immoweb")]) -> None:
    """Go through a platform's search pages (SCHEDULE_SCOPE of them): by Scrapyd if SCRAPYD_URL is set, else here.

    Ends when the scout has ended: exit code 1 when it did not end well, 69 when Scrapyd did not take it.
    """
    from immobe.platforms import get_platform
    from immobe.scheduling.scouting import NOT_STARTED_EXIT, NotStarted
    from immobe.scheduling.scouting import scout as to_its_end

    config, name = load_config(), get_platform(platform).name
    try:
        ended_well = to_its_end(config, name, lambda: open_database(config, "immobe schedule"), typer.echo)
        code = 0 if ended_well else 1
    except NotStarted as error:
        typer.echo(f"immobe: {error}", err=True)
        code = NOT_STARTED_EXIT
    raise typer.Exit(code)


@app.command()
def jitter(name: JobName) -> None:
    """Print a random number of seconds within a job's jitter: for scripts/schedule.sh."""
    import random

    from immobe.scheduling.jobs import job_named

    typer.echo(random.randint(0, job_named(name).jitter_seconds))  # noqa: S311 - spreads load, hides nothing


@app.command()
def write(folder: Annotated[Path, typer.Argument(help="Where crontab and systemd/ are.")] = Path("deploy")) -> None:
    """Write deploy/crontab and the systemd units from the declaration of the jobs; remove timers of former jobs."""
    from immobe.scheduling.files import files

    written = dict(files())
    for path, text in written.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    for timer in (folder / "systemd").glob("immobe-*.timer"):
        if f"systemd/{timer.name}" not in written:
            timer.unlink()
    typer.echo(f"{len(written)} files are written to {folder}.")


def _table(found: list[Standing]) -> object:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table("job", "schedule", "last run", "outcome", "next due", "state", box=SIMPLE_HEAD, pad_edge=False)
    for one in found:
        style, since = _STYLES.get(one.state, ""), f" ({_moment(one.missed_since)})" if one.missed_since else ""
        state = f"[{style}]{one.state}[/{style}]{since}" if style else one.state
        due = "-" if one.state == "off" else _moment(one.next_due)
        table.add_row(one.job.name, one.job.cron, _moment(one.last_started), _outcome(one), due, state)
    return table


def _outcome(one: Standing) -> str:
    if one.last_started is None or one.last_ended is None:
        return "-"
    lasted = f"{(one.last_ended - one.last_started).total_seconds():.0f} s"
    if one.exit_code == 0:
        return f"done in {lasted}"
    code = one.exit_code or 0
    return f"exit code {code} after {lasted}" if code > 0 else f"signal {-code}"


def _moment(at: datetime | None) -> str:
    return "-" if at is None else f"{at.astimezone():%m-%d %H:%M}"
