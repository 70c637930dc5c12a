"""How a person looks at pages: in a theme, a width and a language; and what must hold of every page they see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
AXE_RUN = """() => axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).then(
    found => found.violations.map(({id, impact, nodes}) => ({id, impact, nodes: nodes.map(
        node => node.html + " " + node.failureSummary)})))"""
SETTLED = """async () => {
    const busy = () => document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling")
        || document.getAnimations().some((one) => one.playState === "running" && one.effect.getTiming().iterations < 9);
    while (busy()) await new Promise(requestAnimationFrame);
}"""
SHOTS = Path(__file__).parents[2] / "artefacts" / "screenshots"
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)


class Look(NamedTuple):
    """One way of looking at a page."""

    theme: str
    width: int
    language: str

    def __str__(self) -> str:
        return "-".join(map(str, self))


_AT_ONCE = {("light", 1280, "en"), ("dark", 360, "fr"), ("light", 360, "nl"), ("dark", 1280, "nl")}
LOOKS = [
    pytest.param(look, marks=[] if look in _AT_ONCE else pytest.mark.slow)
    for look in map(Look._make, product(("light", "dark"), (360, 1280), ("en", "fr", "nl")))
]
"""Every page is seen in each of them; the normal suite has each theme at each width, and each language."""


@dataclass
class Visitor:
    """A browser window. `page` is Playwright's; what goes wrong in it is kept in `troubles`."""

    context: BrowserContext
    url: str
    page: Page
    troubles: list[str] = field(default_factory=list)
    expected_statuses: set[int] = field(default_factory=set)
    """Refusals that the test provokes."""

    @classmethod
    @contextmanager
    def at(cls, browser: Browser, url: str) -> Iterator[Visitor]:
        context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 900}, locale="en-BE")
        context.set_default_timeout(PATIENCE_MS)
        visitor = cls(context, url, context.new_page())
        visitor.page.on("console", visitor._hear)
        visitor.page.on("pageerror", lambda error: visitor.troubles.append(f"error: {error}"))
        visitor.page.on("response", visitor._see)
        try:
            yield visitor
            assert not visitor.troubles
        finally:
            context.close()

    @classmethod
    def signed_in(cls, browser: Browser, url: str, name: str, password: str) -> list[Any]:
        """The cookies of somebody who has signed in there; signing in is limited, so a module does it once."""
        with cls.at(browser, url) as visitor:
            visitor.sign_in(name, password)
            return list(visitor.context.cookies())

    def _hear(self, message: ConsoleMessage) -> None:
        """Refusals that are expected are told in the console too."""
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.troubles.append(f"console: {message.text}")

    def _see(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected_statuses:
            self.troubles.append(f"{response.status}: {response.url}")

    def look(self, look: Look) -> None:
        """From the next page on."""
        self.page.set_viewport_size({"width": look.width, "height": 800 if look.width < 600 else 900})
        cookies = {"immobe_theme": look.theme, "immobe_language": look.language}
        self.context.add_cookies([{"name": name, "value": value, "url": self.url} for name, value in cookies.items()])

    def visit(self, path: str) -> Page:
        """The page, loaded."""
        self.page.goto(path, wait_until="load")
        return self.page

    def sign_in(self, name: str, password: str) -> None:
        page = self.visit("/ui/sign-in")
        page.fill("input[name=name]", name)
        page.fill("input[name=password]", password)
        page.locator("main button").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)

    def check(self, name: str, look: Look) -> None:
        """The page as it is now: it fits the window, axe finds nothing serious, and its picture is kept."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.evaluate(SETTLED)
        self.page.screenshot(path=SHOTS / f"{name}-{look}.png", full_page=True)
        assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "it scrolls sideways"
        assert self.page.locator("html").get_attribute("lang") == look.language
        self.page.evaluate(AXE)
        for _ in range(3):  # what fades in while axe looks at it has no true colours yet
            serious = [v for v in self.page.evaluate(AXE_RUN) if v["impact"] in {"serious", "critical"}]
            if not serious:
                return
            self.page.evaluate(SETTLED)
        raise AssertionError(serious)
