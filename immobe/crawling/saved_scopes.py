"""`-a scope=@name`: a scope that was saved, in `SAVED_SCOPES` or in the database (`immobe scope`)."""

from __future__ import annotations

from immobe.config import Config
from immobe.embedded import ensure_services
from immobe.errors import ScopeError
from immobe.storage.engine import make_engine
from immobe.storage.saved_scopes import saved_scopes


def scope_text(given: str, config: Config) -> str:
    """The text of a scope that may be given by name; the configuration's meaning of a name comes first.

    Raises ScopeError for an unknown name, and ServiceError when the database must be asked and cannot be.
    """
    if not given.startswith("@"):
        return given
    name = given[1:].strip()
    if name in config.saved_scopes:
        return config.saved_scopes[name]
    engine = make_engine(config, ensure_services(config).database_url, "immobe scopes")
    try:
        known = saved_scopes(engine)
    finally:
        engine.dispose()
    if name not in known:
        names = sorted({*known, *config.saved_scopes})
        raise ScopeError(f"scope: no saved scope is called {name!r}; there are: {', '.join(names) or 'none'}")
    return known[name]
