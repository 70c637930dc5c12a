"""Who the servers run as: the caller, or for root a system user of their own, since PostgreSQL refuses root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from immobe.errors import ServiceError

SYSTEM_USER = "immobe"

# Nothing of the caller's environment reaches the servers: it may hold secrets. C: we read their messages.
_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}

_USER_COMMANDS = (
    ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"],
    ["adduser", "-S", "-D", "-H", "-h", "/nonexistent"],  # BusyBox
)


@dataclass(frozen=True)
class Account:
    """A system user, and whether running as it means leaving root."""

    name: str
    uid: int
    gid: int
    leaves_root: bool

    def popen_options(self) -> dict[str, Any]:
        """Options for `subprocess` that run a program as this account, in its own session, with files private to it."""
        switch = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.leaves_root else {}
        return {"env": _ENVIRONMENT, "cwd": "/", "umask": 0o077, "start_new_session": True, **switch}

    def own(self, path: Path) -> None:
        """Gives a file or folder that root just made, in a folder only root writes to, to this account."""
        if self.leaves_root:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, folder: Path) -> bool:
        """Whether this account gets into `folder`; asked of the system itself, so that ACLs and mounts count too."""
        return self._succeeds(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)])

    def can_run(self, program: Path) -> bool:
        """Whether this account can execute `program` (which knows `--version`) and load its libraries."""
        return self._succeeds([str(program), "--version"])

    def _succeeds(self, command: list[str]) -> bool:
        try:
            run = subprocess.run(command, capture_output=True, timeout=30, check=False, **self.popen_options())
        except (OSError, subprocess.TimeoutExpired):
            return False
        return run.returncode == 0


def service_account() -> Account:
    """The account the servers run as; creates the system user when root has none yet.

    Raises ServiceError when the user cannot be created.
    """
    if os.geteuid() != 0:
        entry = pwd.getpwuid(os.geteuid())
        return Account(entry.pw_name, os.geteuid(), os.getegid(), leaves_root=False)
    found = existing_system_account()
    return found if found else _create_system_account()


def existing_system_account() -> Account | None:
    """The system user's account, or None while there is none."""
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return None
    if entry.pw_uid == 0:
        raise ServiceError(f"The system user {SYSTEM_USER!r} has root's id, and PostgreSQL refuses root. Rename it.")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, leaves_root=True)


def _create_system_account() -> Account:
    shell = shutil.which("nologin", path="/usr/sbin:/sbin:/usr/bin") or "/bin/false"
    said = "neither useradd nor adduser is installed"
    for program, *options in _USER_COMMANDS:
        path = shutil.which(program, path="/usr/sbin:/sbin:/usr/bin:/bin")
        if path is None:
            continue
        run = subprocess.run([path, *options, "-s", shell, SYSTEM_USER], capture_output=True, text=True, check=False)
        said = run.stderr.strip()
        account = existing_system_account()  # also when another process was first and ours failed
        if account:
            return account
    raise ServiceError(
        f"PostgreSQL refuses to run as root, and the system user {SYSTEM_USER!r} could not be created: {said}. "
        f"Create it by hand (useradd --system {SYSTEM_USER}), or run as an ordinary user."
    )
