"""How fast the replica serves listing pages.

    scripts/bench.sh replica [--listings N] [--seconds S]

Starts a replica of its own on 127.0.0.1, asks for pages over kept-alive connections from this one process, and prints
the start time, pages a second and MB a second: first for pages never asked before, then for pages in its cache. Pages
per second of the replica's own processor time tell what a free core would do when the machine is busy with other work.
"""

from __future__ import annotations

import argparse
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))

from immobe.replica.immoweb.addresses import HOST, listing_path
from immobe.replica.market import Market

SEED = 1
BUFFER = bytearray(1 << 20)


class Connection:
    """One kept-alive connection with one request under way at a time."""

    def __init__(self, address: tuple[str, int], next_path: Callable[[], str]) -> None:
        self.socket = socket.create_connection(address)
        self.next_path = next_path
        self.left = 0
        self.send()

    def send(self) -> None:
        self.socket.sendall(f"GET /{HOST}{self.next_path()} HTTP/1.1\r\nHost: replica\r\n\r\n".encode())
        self.left = 0

    def receive(self) -> tuple[int, bool]:
        """(bytes read, whether the page is complete)"""
        read = self.socket.recv_into(BUFFER)
        if not read:
            raise SystemExit("the replica closed a connection")
        if not self.left:
            head, _, _ = bytes(BUFFER[:2000]).partition(b"\r\n\r\n")
            if b" 200 " not in head[:16]:
                raise SystemExit(f"not a page: {head[:80]!r}")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            self.left = len(head) + 4 + length
        self.left -= read
        return read, self.left == 0


def measure(
    server: int, address: tuple[str, int], paths: Iterator[str], connections: int, seconds: float
) -> tuple[float, float, float]:
    """(pages a second, MB a second, pages a processor second of the server)"""
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        connection = Connection(address, lambda: next(paths))
        selector.register(connection.socket, selectors.EVENT_READ, connection)
    pages = received = 0
    busy = processor_seconds(server)
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        for key, _ in selector.select(1):
            read, complete = key.data.receive()
            received += read
            if complete:
                pages += 1
                key.data.send()
    elapsed, busy = time.perf_counter() - started, processor_seconds(server) - busy
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    return pages / elapsed, received / elapsed / 1e6, pages / busy


def processor_seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--connections", type=int, default=16)
    asked = parser.parse_args()
    command = [sys.executable, "-m", "immobe", "replica", "--port=0", f"--listings={asked.listings}", f"--seed={SEED}"]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            print(f"{asked.listings:,} listings: listening after {time.perf_counter() - started:.2f} s")
            url = urlsplit(line.split()[-1])
            address = (str(url.hostname), int(url.port or 80))
            market = Market(SEED, asked.listings)
            fresh = cycle([listing_path(market, index, "en") for index in range(min(asked.listings, 60_000))])
            report("new pages", measure(server.pid, address, fresh, asked.connections, asked.seconds))
            few = cycle([listing_path(market, index, "en") for index in range(min(asked.listings, 300))])
            measure(server.pid, address, few, asked.connections, 1)
            report("pages in the cache", measure(server.pid, address, few, asked.connections, asked.seconds))
        finally:
            server.send_signal(signal.SIGTERM)
            stopped = time.perf_counter()
            server.wait(10)
            print(f"stopped after {time.perf_counter() - stopped:.2f} s, exit code {server.returncode}")


def report(what: str, figures: tuple[float, float, float]) -> None:
    a_second, megabytes, a_processor_second = figures
    print(f"{what}: {a_second:,.0f} pages/s, {megabytes:,.0f} MB/s, {a_processor_second:,.0f} pages a processor second")


if __name__ == "__main__":
    main()
