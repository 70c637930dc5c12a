"""`immobe scope`: names for parts of the market, for `scrapy crawl … -a scope=@name` on every machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from immobe.config import load_config
from immobe.errors import ScopeError

if TYPE_CHECKING:
    from sqlalchemy import Engine

app = typer.Typer(no_args_is_help=True, help="Names for parts of the market.")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@app.command("list")
def list_scopes() -> None:
    """Show the saved scopes: those of SAVED_SCOPES, which come first, and those of the database."""
    from immobe.storage.saved_scopes import saved_scopes

    configured = load_config().saved_scopes
    stored = saved_scopes(_engine())
    for name in sorted({*configured, *stored}):
        where = "  (SAVED_SCOPES)" if name in configured else ""
        typer.echo(f"{name}: {configured.get(name) or stored[name]}{where}")
    if not configured and not stored:
        typer.echo('No scope is saved. For example: immobe scope save ghent "postal_code=9000"')


@app.command()
def save(
    name: Annotated[str, typer.Argument(help="As in: ghent")],
    scope: Annotated[str, typer.Argument(help='As in: "transaction=sale postal_code=9000"')],
) -> None:
    """Save a scope under a name, or change what the name means. Exit code 2 for a name or a scope that cannot be."""
    from immobe.crawling.scopes import parse_scope
    from immobe.storage.saved_scopes import save_scope

    if not _NAME.fullmatch(name):
        raise ScopeError(f"{name!r} is no name for a scope: small letters, digits, - and _, at most 40")
    parse_scope(scope)
    text = " ".join(scope.split())
    save_scope(_engine(), name, text)
    typer.echo(f"{name}: {text}")


@app.command()
def drop(name: Annotated[str, typer.Argument()]) -> None:
    """Forget a saved scope. Exit code 1 when there is none of that name."""
    from immobe.storage.saved_scopes import drop_scope

    if not drop_scope(_engine(), name):
        typer.echo(f"No scope of the database is called {name!r}.", err=True)
        raise typer.Exit(1)


def _engine() -> Engine:
    from immobe.embedded import ensure_services
    from immobe.storage.engine import make_engine
    from immobe.storage.schema import migrate

    config = load_config()
    url = ensure_services(config).database_url
    migrate(url)
    return make_engine(config, url, "immobe scope")
