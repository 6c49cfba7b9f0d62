"""axe-core looks at every page there is, and at a loan in every state from both sides: on a phone, in German.

The pages are those of the application itself, and a world's ids fill their addresses. So a page that somebody adds is
looked at without being named here, or the test says that its world has nothing for it.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import FilePayload, Route

from app.bookings.rules.words import State
from app.kernel.actor import StaffRole
from app.main import create_app
from app.web import steps
from app.web.pages import routers
from tests.contract.world import settle
from tests.factories.accounts import signed_in_person
from tests.factories.bookings import END, START, WAYS_TO, Booking, Street, actions_of
from tests.factories.listings import offer
from tests.factories.regions import Line, Regions, two_regions
from tests.serving import serving
from tests.web.conftest import PHONE, Window

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NOT_PAGES = {"/static/{digest}/{name:path}", "/manifest.webmanifest", "/service-worker.js", "/offline/next"}
"""What browsers fetch for themselves."""

STAFFS = ("/staff", "/moderation", "/partners")
THEN = "from_day=2026-11-28&from_time=12:00&until_day=2026-11-28&until_time=18:00"
LOOKS = {
    "visitor": (
        "/", "/listings/{listing_id}", "/organisations/{organisation_id}", f"/listings/{{listing_id}}?{THEN}",
        f"/listings/{{mirrored_id}}?{THEN}", "/listings/{want_id}", f"/?q=nothing-of-the-kind&{THEN}",
        "/?q=drill&view=map", "/?q=drill&units=none", "/nowhere", "/confirm?token=x", "/sign-in?token=x",
        "/password-reset?token=x",
    ),
    "Anna": (
        "/bookings?role=provider", "/bookings?role=provider&show=now", "/bookings?show=past", "/offer?purpose=want",
        "/offer?like={listing_id}", "/listings/{want_id}", "/listings/{want_id}/edit", "/staff",
        "/listings/{listing_id}?do=renew", "/report?target=listing&target_id={listing_id}",
    ),
    "Ben": (
        "/bookings", "/bookings/{booking_id}", "/series/{series_id}", "/booking-groups/{group_id}", "/listings/{want_id}",
        f"/listings/{{listing_id}}?{THEN}", f"/listings/{{mirrored_id}}?{THEN}", "/reports?concerning_me=1",
    ),
    "Cora": (
        "/bookings", "/bookings?role=provider&show=now", "/listings", "/saved-searches", "/notifications", "/reports",
        "/me/calendars", "/organisations", "/wants?q=nothing-of-the-kind",
    ),
}  # fmt: skip
"""What else pages look like, and to whom: found by visitors, seen from the other side, empty for a newcomer."""

REFUSED = ("/register", "/offer", "/me/password", "/me/email", "/import", "/organisations", "/password-reset")
LIST: FilePayload = {"name": "list.csv", "mimeType": "text/csv", "buffer": b"Title;Units\nLadder;2\n;x\n"}
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
SEND_AS_IT_IS = """() => {
    const form = document.querySelector('main form[method=post]');
    form.noValidate = true;
    form.requestSubmit();
}"""


def pages() -> list[str]:
    """The addresses of all pages, as the application knows them."""
    every = [route for router in routers for route in router.routes]
    return sorted({route.path for route in every if "GET" in route.methods} - NOT_PAGES)


@pytest.fixture
def regions(database_url, copies, tmp_path, clock) -> Iterator[Regions]:
    with copies.sqlite() as other, two_regions((database_url, other), tmp_path, clock, Line()) as both:
        yield both


@pytest.fixture
def ids(regions):
    """A world that has a partner, and something of the partner's: its ids by the names that addresses give them."""
    leipzig, halle = regions.leipzig, regions.halle
    world = settle(leipzig.instance, leipzig.client)
    offer(halle.instance, signed_in_person(halle.instance, "Hanna"), title="Lastenrad", federation="bookable")
    regions.pair()
    [mirrored] = leipzig.found("Lastenrad")
    ada = signed_in_person(leipzig.instance, "Ada", staff=StaffRole.ADMIN)
    people = {"Anna": world.anna, "Ben": world.ben, "Cora": world.cora, "Ada": ada, "visitor": None}
    return {**world.ids, "partner_id": leipzig.partner().id, "mirrored_id": mirrored["id"], "people": people}


