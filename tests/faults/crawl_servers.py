"""A PostgreSQL of the fault tests' own, which they may kill and freeze; the gated replica as a process."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import Request, urlopen

import psutil
import psycopg2
import pytest

from immobe.config import load_config
from immobe.embedded import ensure_services, service_status, stop_services
from immobe.storage.schema import migrate
from tests.faults import crawl_replica
from tests.integration.databases import drop_database


class SmallDisks:
    """File systems in memory with little room, which only root may make."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mounted: list[Path] = []

    def mount(self, name: str, size: str) -> Path:
        """A new one, `size` as `mount` takes it. Skips the test where it may not be made."""
        place = self._folder / name
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "immobe-faults", str(place)]
        if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("only root may mount a small disk")
        self._mounted.append(place)
        return place

    def leave(self, free_bytes: int) -> None:
        """So much room is left on each."""
        for place in self._mounted:
            used = shutil.disk_usage(place).used
            subprocess.run(["mount", "-o", f"remount,size={used + free_bytes}", str(place)], check=True)

    def close(self) -> None:
        for place in self._mounted:
            subprocess.run(["umount", str(place)], check=True)


class PostgresServer:
    """The embedded server in a folder of its own. Its port stays the same over restarts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._config = load_config(
            None,
            immobe_data_dir=folder,
            database_url=None,
            redis_url="redis://127.0.0.1:1/0",  # no Valkey from here
        )
        self.url = self.start()
        migrate(self.database("market_template", copy=None))

    def start(self) -> str:
        return ensure_services(self._config).database_url

    def stop(self) -> None:
        stop_services(self._config)

    def kill(self) -> None:
        """SIGKILL to the server; its children notice by themselves."""
        server = self._process()
        family = [server, *server.children()]
        server.kill()
        _, alive = psutil.wait_procs(family, 20)
        assert not alive, f"{alive} outlived their server"

    def freeze(self) -> None:
        for process in self._family():
            process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        for process in self._family():
            process.send_signal(signal.SIGCONT)

    def database(self, name: str = "", *, copy: str | None = "market_template") -> str:
        """URL of a new database: with our tables, unless `copy` is None."""
        name = name or f"market_{secrets.token_hex(6)}"
        self.ask(f"CREATE DATABASE {name}" + (f" TEMPLATE {copy}" if copy else ""))
        return f"{self.url.rpartition('/')[0]}/{name}"

    def drop(self, url: str) -> None:
        drop_database(self.ask, url.rpartition("/")[2])

    def ask(self, query: str, *, superuser: bool = False) -> list[tuple[Any, ...]]:
        """Answers of the server, outside any transaction."""
        url = self.url.replace("+psycopg2", "")
        credentials = {}
        if superuser:
            credentials = {"user": "postgres", "password": self._superuser_password()}
        with closing(psycopg2.connect(url, connect_timeout=5, **credentials)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(query)
                return list(cursor.fetchall()) if cursor.description else []

    def database_on(self, disks: SmallDisks, free_bytes: int = 1 << 18) -> str:
        """URL of a new database with our tables, on a disk of its own with little room left."""
        place = disks.mount("tablespace", "64m")
        shutil.chown(place, self._process().username())
        self.ask(f"CREATE TABLESPACE small LOCATION '{place}'", superuser=True)
        self.ask("GRANT CREATE ON TABLESPACE small TO immobe", superuser=True)
        self.ask("CREATE DATABASE market_small TEMPLATE market_template TABLESPACE small")
        self.ask("CHECKPOINT", superuser=True)  # until then, its pages are not on the disk
        disks.leave(free_bytes)
        return f"{self.url.rpartition('/')[0]}/market_small"

    def drop_tablespace(self, url: str) -> None:
        """The database and its place."""
        self.drop(url)
        self.ask("DROP TABLESPACE small", superuser=True)

    def _superuser_password(self) -> str:
        return (self._folder / "postgresql" / "superuser" / "password").read_text().strip()

    def _process(self) -> psutil.Process:
        pid = service_status(self._config)[0].pid
        assert pid is not None, "PostgreSQL does not run"
        return psutil.Process(pid)

    def _family(self) -> list[psutil.Process]:
        """The server first: frozen, it starts no more children."""
        server = self._process()
        return [server, *server.children()]


class ReplicaServer:
    """`crawl_replica.py` with one market."""

    def __init__(self, listings: int, seed: int = 3) -> None:
        command = [sys.executable, crawl_replica.__file__, f"--listings={listings}", f"--seed={seed}"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        with urlopen(f"{self.url}/_replica/listings?platform=immoweb") as lines:
            found = [json.loads(line) for line in lines]
        self.truth: dict[str, dict[str, Any]] = {one["platform_listing_id"]: one for one in found}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def reset(self) -> None:
        """The gate shut, nothing counted."""
        self._call("DELETE", "answered")
        self.let(0)

    def let(self, pages: int | None) -> None:
        """So many more pages are answered; None: all, 0: none."""
        self._call("PUT", "gate", {"pages": pages})

    def left(self) -> int | None:
        """How many pages may still be answered; None: all."""
        left: int | None = self._call("GET", "gate")["pages"]
        return left

    def answered(self) -> Counter[str]:
        """How often each page was answered."""
        return Counter(self._call("GET", "answered"))

    def _call(self, method: str, name: str, content: object = None) -> Any:
        body = None if content is None else json.dumps(content).encode()
        with urlopen(Request(f"{self.url}/_faults/{name}", body, method=method), timeout=30) as answer:
            return json.load(answer)
