"""Which Chromium is taken, and whose pages need one."""

from __future__ import annotations

from pathlib import Path

import pytest

from immobe.config import load_config
from immobe.crawling.browser_platforms import browser_platforms
from immobe.crawling.chromium import chromium_version, find_chromium, uses_sandbox
from immobe.errors import ConfigError, UnknownPlatform
from immobe.platforms import PLATFORMS


def program(folder: Path, name: str, text: str = "echo Chromium 1") -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_the_first_known_name_on_the_path_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="no Chromium is installed"):
        find_chromium(load_config(None))
    chrome = program(tmp_path, "google-chrome")
    assert find_chromium(load_config(None)) == chrome
    chromium = program(tmp_path, "chromium")
    assert find_chromium(load_config(None)) == chromium


def test_chrome_path_wins_and_must_be_a_program(tmp_path: Path) -> None:
    own = program(tmp_path, "own")
    assert find_chromium(load_config(None, chrome_path=own)) == own
    for wrong in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ConfigError, match="CHROME_PATH is no program"):
            find_chromium(load_config(None, chrome_path=wrong))


def test_the_sandbox_is_left_out_for_root_and_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert uses_sandbox(load_config(None))
    assert not uses_sandbox(load_config(None, browser_no_sandbox=True))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert not uses_sandbox(load_config(None))


def test_a_program_that_does_not_run_says_why(tmp_path: Path) -> None:
    assert chromium_version(load_config(None, chrome_path=program(tmp_path, "fine"))) == "Chromium 1"
    broken = program(tmp_path, "broken", "echo no library >&2; exit 127")
    with pytest.raises(ConfigError, match="does not run: no library"):
        chromium_version(load_config(None, chrome_path=broken))


def test_platforms_say_it_themselves_or_an_operator_does(monkeypatch: pytest.MonkeyPatch) -> None:
    marked = {name for name, platform in PLATFORMS.items() if platform.needs_browser}
    assert set(browser_platforms(load_config(None))) == marked
    monkeypatch.setenv("BROWSER_PLATFORMS", " immoweb, ")
    assert set(browser_platforms(load_config(None))) == marked | {"immoweb"}
    monkeypatch.setenv("BROWSER_PLATFORMS", "immowebb")
    with pytest.raises(UnknownPlatform, match="immowebb"):
        browser_platforms(load_config(None))
