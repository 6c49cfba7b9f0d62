"""Pictures of the main pages, to be looked at: with `depot serve --demo` running,

    python -m tests.web.screenshots http://127.0.0.1:8000 pictures/

makes one PNG of each, as a phone shows it, in German. Two of them, `--readme`, go to `tests/web/pictures/`.
"""

import sys
from pathlib import Path
from typing import Final

import httpx
from playwright.sync_api import Page, sync_playwright

from tests.web.conftest import ALONE, CHROMIUM, PHONE

PASSWORD: Final = "leihen statt kaufen"
BORROWER, LENDER, ASKED, STAFF = "samira.haddad", "petra.doering", "agnieszka.wojcik", "friederike.naumann"
PAGES: Final = (
    ("find", "", "/"),
    ("found", "", "/?q=lastenrad"),
    ("listing", "", "{listing}"),
    ("register", "", "/register"),
    ("my-requests", BORROWER, "/bookings?role=borrower"),
    ("my-things", ASKED, "/bookings?role=provider"),
    ("booking", ASKED, "{booking}"),
    ("offer", LENDER, "/offer"),
    ("wants", LENDER, "/wants"),
    ("staff", STAFF, "/staff"),
)
"""The ten main pages: name, who looks at it, address."""

IN_README: Final = ("found", "booking")
PICTURES: Final = Path(__file__).parent / "pictures"


def shoot(base: str, folder: Path, names: tuple[str, ...]) -> None:
    """Make a picture of each named page of the demo's town at `base`."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ALONE)
        for name, who, path in PAGES:
            if name in names:
                context = browser.new_context(**PHONE, device_scale_factor=2, locale="de-DE")
                page = context.new_page()
                if who:
                    _sign_in(page, base, who)
                page.goto(base + path.format(listing=_listing(base), booking=_booking(page, base, path)))
                page.screenshot(path=folder / f"{name}.png")
                print(folder / f"{name}.png")  # noqa: T201 - a command says what it has made
                context.close()
        browser.close()


def _sign_in(page: Page, base: str, who: str) -> None:
    page.goto(f"{base}/sign-in")
    page.fill("#email", f"{who}@example.org")
    page.fill("#password", PASSWORD)
    page.locator("form[action='/sign-in'] button").click()
    page.wait_for_load_state()


def _listing(base: str) -> str:
    found = httpx.get(
        f"{base}/api/v1/listings", params={"q": "Lastenrad", "purpose": "offer", "limit": 1}
    ).json()
    return f"/listings/{found['items'][0]['id']}"


def _booking(page: Page, base: str, path: str) -> str:
    if "{booking}" not in path:
        return ""
    page.goto(f"{base}/bookings?role=provider")
    return page.locator(".card .button").first.get_attribute("href") or "/bookings"


if __name__ == "__main__":
    chosen = sys.argv[1:]
    if chosen[1:] == ["--readme"]:
        shoot(chosen[0], PICTURES, IN_README)
    else:
        shoot(chosen[0], Path(chosen[1]), tuple(name for name, _, _ in PAGES))
