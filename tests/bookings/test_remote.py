"""A booking between two instances: the provider's writes, the borrower's reads, both tell the same story.

Both sides live in one database here; what federation carries is handed over directly.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from app.bookings import service
from app.bookings.rules.words import Role
from app.bookings.schemas import RemoteContact, RemoteMessage, Said, Source
from app.jobs import queue
from app.kernel.actor import SYSTEM, Actor, ActorKind
from app.kernel.intervals import Interval
from app.kernel.problems import NotAllowed, NotFound, Problem
from app.kernel.unit_of_work import Hearing, Transactions
from tests.factories.bookings import END, START, actions_of, story_of
from tests.factories.listings import mirrored

HALLE, LEIPZIG = UUID(int=1), UUID(int=2)
HALLE_SPEAKS = Actor(ActorKind.PARTNER, HALLE)


@pytest.fixture
def instance(instance, clock):
    """The same instance with nobody listening: what bookings tell federation is carried by hand here."""
    alone = Transactions(
        instance.database, clock, instance.settings, enqueue=queue.enqueue, hearing=Hearing()
    )
    return replace(instance, transactions=alone)


class Wire:
    """Carries commands to Leipzig, where Ben lends, and views to Halle, where Anna asks."""

    def __init__(self, street):
        self.street = street
        self.transactions = street.instance.transactions
        self.drill = street.offer(federation="bookable")
        self.mirror = mirrored(street.instance, LEIPZIG, federation="bookable")

    def asked(self):
        """Anna asks in Halle."""
        return self.street.requested(self.mirror, message="May I?")

    def arrives(self, booking, *, listing_id=None, text="May I?"):
        """The ask reaches Leipzig."""
        with self.transactions.writing(HALLE_SPEAKS) as work:
            return service.request_for_partner(
                work,
                partner_id=HALLE,
                partner_name="halle.example",
                remote_id=UUID(booking["id"]),
                ref="pseudonym",
                listing_id=listing_id or self.drill,
                span=Interval(START, END),
                units=1,
                text=text,
            )

    def command(self, there, action, said=None):
        """Halle's command reaches Leipzig."""
        with self.transactions.writing(HALLE_SPEAKS) as work:
            return service.act(work, there, action, said or Said())

    def view(self, there):
        with self.transactions.reading(SYSTEM) as reading:
            return service.view_for(reading, there)

    def news(self, booking, view):
        """A view reaches Halle."""
        with self.transactions.writing(SYSTEM) as work:
            return service.apply_view(work, LEIPZIG, UUID(booking["id"]), view)


@pytest.fixture
def wire(street):
    """Both ends and what lies between."""
    return Wire(street)


def test_until_the_partner_answers_nothing_is_taken_and_nothing_pretended(street, wire):
    booking = wire.asked()

    assert (booking["state"], booking["exchange"]) == (
        "requested",
        {"status": "sending", "as_of": None, "refused": None},
    )
    assert (booking["events"], booking["provider"]["id"]) == ([], None)
    assert booking["listing"]["url"]


def test_a_counter_offer_reaches_the_partner_who_can_say_yes_or_offer_again(street, wire):
    here = wire.asked()
    there = wire.arrives(here)
    later = (END + timedelta(days=1)).isoformat()
    street.done("counter", {"id": there}, street.ben, ends_at=later, place_note="At the workshop")
    wire.news(here, wire.view(there))

    seen = street.read(here, street.anna)
    street.done("accept-counter", here, street.anna)
    wire.command(there, "accept-counter")
    wire.news(here, wire.view(there))

    assert (seen["state"], seen["ends_at"]) == ("countered", "2026-12-03T09:00:00Z")
    assert (seen["counter"]["by"], seen["counter"]["place_note"]) == ("provider", "At the workshop")
    assert actions_of(seen) == {"accept-counter", "counter", "withdraw"}
    ours, theirs = street.read(here, street.anna), street.read({"id": there}, street.ben)
    assert (ours["state"], ours["counter"]) == ("confirmed", None)
    assert ours["events"] == theirs["events"]


