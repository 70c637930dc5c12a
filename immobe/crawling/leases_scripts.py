"""The Lua scripts of the leased queue: loading, calling, counting round trips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1
from importlib.resources import files
from typing import Any

from redis import Redis
from redis.exceptions import NoScriptError

Argument = bytes | str | int | float
"""What a script takes."""


@dataclass(frozen=True)
class Script:
    """A script's text and the digest that Redis knows it by."""

    text: str
    digest: str


def load_script(name: str, *, under_full_memory: bool = False) -> Script:
    """`lua/<name>.lua` with the library before it. `under_full_memory`: Redis runs it beyond maxmemory, too."""
    folder = files("immobe.crawling") / "lua"
    first_line = "#!lua flags=allow-oom\n" if under_full_memory else "#!lua\n"
    text = first_line + (folder / "library.lua").read_text("utf-8") + (folder / f"{name}.lua").read_text("utf-8")
    return Script(text, sha1(text.encode(), usedforsecurity=False).hexdigest())


@dataclass(frozen=True)
class Call:
    """One call of a script. `keys` come after the queue's own."""

    script: Script
    arguments: Sequence[Argument]
    keys: tuple[str, ...] = ()


class Scripts:
    """Runs calls on one client. Every script gets the queue's keys, in the order that lua/library.lua names them."""

    def __init__(self, redis: Redis, keys: Sequence[str]) -> None:
        self.redis: Any = redis  # its annotations are loose: every answer may be bytes or str, now or awaited
        self.keys = list(keys)
        self.round_trips = 0
        self.reloads = 0
        """Calls that ran later than they were sent, because the server did not know their script."""

    def run(self, call: Call) -> Any:
        """The script's answer; loads it when the server does not know it. Raises redis' errors."""
        self.round_trips += 1
        try:
            return self.redis.execute_command(*self._command(call))
        except NoScriptError:
            return self._load_and_run(call)

    def run_together(self, calls: Sequence[Call]) -> list[Any]:
        """Answers, or errors in their place, of calls sent in one round trip. A lost connection raises."""
        if not calls:
            return []
        self.round_trips += 1
        pipeline = self.redis.pipeline(transaction=False)
        for call in calls:
            pipeline.execute_command(*self._command(call))
        answers: list[Any] = pipeline.execute(raise_on_error=False)
        for position, answer in enumerate(answers):
            if isinstance(answer, NoScriptError):  # it did not run, so it may run now
                answers[position] = self._load_and_run(calls[position])
        return answers

    def send_unread(self, call: Call) -> None:
        """Sends a call and does not wait for the answer: for tests of a death in between."""
        self.redis.connection_pool.get_connection().send_command(*self._command(call))

    def _load_and_run(self, call: Call) -> Any:
        self.round_trips += 2
        self.reloads += 1
        self.redis.script_load(call.script.text)
        return self.redis.execute_command(*self._command(call))

    def _command(self, call: Call) -> list[Argument]:
        keys = [*self.keys, *call.keys]
        return ["EVALSHA", call.script.digest, len(keys), *keys, *call.arguments]
