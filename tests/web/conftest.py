"""A real browser before a real server. The browser is the machine's Chromium; where there is none, its tests are skipped,
but for CI, which must have one.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from app.api.cookies import COOKIE
from app.main import create_app
from app.wiring import Instance
from tests.serving import serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ALONE = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """A Chromium of this test's own: while Playwright is at work, an event loop runs in this thread, and the tests
    that begin one of their own could not.
    """
    if CHROMIUM is None:
        assert not os.environ.get("CI"), "CI needs a Chromium"
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ALONE)
        yield browser
        browser.close()


@dataclass
class Window:
    """Somebody's browser window. What goes wrong in it is remembered; `look` says what is barred to whom."""

    page: Page
    url: str
    amiss: list[str] = field(default_factory=list)
    looked_at: set[str] = field(default_factory=set)

    def open(self, path: str) -> None:
        """Go there and have it looked over."""
        self.page.goto(self.url + path)
        self.look()

    def press(self, name: str) -> None:
        """Press a button or follow a link, and have what comes looked over."""
        named = self.page.get_by_role("button", name=name, exact=True)
        target = named if named.count() else self.page.get_by_role("link", name=name, exact=True)
        target.first.click()
        self.page.wait_for_load_state()
        self.look()

    def look(self) -> None:
        """Have axe-core look at this page in this state."""
        self.looked_at.add(self.page.url.removeprefix(self.url))
        found = Axe().run(self.page).response["violations"]
        self.amiss += [f"{self.page.url}: {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]

    def complain(self, said: str) -> None:
        """Remember what the console says, but for pages that were refused: they are pages, too."""
        if not said.startswith("Failed to load resource") or not re.search(
            r"status of (403|404|409|422)", said
        ):
            self.amiss.append(f"console: {said}")

    @property
    def text(self) -> str:
        return self.page.locator("main").inner_text()


@pytest.fixture
def address(instance: Instance) -> Iterator[str]:
    """Where the instance of this test is served."""
    with serving(create_app(instance=instance)) as url:
        yield url


class SignedIn(Protocol):
    """Somebody with a session."""

    @property
    def token(self) -> str: ...


@pytest.fixture
def window(windows: Callable[..., Window], address: str) -> Callable[..., Window]:
    """Open a window to this test's instance: `window(anna, PHONE, language="de-DE", scripts=False)`."""
    return partial(windows, address)


@pytest.fixture
def windows(chromium: Browser) -> Iterator[Callable[..., Window]]:
    """Open windows to any instance, by its address. Nothing may have gone wrong in the end."""
    opened: list[tuple[BrowserContext, Window]] = []

    def open_window(
        url: str,
        who: SignedIn | None = None,
        device: dict[str, Any] = PHONE,
        *,
        language: str = "en-GB",
        scripts: bool = True,
        workers: bool = False,
    ) -> Window:
        context = chromium.new_context(
            **device,
            locale=language,
            java_script_enabled=scripts,
            reduced_motion="reduce",
            service_workers="allow" if workers else "block",
        )
        if who is not None:
            context.add_cookies([{"name": COOKIE, "value": who.token, "url": url}])
        shown = Window(context.new_page(), url)
        shown.page.set_default_timeout(60_000)
        shown.page.on("pageerror", lambda error: shown.amiss.append(f"script: {error}"))
        shown.page.on(
            "console",
            lambda said: said.type == "error" and shown.complain(f"{said.text} {said.location['url']}"),
        )
        opened.append((context, shown))
        return shown

    yield open_window
    amiss = [one for _, shown in opened for one in shown.amiss]
    for context, _ in opened:
        context.close()
    assert amiss == []
