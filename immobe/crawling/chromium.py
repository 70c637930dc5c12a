"""Where Chromium is, and how it is started. Knows neither Scrapy nor Playwright: `immobe doctor` uses it too."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from immobe.config import Config
from immobe.errors import ConfigError

NAMES = ("chromium", "chromium-browser", "google-chrome")
INSTALL = "On Debian: apt-get install chromium; elsewhere set CHROME_PATH, or BROWSER_CDP_URL to a running one."
_ANSWER_SECONDS = 10
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # It renders what we fetch and has no network of its own: whatever our routes do not see goes nowhere.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)


def find_chromium(config: Config) -> Path:
    """The program: CHROME_PATH, or the first of `NAMES` on the PATH. Raises ConfigError."""
    if config.chrome_path is not None:
        if not os.access(config.chrome_path, os.X_OK) or config.chrome_path.is_dir():
            raise ConfigError(f"CHROME_PATH is no program: {config.chrome_path}")
        return config.chrome_path
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise ConfigError(f"no Chromium is installed ({', '.join(NAMES)}). {INSTALL}")
    return Path(found)


def uses_sandbox(config: Config) -> bool:
    """Chromium's sandbox is left out only for root, where Chromium refuses it, and with BROWSER_NO_SANDBOX."""
    return not config.browser_no_sandbox and os.geteuid() != 0


def chromium_version(config: Config) -> str:
    """What the program says, or the remote one at BROWSER_CDP_URL.

    Raises ConfigError, OSError, ValueError or SubprocessError when it does not say it.
    """
    if config.browser_cdp_url:
        parts = urlsplit(config.browser_cdp_url)
        scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
        address = f"{scheme}://{parts.netloc}/json/version"
        with urllib.request.urlopen(address, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310 - Config allows http(s) and ws(s)
            return f"{json.load(answer)['Browser']} at {parts.hostname}"
    program = find_chromium(config)
    command = [str(program), "--version"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=_ANSWER_SECONDS, check=False)
    if run.returncode != 0:
        raise ConfigError(f"{program} does not run: {run.stderr.strip()[-200:]}")
    return run.stdout.strip()