def test_a_loan_across_regions_is_one_story_on_both_sides(street, wire, clock):
    here = wire.asked()
    there = wire.arrives(here)
    wire.news(here, wire.view(there))
    assert street.read(here, street.anna)["exchange"]["status"] == "in_sync"

    street.done("accept", {"id": there}, street.ben)
    wire.news(here, wire.view(there))
    promised = street.read(here, street.anna)
    assert (promised["state"], promised["contact"]["email"]) == ("confirmed", "ben@example.org")

    clock.set(START)
    street.done("hand-over", {"id": there}, street.ben, code=promised["hand_over_code"])
    wire.news(here, wire.view(there))
    sent = street.done("report-return", here, street.anna)
    assert (sent["state"], sent["exchange"]["status"]) == ("handed_over", "sending")
    wire.command(there, "report-return")
    street.done("take-back", {"id": there}, street.ben)
    wire.command(there, "complete")
    wire.news(here, wire.view(there))

    ours, theirs = street.read(here, street.anna), street.read({"id": there}, street.ben)
    assert (ours["state"], ours["outcome"], ours["exchange"]["status"]) == (
        "completed",
        "fulfilled",
        "in_sync",
    )
    assert ours["events"] == theirs["events"]
    assert story_of(ours) == ["request", "accept", "hand-over", "report-return", "take-back", "complete"]
    assert theirs["borrower"] == {"id": None, "kind": "person", "name": "halle.example", "recognised": False}


def test_late_and_doubled_news_change_nothing(street, wire):
    here = wire.asked()
    there = wire.arrives(here)
    old = wire.view(there)
    street.done("accept", {"id": there}, street.ben)
    new = wire.view(there)

    assert [wire.news(here, view) for view in (new, old, new)] == [True, False, False]

    booking = street.read(here, street.anna)
    assert (booking["state"], story_of(booking)) == ("confirmed", ["request", "accept"])
    talk = street.client.get(f"/api/v1/bookings/{here['id']}/messages", headers=street.anna.headers)
    assert [item["text"] for item in talk.json()["items"]] == ["May I?"]


def test_the_same_ask_twice_is_one_booking(wire):
    here = wire.asked()

    assert wire.arrives(here) == wire.arrives(here)


def test_the_partner_s_residents_compete_in_the_same_calendar(street, wire):
    street.requested(wire.drill, by=street.stranger)
    here = wire.asked()

    with pytest.raises(Problem) as refused:
        wire.arrives(here)

    assert refused.value.status == 409


def test_an_ask_refused_at_once_is_declined_here(street, wire):
    here = wire.asked()

    with wire.transactions.writing(SYSTEM) as work:
        service.refused(work, UUID(here["id"]), "request", "slot_taken")

    declined = street.read(here, street.anna)
    assert (declined["state"], declined["exchange"]["status"]) == ("declined", "in_sync")
    assert [(event["action"], event["reason"]) for event in declined["events"]] == [
        ("request", None),
        ("decline", "slot_taken"),
    ]


def test_a_refused_command_leaves_things_as_the_partner_says(street, wire):
    here = wire.asked()
    there = wire.arrives(here)
    wire.news(here, wire.view(there))
    street.done("withdraw", here, street.anna)
    street.done("decline", {"id": there}, street.ben)

    with pytest.raises(Problem):
        wire.command(there, "withdraw")
    with wire.transactions.writing(SYSTEM) as work:
        service.apply_view(work, LEIPZIG, UUID(here["id"]), wire.view(there), source=Source.ANSWER)
        service.refused(work, UUID(here["id"]), "withdraw", "step_not_possible")

    assert street.read(here, street.anna)["state"] == "declined"


def test_a_partner_sees_its_own_bookings_only_and_acts_as_borrower(street, wire):
    there = wire.arrives(wire.asked())
    others = Actor(ActorKind.PARTNER, UUID(int=9))

    with pytest.raises(NotFound), wire.transactions.reading(others) as reading:
        service.view_for(reading, there)
    with pytest.raises(NotFound), wire.transactions.reading(others) as reading:
        service.find_for_partner(reading, wire.view(there).remote_id)
    with pytest.raises(NotAllowed):
        wire.command(there, "accept")
    with wire.transactions.reading(HALLE_SPEAKS) as reading:
        assert service.find_for_partner(reading, wire.view(there).remote_id) == there


def test_nobody_asks_for_another_partner(wire):
    here = wire.asked()

    with pytest.raises(NotAllowed), wire.transactions.writing(SYSTEM) as work:
        service.request_for_partner(
            work,
            partner_id=HALLE,
            partner_name="halle.example",
            remote_id=UUID(here["id"]),
            ref="x",
            listing_id=wire.drill,
            span=Interval(START, END),
            units=1,
        )


