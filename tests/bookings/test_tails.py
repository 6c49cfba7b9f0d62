"""Every tail from the request to its end, for both sides, and what becomes of it when nobody does anything."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.bookings import service
from app.bookings.rules.words import TERMINAL
from app.bookings.tables import Booking
from app.kernel.actor import SYSTEM
from tests.factories.bookings import SHORT, START, TAILS, actions_of, story_of

WALKS = {
    "equipment": [
        ("make-ready", "ben", {}, "ready"),
        ("hand-over", "ben", {"condition": "Like new"}, "handed_over"),
        ("hand-over", "anna", {}, "handed_over"),
        ("report-return", "anna", {}, "return_reported"),
        ("take-back", "ben", {"condition": "Like new"}, "returned"),
        ("complete", "anna", {}, "completed"),
    ],
    "space": [
        ("check-in", "anna", {}, "checked_in"),
        ("check-out", "ben", {}, "checked_out"),
        ("complete", "anna", {}, "completed"),
    ],
    "one_to_one": [
        ("start", "ben", {}, "in_progress"),
        ("report", "anna", {"minutes": 90}, "reported"),
        ("agree", "ben", {}, "completed"),
    ],
    "group": [("record-attendance", "ben", {"attended": 1, "absent": 0}, "completed")],
    "recorded": [("give-access", "ben", {}, "completed")],
}
NOBODYS_STORY = {
    # tail, steps that somebody took: the steps that the clock takes then
    ("equipment", ()): ["close-unreported"],
    ("equipment", ("hand-over",)): ["raise-case", "settle"],
    ("equipment", ("hand-over", "report-return")): ["take-back", "complete"],
    ("equipment", ("hand-over", "take-back")): ["complete"],
    ("equipment", ("hand-over", "mark-lost")): ["settle"],
    ("space", ()): ["release"],
    ("space", ("check-in",)): ["check-out", "complete"],
    ("one_to_one", ()): ["close-unreported"],
    ("one_to_one", ("start",)): ["close-unreported"],
    ("one_to_one", ("report",)): ["agree"],
    ("one_to_one", ("report", "differ")): ["settle"],
    ("group", ()): ["close-unreported"],
    ("recorded", ()): ["close-unreported"],
}
WHO = {"report-return": "anna", "check-in": "anna", "start": "anna", "report": "anna", "mark-lost": "anna"}


@pytest.fixture
def look(instance):
    """The booking as the house sees it: a resident's session ends after a month without a look."""

    def look(booking):
        with instance.transactions.reading(SYSTEM) as reading:
            due_at = reading.session.get_one(Booking, UUID(booking["id"])).due_at
            return service.get(reading, UUID(booking["id"])), due_at

    return look


@pytest.mark.parametrize(
    ("tail", "listing_is"),
    [*((tail, "published") for tail in WALKS), ("equipment", "closed"), ("space", "paused"),
     ("one_to_one", "closed"), ("group", "paused"), ("recorded", "closed")],
)  # fmt: skip
def test_a_promise_is_kept_to_its_end_whatever_becomes_of_the_listing(street, clock, tail, listing_is):
    listing = street.offer(**TAILS[tail])
    booking = street.promised(listing, at=SHORT)
    if listing_is != "published":
        step, body = {"paused": ("pause", None), "closed": ("close", {"reason": "withdrawn"})}[listing_is]
        path = f"/api/v1/listings/{listing}/{step}"
        assert street.client.post(path, json=body, headers=street.ben.headers).status_code == 200
    clock.set(START)

    for action, who, said, state in WALKS[tail]:
        assert action in actions_of(street.read(booking, getattr(street, who))), (action, who)
        assert street.act(action, booking, street.stranger, **said).status_code == 404
        booking = street.done(action, booking, getattr(street, who), **said)
        assert booking["state"] == state
        assert (
            street.read(booking, street.anna)["state"] == street.read(booking, street.ben)["state"] == state
        )

    assert booking["outcome"] == "fulfilled"
    assert story_of(booking) == ["request", "accept", *(action for action, *_ in WALKS[tail])]
    assert actions_of(street.read(booking, street.anna)) == {"raise-case"}
    assert street.read(booking, street.anna)["contact"] is not None


@pytest.mark.parametrize(
    ("tail", "steps", "pace"),
    [(*story, "in leaps") for story in NOBODYS_STORY]
    + [(*story, "in time") for story, told in NOBODYS_STORY.items() if len(told) > 1],
)
def test_the_clock_tells_the_same_story_after_a_long_downtime(
    street, clock, at, told, look, tail, steps, pace
):
    booking = street.promised(street.offer(**TAILS[tail]), at=SHORT)
    for step in steps:
        booking = street.done(step, booking, getattr(street, WHO.get(step, "ben")))

    while booking["state"] not in TERMINAL:
        seen, due_at = look(booking)
        # A late thing is looked at every hour: every five days is often enough to be in time here.
        in_time = max(due_at + timedelta(seconds=1), clock.now() + timedelta(days=5))
        at(in_time if pace == "in time" else clock.now() + timedelta(days=100))
        once = (look(booking)[0], told())
        at(clock.now())
        assert (look(booking)[0], told()) == once, "looking twice does nothing twice"
        booking = {**booking, "state": once[0].state}
        assert seen.version <= once[0].version

    over = look(booking)[0]
    assert [event.action for event in over.events if event.role == "clock"] == NOBODYS_STORY[tail, steps]
    assert [event.version for event in over.events] == list(range(1, len(over.events) + 1))
    assert over.outcome is not None
    # Staff hear that something is missing, and are called once more when nobody has settled it in 30 days.
    reminders = [reminder for reminder, _ in told() if reminder != "moderator_called"]
    assert len(reminders) == len(set(reminders)), "each is told once"
    if pace == "in leaps":
        assert not {"starts_soon", "due_soon", "report_due", "attendance_due"} & set(reminders), (
            "stale by now"
        )


@pytest.mark.parametrize("tail", TAILS)
def test_a_day_without_a_clock_strikes_each_story_once_and_in_order(street, clock, at, look, tail):
    settings = dict(TAILS[tail])
    asked = street.requested(street.offer(**settings, answer_hours=3), at=SHORT)
    promised = street.promised(street.offer(**settings), at=SHORT)

    at(START + timedelta(days=1))

    assert look(asked)[0].state == "expired"
    kept = look(promised)[0]
    expected = {"space": ["request", "accept", "release"]}.get(tail, ["request", "accept"])
    assert [event.action for event in kept.events] == expected
    steps = [event.at for event in kept.events]
    assert steps == sorted(steps)
