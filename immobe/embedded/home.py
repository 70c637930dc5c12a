"""The folder of one embedded server: data, password, state, log. Only the data in it belongs to the server's user."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from immobe.embedded.account import Account
from immobe.errors import ServiceError


@dataclass(frozen=True)
class ServerState:
    """What a later process must know of a server. `started`: seconds since boot, which no change of the clock moves."""

    pid: int
    started: float
    port: int
    version: str


@dataclass(frozen=True)
class Home:
    """`<data dir>/<service>/`, with names for everything in it."""

    folder: Path

    @property
    def data(self) -> Path:
        """The server's own data folder; it exists only when complete."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What the server said since its last start; the start before is beside it as `server.log.1`."""
        return self.folder / "server.log"

    @property
    def password_file(self) -> Path:
        """The generated password, readable by the server's user (and root) only."""
        return self.folder / "password"

    @property
    def state_file(self) -> Path:
        return self.folder / "state.json"

    @property
    def stop_note(self) -> Path:
        """Exists while the server is down because somebody stopped it; else its end was an accident."""
        return self.folder / "stopped"

    def make(self, account: Account) -> None:
        """Creates the folder. Raises ServiceError when it cannot be, or when the server's user cannot get in."""
        make_folders(self.folder, 0o755 if account.leaves_root else 0o700)
        if not account.can_enter(self.folder):
            raise ServiceError(
                f"The user {account.name!r}, who runs the embedded servers, cannot enter {self.folder}. "
                "Set IMMOBE_DATA_DIR to a folder whose parents everybody may enter, such as /var/lib/immobe."
            )

    @contextmanager
    def unfinished_data(self, account: Account) -> Iterator[Path]:
        """A new folder that becomes the data folder when the block succeeds, and vanishes when it does not.

        What a crash half way leaves is removed by the next attempt and never taken for data.
        """
        for left_behind in self.folder.glob(".data-*"):
            shutil.rmtree(left_behind, ignore_errors=True)
        unfinished = Path(tempfile.mkdtemp(prefix=".data-", dir=self.folder))
        try:
            account.own(unfinished)
            yield unfinished
            unfinished.replace(self.data)
            sync_folder(
                self.folder
            )  # else a power cut could undo the renaming, and the next start would clear the data away
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise

    def read_state(self) -> ServerState | None:
        """The last server's state, or None when there is none that can be read."""
        try:
            return ServerState(**json.loads(self.state_file.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write_state(self, state: ServerState) -> None:
        write_atomically(self.state_file, json.dumps(asdict(state)) + "\n", mode=0o644)

    def read_password(self) -> str | None:
        """The password, or None when none was made yet."""
        try:
            return self.password_file.read_text().strip() or None
        except FileNotFoundError:
            return None

    def new_password(self, account: Account) -> str:
        """Makes a password of letters and digits (it stands in URLs and shell lines as it is) and keeps it."""
        password = secrets.token_hex(24)
        write_atomically(self.password_file, password + "\n", mode=0o600, account=account)
        return password

    def open_new_log(self) -> int:
        """File descriptor of an empty log; the previous log is kept as `server.log.1`."""
        if self.log.exists():
            self.log.replace(self.log.with_name("server.log.1"))
        return os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def log_tail(self, lines: int = 15) -> str:
        """The log's last lines, or a word that there are none."""
        try:
            text = self.log.read_text(errors="replace").strip()
        except FileNotFoundError:
            text = ""
        return "\n".join(text.splitlines()[-lines:]) or "(its log is empty)"

    def size_bytes(self) -> int:
        """Bytes of all files in the data folder; files that vanish meanwhile count nothing."""
        total = 0
        for folder, _, names in os.walk(self.data):
            for name in names:
                try:
                    total += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118 - thousands of files
                except FileNotFoundError:
                    continue
        return total


def make_folders(folder: Path, mode: int) -> None:
    """`mkdir --parents` where every folder made has exactly `mode`, whatever the umask; existing ones stay untouched.

    Raises ServiceError when the system refuses.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            path.chmod(mode)
        if not folder.is_dir():
            raise NotADirectoryError(f"not a folder: '{folder}'")
    except OSError as error:
        raise ServiceError(
            f"The data folder {folder} cannot be made: {error}. Set IMMOBE_DATA_DIR to a folder you may write to."
        ) from error


def sync_folder(folder: Path) -> None:
    """Makes the names in `folder` as durable as fsync makes a file."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomically(path: Path, text: str, *, mode: int, account: Account | None = None) -> None:
    """Replaces `path` in one step, so that a reader or a crash never meets half of it, and never with wider rights."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        if account is not None:
            account.own(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