def test_nobody_is_barred_from_any_page(regions, ids, windows):
    with serving(create_app(instance=regions.leipzig.instance)) as url:
        opened = {name: windows(url, who, PHONE, language="de-DE") for name, who in ids["people"].items()}
        for shown in opened.values():  # tiles of a map, and photos at the address by which the world knows us
            shown.page.context.route(re.compile("^https:"), draw)
        for path in pages():
            look(opened["Ada" if path.startswith(STAFFS) else "Anna"], path.format_map(ids), status=200)
        for name, paths in LOOKS.items():
            for path in paths:
                look(opened[name], path.format_map(ids))
        send(opened["Anna"], "/me/calendars", "Adresse erzeugen")
        send(opened["Anna"], "/import", "Ansehen, was daraus würde", list=LIST)
        send(opened["Ada"], "/partners", "Einladung erstellen")
        send(opened["Ada"], "/partners", "Sehen, von wem sie ist", invite=regions.halle.invite())


def draw(picture: Route) -> None:
    picture.fulfill(content_type="image/svg+xml", body=PICTURE)


def send(shown: Window, path: str, button: str, **fields: str | FilePayload) -> None:
    """Fill in a form whose answer is a page that has no address of its own, and have it looked over."""
    shown.page.goto(shown.url + path)
    for name, value in fields.items():
        at = shown.page.locator(f"#{name}")
        at.fill(value) if isinstance(value, str) else at.set_input_files(files=[value])
    with shown.page.expect_navigation() as arrived:
        shown.page.get_by_role("button", name=button, exact=True).click()
    assert arrived.value.status == 200, f"{path}: {arrived.value.status}"
    judge(shown)


def test_nobody_is_barred_from_a_loan_in_any_state(street, clock, run_jobs, window):
    reached = {state: street.brought_to(state) for state in WAYS_TO}
    reached |= before_the_promise(street, clock, run_jobs) | ended(street)
    assert reached.keys() == set(State)
    forms: set[tuple[str, ...]] = set()
    for who, role in ((street.anna, "borrower"), (street.ben, "provider")):
        shown = window(who, PHONE, language="de-DE")
        for booking in reached.values():
            look(shown, f"/bookings/{booking['id']}")
            for action in sorted(actions_of(street.read(booking, who))):
                form = tuple(steps.asks(action, role, units=1, has_begun=False, has_deposit=False))
                if form not in forms:  # forms that ask for the same look the same
                    forms.add(form)
                    look(shown, f"/bookings/{booking['id']}?do={action}")


def test_nobody_is_barred_from_what_a_refused_form_says(street, window):
    street.ben = signed_in_person(street.instance, "Ben", with_password=True)
    ben = window(street.ben, PHONE, language="de-DE")
    drill = street.offer()
    for path in (*REFUSED, f"/listings/{drill}/closures", f"/report?target=listing&target_id={drill}"):
        ben.page.goto(ben.url + path)
        with ben.page.expect_navigation():
            ben.page.evaluate(SEND_AS_IT_IS)
        judge(ben)


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


def before_the_promise(street: Street, clock, run_jobs) -> dict[str, Booking]:
    """What was asked for and is not promised."""
    late = street.requested(street.offer(answer_hours=1))
    clock.turn(timedelta(hours=2))
    run_jobs()
    drill = street.offer(queue_turn_hours=30)
    loan = street.promised(drill, by=street.stranger)
    turn = waiting(street, drill)
    street.done("cancel", loan, street.stranger)
    run_jobs()
    taken = street.offer()
    street.promised(taken, by=street.stranger)
    several = street.requested(street.offer(units=5), units=5)
    return {
        "requested": street.requested(),
        "countered": street.done(
            "counter", several, street.ben, units=3, amount_minor=500, note="Two are broken."
        ),
        "waitlisted": waiting(street, taken),
        "offered": turn,
        "expired": late,
        "declined": street.done("decline", street.requested(), street.ben, reason="not_available"),
        "withdrawn": street.done("withdraw", street.requested(), street.anna),
    }


def waiting(street: Street, listing_id) -> Booking:
    body = {"starts_at": START.isoformat(), "ends_at": END.isoformat()}
    answer = street.client.post(
        f"/api/v1/listings/{listing_id}/queue", json=body, headers=street.anna.headers
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def ended(street: Street) -> dict[str, Booking]:
    """What was promised and came to no good end."""
    return {
        "lost": street.done("mark-lost", street.handed_over(), street.anna, note="It fell into the canal."),
        "unresolved": street.done("raise-case", street.handed_over(), street.anna, note="It smokes."),
        "cancelled": street.done("cancel", street.promised(), street.anna, note="We moved."),
    }


def look(shown: Window, path: str, *, status: int | None = None) -> None:
    """Go there; have it looked over, and nothing may run over the edge."""
    answer = shown.page.goto(shown.url + path)
    assert status is None or answer.status == status, f"{path}: {answer.status}"
    judge(shown)


def judge(shown: Window) -> None:
    shown.look()
    if not shown.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
        shown.amiss.append(f"{shown.page.url}: runs over the edge")
