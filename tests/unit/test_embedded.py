"""Parts of the embedded servers that need no server."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from immobe.embedded import account, process
from immobe.embedded.account import Account, service_account
from immobe.embedded.home import Home, ServerState, make_folders, write_atomically
from immobe.embedded.mending import mend
from immobe.errors import ServiceError

ME = Account("me", os.geteuid(), os.getegid(), leaves_root=False)


def started(pid: int) -> float:
    return process.seconds_since_boot(psutil.Process(pid))


def test_a_process_is_known_by_pid_start_and_folder() -> None:
    here = Path.cwd()
    assert process.find(os.getpid(), started(os.getpid()), here) == psutil.Process()
    assert process.find(os.getpid(), started(os.getpid()) - 1, here) is None, "a recycled pid"
    assert process.find(os.getpid(), started(os.getpid()), here / "elsewhere") is None
    assert process.find(0x7FFFFFFF, 0.0, here) is None


def test_a_changed_clock_does_not_hide_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    before = started(os.getpid())
    real = psutil.boot_time()
    monkeypatch.setattr(psutil, "boot_time", lambda: real + 3600)
    monkeypatch.setattr(psutil._psplatform, "boot_time", lambda: real + 3600)
    assert process.find(os.getpid(), before, Path.cwd()) is not None


def test_a_stubborn_process_meets_longer_measures() -> None:
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as stubborn:
        assert stubborn.stdout
        stubborn.stdout.readline()
        measures = [(signal.SIGTERM, 0.05), (signal.SIGKILL, 10.0)]
        assert process.end([psutil.Process(stubborn.pid)], measures)
    assert stubborn.returncode == -signal.SIGKILL


def test_a_detached_process_writes_to_the_log_and_is_no_child(tmp_path: Path) -> None:
    log = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    server = process.start_detached(["/bin/sh", "-c", "pwd; exec sleep 600"], ME, log, tmp_path)
    os.close(log)
    assert server
    try:
        assert server.ppid() != os.getpid()
        assert process.works_in(server, tmp_path)
    finally:
        assert process.end([server], [(signal.SIGKILL, 10.0)])


@pytest.mark.parametrize("text", ["", "{", '{"pid": 1}', "[]", '{"pid": 1, "started": 0, "port": 1, "other": 2}'])
def test_an_unreadable_state_is_none(tmp_path: Path, text: str) -> None:
    home = Home(tmp_path)
    assert home.read_state() is None
    home.state_file.write_text(text)
    assert home.read_state() is None


def test_a_state_is_read_as_written(tmp_path: Path) -> None:
    state = ServerState(12, 34.56, 7890, "18.6")
    Home(tmp_path).write_state(state)
    assert Home(tmp_path).read_state() == state


def test_a_password_is_private_and_safe_in_urls_and_shells(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.read_password() is None
    password = home.new_password(ME)
    assert home.read_password() == password
    assert len(password) >= 32
    assert password.isalnum()
    assert home.password_file.stat().st_mode & 0o777 == 0o600


def test_data_that_was_not_finished_does_not_appear(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (tmp_path / ".data-killed").mkdir()
    with pytest.raises(OSError, match="No space"), home.unfinished_data(ME) as unfinished:
        _fill_the_disk(unfinished)
    assert list(tmp_path.iterdir()) == []
    with home.unfinished_data(ME) as unfinished:
        (unfinished / "whole").touch()
    assert (home.data / "whole").exists()


def _fill_the_disk(folder: Path) -> None:
    (folder / "half").touch()
    raise OSError(28, "No space left on device")


def test_a_start_begins_a_new_log_and_keeps_the_last(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.log_tail() == "(its log is empty)"
    for text in ("first", "second"):
        handle = home.open_new_log()
        os.write(handle, text.encode())
        os.close(handle)
    assert home.log_tail() == "second"
    assert (tmp_path / "server.log.1").read_text() == "first"


def test_folders_have_their_mode_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        make_folders(tmp_path / "a" / "b", 0o755)
    finally:
        os.umask(before)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "a/b")] == [0o755, 0o755]


def test_a_folder_that_cannot_be_made_names_the_variable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ServiceError, match="IMMOBE_DATA_DIR"):
            make_folders(folder, 0o755)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kept"
    write_atomically(path, "old", mode=0o600)
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, "new", mode=0o600)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize(
    ("log", "advice"),
    [
        ("PANIC:  could not write to file: No space left on device", "disk is full"),
        ("selecting dynamic shared memory implementation ... posix\nHINT:  Check free disk space.", "disk is full"),
        ("FATAL:  could not create shared memory segment: No such file", "--shm-size"),
        ('FATAL:  data directory "/x" has wrong ownership', "belongs to another user"),
        ("Can't open the append-only file: Permission denied", "owner and mode"),
        ("FATAL:  could not map anonymous shared memory: Cannot allocate memory", "--shm-size"),
        ("bind: Address already in use", "run it again"),
        ("error while loading shared libraries: libz.so.1", "DATABASE_URL"),
        ("PANIC:  could not locate a valid checkpoint record", "restore a backup"),
        ("Bad file format reading the append only file", "restore a backup"),
    ],
)
def test_known_trouble_has_advice(log: str, advice: str) -> None:
    assert advice in mend(log, "server.log")


def test_an_ordinary_user_runs_the_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    user = pwd.struct_passwd(("someone", "x", 1234, 1234, "", "/", "/bin/sh"))
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: user)
    assert not service_account().leaves_root
    assert "user" not in service_account().popen_options()


def test_root_without_a_way_to_create_the_user_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(account, "SYSTEM_USER", "no-such-user")
    monkeypatch.setattr(shutil, "which", lambda *args, **kwargs: None)
    with pytest.raises(ServiceError, match="neither useradd nor adduser"):
        service_account()


def test_a_program_that_cannot_run_is_noticed(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nexit 1\n")
    assert not ME.can_run(program)
    program.chmod(0o755)
    assert not ME.can_run(program)
    assert not ME.can_run(tmp_path / "absent")
    assert ME.can_enter(tmp_path)
    assert not ME.can_enter(tmp_path / "absent")
