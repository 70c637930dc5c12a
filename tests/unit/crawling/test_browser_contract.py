"""What we use of scrapy-playwright and Playwright that is not public: a new version must be looked at, not trusted."""

from __future__ import annotations

import inspect
from dataclasses import fields
from importlib.metadata import version

import psutil
from scrapy_playwright import handler
from scrapy_playwright.provider import PlaywrightBrowserProvider

from immobe.config import load_config
from immobe.crawling.browser_options import handler_config
from immobe.crawling.browser_session import driver_pid
from immobe.crawling.chromium import FLAGS


def test_the_version_is_the_one_that_was_read() -> None:
    assert version("scrapy-playwright") == "0.0.48"


def test_the_handler_has_the_parts_that_we_use() -> None:
    kind = handler.ScrapyPlaywrightDownloadHandler
    for name in ("_launch", "_maybe_launch_browser", "_browser_disconnected_callback", "download_request"):
        function = getattr(kind, name)
        assert inspect.iscoroutinefunction(function), name
    assert list(inspect.signature(kind._launch).parameters) == ["self"]
    assert list(inspect.signature(kind._maybe_launch_browser).parameters) == ["self"]
    source = inspect.getsource(kind._maybe_launch_browser)
    assert "self.browser = await self.browser_provider.launch_browser()" in source
    assert 'self.browser.on("disconnected", self._browser_disconnected_callback)' in source
    assert "context_wrappers" in inspect.getsource(kind.__init__)
    assert {field.name for field in fields(handler.BrowserContextWrapper)} == {"context", "semaphore", "persistent"}


def test_a_page_is_created_initialised_then_navigated() -> None:
    """Our routes must be there before the page asks for anything, and stand before the handler's own."""
    source = inspect.getsource(handler.ScrapyPlaywrightDownloadHandler._download_request_with_retry)
    order = [source.index(step) for step in ("page.route(", "_maybe_execute_page_init_callback(", "_with_page(")]
    assert order == sorted(order)


def test_every_option_of_the_handler_is_set_on_purpose() -> None:
    config = handler_config(load_config(None, chrome_path="/bin/true"), "Immo-Be/0.1")
    assert {field.name for field in fields(config)} == {
        "cdp_url", "cdp_kwargs", "connect_url", "connect_kwargs", "browser_type_name", "launch_options",
        "max_pages_per_context", "max_contexts", "startup_context_kwargs", "navigation_timeout_ms",
        "download_timeout_secs", "restart_disconnected_browser", "target_closed_max_retries", "use_threaded_loop",
    }  # fmt: skip
    assert config.launch_options["executable_path"] == "/bin/true"
    assert config.launch_options["args"] == [*FLAGS, "--user-agent=Immo-Be/0.1"]
    assert not config.restart_disconnected_browser


async def test_the_drivers_process_is_known() -> None:
    class Handler:
        browser_provider = PlaywrightBrowserProvider(handler_config(load_config(None, chrome_path="/bin/true"), "x"))

    await Handler.browser_provider.start()
    try:
        pid = driver_pid(Handler)  # type: ignore[arg-type]
        assert pid in {child.pid for child in psutil.Process().children()}
    finally:
        await Handler.browser_provider.close()