def test_what_is_only_listed_is_not_lent_to_partners(street, wire):
    with pytest.raises(Problem) as refused:
        wire.arrives({"id": str(UUID(int=5))}, listing_id=street.offer(federation="listed"))

    assert refused.value.code == "not_bookable"


def test_what_is_only_listed_elsewhere_is_not_asked_for_here(street):
    listed = mirrored(street.instance, LEIPZIG, federation="listed")

    refused = street.ask(listed)

    assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (409, "only_at_origin")


def test_contact_data_crosses_only_while_there_is_a_promise_and_is_gone_two_weeks_after(street, wire, clock):
    here = wire.asked()
    there = wire.arrives(here)
    me = RemoteContact(name="Anna", email="anna@halle.example")
    for moment in ("asked", "promised"):
        if moment == "promised":
            street.done("accept", {"id": there}, street.ben)
            wire.news(here, wire.view(there))
        with wire.transactions.reading(SYSTEM) as reading:
            given = service.contact_of_borrower(reading, UUID(here["id"]))
        with wire.transactions.writing(HALLE_SPEAKS) as work:
            service.keep_contact(work, there, me)
        assert (given is not None, wire.view(there).contact is not None) == (moment == "promised",) * 2
    assert street.read({"id": there}, street.ben)["contact"]["email"] == "anna@halle.example"

    street.done("cancel", {"id": there}, street.ben, reason="broken")
    wire.news(here, wire.view(there))
    clock.turn(timedelta(days=14, hours=1))
    service.sweep(wire.transactions)

    assert street.read({"id": there}, street.ben)["contact"] is None
    assert street.read(here, street.anna)["contact"] is None
    assert wire.view(there).contact is None
    assert not wire.news(here, replace(wire.view(there), contact=None))


def test_no_answer_is_shown_a_day_after_the_time_for_it(street, wire, clock):
    here = wire.asked()

    clock.turn(timedelta(days=7, hours=1))

    shown = street.read(here, street.anna)
    assert (shown["state"], shown["exchange"]["status"]) == ("requested", "no_answer")


def test_a_partner_s_messages_stand_once(street, wire):
    there = wire.arrives(wire.asked(), text=None)
    for _ in range(2):
        with wire.transactions.writing(HALLE_SPEAKS) as work:
            service.write_message(work, there, "Hello", remote_id=UUID(int=77))

    talk = street.client.get(f"/api/v1/bookings/{there}/messages", headers=street.ben.headers).json()

    assert [(item["role"], item["text"]) for item in talk["items"]] == [("borrower", "Hello")]


def test_what_our_resident_writes_later_stands_once_on_both_sides(street, wire):
    here = wire.asked()
    there = wire.arrives(here)
    path = f"/api/v1/bookings/{here['id']}/messages"
    written = street.client.post(path, json={"text": "When?"}, headers=street.anna.headers).json()
    with wire.transactions.writing(HALLE_SPEAKS) as work:
        service.write_message(work, there, written["text"], remote_id=UUID(written["id"]))

    wire.news(here, wire.view(there))

    talk = street.client.get(path, headers=street.anna.headers).json()
    assert [item["text"] for item in talk["items"]] == ["May I?", "When?"]


def test_a_partner_puts_no_words_into_our_residents_mouth(street, wire):
    here = wire.asked()
    view = wire.view(wire.arrives(here))
    words = {"text": "I break everything.", "written_at": START}
    forged = RemoteMessage(id=UUID(int=1), role=Role.BORROWER, **words)
    answer = RemoteMessage(id=UUID(int=2), role=Role.PROVIDER, **(words | {"text": "Gladly."}))

    wire.news(here, replace(view, messages=(*view.messages, forged, answer)))

    path = f"/api/v1/bookings/{here['id']}/messages"
    talk = street.client.get(path, headers=street.anna.headers).json()
    assert {(item["role"], item["text"]) for item in talk["items"]} == {
        ("borrower", "May I?"),
        ("provider", "Gladly."),
    }


def test_actions_on_both_sides_follow_the_same_law(street, wire):
    here = wire.asked()
    there = wire.arrives(here)
    wire.news(here, wire.view(there))

    assert actions_of(street.read(here, street.anna)) == set(wire.view(there).allowed) == {"withdraw"}
