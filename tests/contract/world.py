"""A small world made through the API itself: Anna offers, Ben borrows, Cora is a stranger to both.

Everything private that Anna or Ben have carries the word SECRET, so that it is recognised wherever it turns up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from app.kernel.actor import SYSTEM
from app.kernel.ids import new_id
from app.notifications.rules import Topic
from app.notifications.service.switching import address_to_silence
from app.wiring import Instance
from tests.factories import pictures
from tests.factories.accounts import Neighbour, signed_in_person

SECRET = "Sturmvogel"
"""In the private fields of Anna's and Ben's things, and nowhere else."""

NOON = "2026-11-28T12:00:00+01:00"
EVENING = "2026-11-28T18:00:00+01:00"


class Caller(Protocol):
    """What both httpx and Starlette's TestClient can do."""

    def request(self, method: str, url: str, **rest: Any) -> Any: ...


@dataclass(frozen=True)
class World:
    """Who there is, the ids of Anna's things by the names that paths give them, and what Cora must never read."""

    anna: Neighbour
    ben: Neighbour
    cora: Neighbour
    ids: Mapping[str, str]
    secrets: tuple[str, ...]


def settle(instance: Instance, caller: Caller) -> World:
    """Anna has an organisation, a draft, and an offer that Ben has asked for."""
    anna = signed_in_person(instance, "Anna")
    ben = signed_in_person(instance, "Ben")
    cora = signed_in_person(instance, "Cora")

    def post(who: Neighbour, path: str, **body: Any) -> dict[str, Any]:
        answer = caller.request("POST", f"/api/v1{path}", json=body, headers=who.headers)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else {}

    organisation = post(anna, "/organisations", name="Repair café")
    place = {"street": f"{SECRET} street 1", "district": "Plagwitz", "lat": 51.33, "lon": 12.34}
    post(anna, "/listings", kind="equipment", title=f"A draft of {SECRET}")
    listing = post(anna, "/listings", kind="equipment", title="Cordless drill", place=place)
    post(anna, f"/listings/{listing['id']}/publish")
    asked = {"listing_id": listing["id"], "starts_at": NOON, "ends_at": EVENING}
    booking = post(ben, "/bookings", **asked, purpose=f"The {SECRET} shelf", message=f"For {SECRET}.")
    chairs = post(anna, "/listings", kind="equipment", title="Chairs", units=50)
    post(anna, f"/listings/{chairs['id']}/publish")
    asked = {"listing_id": chairs["id"], "starts_at": NOON, "ends_at": EVENING}
    weekly = post(ben, "/bookings", **asked, recurrence="FREQ=WEEKLY;COUNT=2", purpose=f"The {SECRET} choir")
    when = {"starts_at": NOON, "ends_at": EVENING}
    group = post(
        ben, "/booking-groups", items=[{"listing_id": chairs["id"]}], **when, purpose=f"{SECRET} party"
    )
    want = post(
        anna,
        "/listings",
        purpose="want",
        kind="equipment",
        title="Forty chairs",
        wanted={"starts_at": NOON, "ends_at": EVENING, "units": 40},
    )
    post(anna, f"/listings/{want['id']}/publish")
    closure = post(
        anna,
        f"/listings/{listing['id']}/closures",
        starts_at="2026-12-24T00:00:00+01:00",
        ends_at="2026-12-27T00:00:00+01:00",
        reason=f"Visiting {SECRET}",
        visibility="provider",
    )
    photo = caller.request(
        "POST",
        f"/api/v1/listings/{listing['id']}/photos",
        content=pictures.photo(),
        headers=anna.headers | {"Content-Type": "image/jpeg"},
    ).json()
    elsewhere = f"https://calendar.example/{SECRET}.ics"
    calendar = post(anna, f"/listings/{listing['id']}/external-calendars", url=elsewhere)
    search = post(anna, "/saved-searches", name=f"For {SECRET}", query={"q": "drill"})
    feed = post(anna, "/me/calendar-feeds", listing_id=listing["id"])
    said = {"target": "person", "target_id": str(ben.id), "wrong": "spam", "words": f"He asked {SECRET}."}
    report = post(anna, "/reports", **said)
    instance.runner.run_due()  # Anna is told that somebody asks
    [told, *_] = caller.request("GET", "/api/v1/me/notifications", headers=anna.headers).json()["items"]
    with instance.transactions.reading(SYSTEM) as reading:
        end_mails = address_to_silence(reading, anna.id, Topic.REQUESTS)
    ids = {
        "feed_id": feed["id"],
        "search_id": search["id"],
        "calendar_id": calendar["id"],
        "token": "a-token-that-nobody-was-given",
        "organisation_id": organisation["id"],
        "person_id": str(ben.id),
        "listing_id": listing["id"],
        "want_id": want["id"],
        "closure_id": closure["id"],
        "booking_id": booking["id"],
        "series_id": weekly["series_id"],
        "group_id": group["id"],
        "record_id": str(new_id()),
        "report_id": report["id"],
        "session_id": str(new_id()),
        "photo_id": photo["id"],
        "size": "thumbnail",
        "partner_id": str(new_id()),
        "slug": "not-found",
        "notification_id": told["id"],
        "mail_token": end_mails.rpartition("/")[2],
    }
    return World(anna, ben, cora, ids, secrets=(SECRET, anna.email, ben.email, booking["id"]))
