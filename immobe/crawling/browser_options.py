"""What scrapy-playwright and Playwright are told."""

from __future__ import annotations

from typing import Any

from scrapy_playwright.handler import Config as HandlerConfig

from immobe.config import Config
from immobe.crawling.chromium import FLAGS, find_chromium, uses_sandbox

START_SECONDS = 30.0
_NO_LIMIT = 1_000_000


def handler_config(config: Config, user_agent: str) -> HandlerConfig:
    """What scrapy-playwright is told: limits and restarts are ours. Raises ConfigError without a Chromium."""
    return HandlerConfig(
        cdp_url=config.browser_cdp_url,
        cdp_kwargs={"timeout": START_SECONDS * 1000},
        connect_url=None,
        connect_kwargs={},
        browser_type_name="chromium",
        launch_options={} if config.browser_cdp_url else launch_options(config, user_agent),
        max_pages_per_context=_NO_LIMIT,
        max_contexts=None,
        startup_context_kwargs={},
        navigation_timeout_ms=config.browser_page_timeout * 1000,
        download_timeout_secs=0.1,
        restart_disconnected_browser=False,
        target_closed_max_retries=0,
    )


def launch_options(config: Config, user_agent: str) -> dict[str, Any]:
    """For Playwright's `launch`. Signals are Scrapy's to handle. Raises ConfigError without a Chromium."""
    return {
        "executable_path": str(find_chromium(config)),
        "headless": True,
        "args": [*FLAGS, f"--user-agent={user_agent}"],
        "chromium_sandbox": uses_sandbox(config),
        "timeout": START_SECONDS * 1000,
        **dict.fromkeys(("handle_sigint", "handle_sigterm", "handle_sighup"), False),
    }
