"""A small street: Ben lends, Anna borrows, and everything they do goes through the API.

street = Street(instance, client)
booking = street.promised()
street.act("hand-over", booking, street.ben)
"""

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import httpx2
from fastapi.testclient import TestClient

from app.kernel.actor import StaffRole
from app.wiring import Instance
from tests.factories.accounts import Neighbour, signed_in_person
from tests.factories.listings import offer

START: Final = datetime(2026, 11, 30, 9, tzinfo=UTC)
END: Final = datetime(2026, 12, 2, 9, tzinfo=UTC)

PLACE: Final = {"street": "Karl-Heine-Straße 1", "postal_code": "04229", "locality": "Leipzig"}

SHORT: Final = (START, START + timedelta(hours=2))
TAILS: Final[dict[str, dict[str, Any]]] = {
    "equipment": {"kind": "equipment"},
    "space": {"kind": "space", "space": {"release_after_minutes": 30}},
    "one_to_one": {"kind": "time"},
    "group": {
        "kind": "know_how",
        "know_how": {
            "form": "group",
            "sessions": [{"starts_at": SHORT[0].isoformat(), "ends_at": SHORT[1].isoformat()}],
        },
    },
    "recorded": {"kind": "know_how", "know_how": {"form": "recorded", "access": "https://example.org/film"}},
}
"""An offer of each tail that can be had for two hours: the settings of `Street.offer`."""

Booking = dict[str, Any]

_HANDED_OVER: Final = (("hand-over", "ben"),)
WAYS_TO: Final[dict[str, tuple[str, tuple[tuple[str, str], ...]]]] = {
    "confirmed": ("equipment", ()),
    "ready": ("equipment", (("make-ready", "ben"),)),
    "handed_over": ("equipment", _HANDED_OVER),
    "return_reported": ("equipment", (*_HANDED_OVER, ("report-return", "anna"))),
    "returned": ("equipment", (*_HANDED_OVER, ("take-back", "ben"))),
    "completed": ("equipment", (*_HANDED_OVER, ("take-back", "ben"), ("complete", "anna"))),
    "checked_in": ("space", (("check-in", "anna"),)),
    "checked_out": ("space", (("check-in", "anna"), ("check-out", "anna"))),
    "in_progress": ("one_to_one", (("start", "anna"),)),
    "reported": ("one_to_one", (("report", "anna"),)),
}
"""From the promise to each state it can come to: of which tail it is, and who does what."""


class Street:
    """Neighbours, one offer, and short ways to act on bookings."""

    def __init__(self, instance: Instance, client: TestClient) -> None:
        self.instance = instance
        self.client = client

    @cached_property
    def anna(self) -> Neighbour:
        return signed_in_person(self.instance, "Anna")

    @cached_property
    def ben(self) -> Neighbour:
        return signed_in_person(self.instance, "Ben")

    @cached_property
    def stranger(self) -> Neighbour:
        return signed_in_person(self.instance, "Stranger")

    @cached_property
    def moderator(self) -> Neighbour:
        return signed_in_person(self.instance, "Mo", staff=StaffRole.MODERATOR)

    def offer(self, **settings: Any) -> UUID:
        """Ben's, published: a cordless drill unless the settings say otherwise."""
        return offer(self.instance, self.ben, **({"title": "Cordless drill", "place": PLACE} | settings)).id

    def ask(
        self,
        listing_id: UUID,
        by: Neighbour | None = None,
        *,
        at: tuple[datetime, datetime] = (START, END),
        headers: dict[str, str] | None = None,
        **fields: Any,
    ) -> httpx2.Response:
        """Ask for the listing; Anna does unless somebody else is named."""
        body = {
            "listing_id": str(listing_id),
            "starts_at": at[0].isoformat(),
            "ends_at": at[1].isoformat(),
            **fields,
        }
        who = by or self.anna
        return self.client.post("/api/v1/bookings", json=body, headers=who.headers | (headers or {}))

    def requested(self, listing_id: UUID | None = None, **fields: Any) -> Booking:
        answer = self.ask(listing_id or self.offer(), **fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def promised(self, listing_id: UUID | None = None, **fields: Any) -> Booking:
        return self.done("accept", self.requested(listing_id, **fields), self.ben)

    def handed_over(self, listing_id: UUID | None = None, **fields: Any) -> Booking:
        return self.done("hand-over", self.promised(listing_id, **fields), self.ben)

    def brought_to(self, state: str) -> Booking:
        """A loan that was promised and has come so far."""
        tail, steps = WAYS_TO[state]
        booking = self.promised(self.offer(**TAILS[tail]), at=SHORT)
        for action, who in steps:
            booking = self.done(action, booking, getattr(self, who))
        assert booking["state"] == state
        return booking

    def act(
        self,
        action: str,
        booking: Booking,
        by: Neighbour,
        *,
        headers: dict[str, str] | None = None,
        **body: Any,
    ) -> httpx2.Response:
        """Take a step; the answer may be a refusal."""
        path = f"/api/v1/bookings/{booking['id']}/{action}"
        return self.client.post(path, json=body, headers=by.headers | (headers or {}))

    def done(self, action: str, booking: Booking, by: Neighbour, **body: Any) -> Booking:
        """Take a step that must be possible."""
        answer = self.act(action, booking, by, **body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def read(self, booking: Booking, by: Neighbour) -> Booking:
        answer = self.client.get(f"/api/v1/bookings/{booking['id']}", headers=by.headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def actions_of(booking: Booking) -> set[str]:
    """What the API says can be done."""
    return {action["action"] for action in booking["allowed_actions"]}


def story_of(booking: Booking) -> list[str]:
    """The steps so far."""
    return [event["action"] for event in booking["events"]]
