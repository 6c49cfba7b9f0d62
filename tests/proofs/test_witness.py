"""Promises and refusals name the version of the calendar on which they were decided, so that anybody can replay them."""

from sqlmodel import select

from app.bookings.tables import BookingEvent
from app.kernel.event_log import LoggedEvent
from app.listings.tables import Listing
from tests.factories.bookings import END, START


def steps(instance):
    """Every step so far, in the order in which they were taken: its action and its witness."""
    with instance.database.reading() as session:
        found = session.exec(select(BookingEvent).order_by(BookingEvent.id)).all()
    return [(step.action, step.calendar_version) for step in found]


def calendar_version(instance, listing_id):
    with instance.database.reading() as session:
        return session.exec(select(Listing.calendar_version).where(Listing.id == listing_id)).one()


def test_each_step_that_moves_the_calendar_keeps_the_version_it_made(street, instance):
    chairs = street.offer(units=3)
    street.done("withdraw", street.requested(chairs), street.anna)
    promised = street.promised(chairs)
    out = street.done("hand-over", promised, street.ben, units=1)
    street.done("report-return", out, street.anna)

    assert steps(instance) == [
        ("request", 2),
        ("withdraw", 3),
        ("request", 4),
        ("accept", None),  # the request held already what the promise takes
        ("hand-over", 5),
        ("report-return", None),
    ]
    assert calendar_version(instance, chairs) == 5


def test_a_refusal_names_the_version_on_which_there_was_too_little(street, instance):
    chairs = street.offer(units=3, request_holds=False)
    asked = [street.requested(chairs, units=2) for _ in range(2)]
    street.done("accept", asked[0], street.ben)

    for refused in (street.ask(chairs, units=2), street.act("accept", asked[1], street.ben)):
        assert refused.status_code == 409
        assert refused.json()["free_units"] == 1
        assert refused.json()["calendar_version"] == calendar_version(instance, chairs) == 2


def test_units_and_closures_move_the_calendar_and_words_do_not(street, instance):
    chairs = street.offer(units=3)
    headers, address = street.ben.headers, f"/api/v1/listings/{chairs}"

    def patch(**fields):
        seen = street.client.get(address, headers=headers).headers["ETag"]
        answer = street.client.patch(address, json=fields, headers=headers | {"If-Match": seen})
        assert answer.status_code == 200, answer.text
        return calendar_version(instance, chairs)

    assert patch(title="Folding chairs") == 1
    assert patch(units=5) == 2
    closure = {"starts_at": START.isoformat(), "ends_at": END.isoformat()}
    assert street.client.post(f"{address}/closures", json=closure, headers=headers).status_code == 201
    assert calendar_version(instance, chairs) == 3
    with instance.database.reading() as session:
        told = session.exec(select(LoggedEvent).where(LoggedEvent.name == "listing.changed")).all()
    versions = [
        (one.payload["version"], one.payload["calendar_version"])
        for one in sorted(told, key=lambda one: one.id)
    ]
    assert versions[-3:] == [(3, 1), (4, 2), (5, 3)]
