"""Somebody wants to be forgotten."""

import pytest

from app.accounts.events import ErasureAsked, PersonErased
from app.bookings.problems import ThingsStillOut
from app.kernel.actor import SYSTEM


@pytest.fixture
def leaves(instance):
    """Erase somebody, as far as bookings are concerned."""

    def leave(person):
        with instance.transactions.writing(SYSTEM) as work:
            work.record(ErasureAsked(person_id=person.id))
            work.record(PersonErased(person_id=person.id))

    return leave


@pytest.mark.parametrize("who", ["anna", "ben"])
def test_nobody_leaves_while_something_is_handed_over(street, leaves, who):
    loan = street.handed_over()

    with pytest.raises(ThingsStillOut):
        leaves(getattr(street, who))

    assert street.read(loan, street.anna)["state"] == "handed_over"


def test_nobody_leaves_in_the_middle_of_a_case(street, leaves):
    loan = street.promised()
    street.done("raise-case", loan, street.ben)

    with pytest.raises(ThingsStillOut):
        leaves(street.anna)


def test_a_borrower_who_leaves_calls_off_what_has_not_begun_and_leaves_no_words(street, leaves):
    drill, saw = street.offer(), street.offer()
    promised = street.promised(drill, purpose="My shelves", message="Anna here, 2nd floor")
    asked = street.requested(saw)

    leaves(street.anna)

    seen, open_one = street.read(promised, street.ben), street.read(asked, street.ben)
    assert (seen["state"], seen["events"][-1]["reason"]) == ("cancelled", "account_erased")
    assert open_one["state"] == "withdrawn"
    assert (seen["borrower"]["id"], seen["borrower"]["name"], seen["purpose"]) == (None, "", None)
    assert seen["contact"] is None
    talk = street.client.get(f"/api/v1/bookings/{promised['id']}/messages", headers=street.ben.headers)
    assert [item["text"] for item in talk.json()["items"]] == [""]
    assert street.ask(drill, by=street.stranger).status_code == 201


def test_a_provider_who_leaves_calls_off_too(street, leaves):
    promised, asked = street.promised(), street.requested()

    leaves(street.ben)

    assert street.read(promised, street.anna)["state"] == "cancelled"
    assert street.read(asked, street.anna)["state"] == "declined"


def test_everybody_can_take_their_bookings_and_words_with_them(street):
    street.requested(street.offer(units=2), message="Hello")
    street.requested(by=street.stranger, message="Not Anna's")

    taken = street.client.get("/api/v1/me/export", headers=street.anna.headers).json()["bookings"]

    assert [booking["borrower"]["name"] for booking in taken["bookings"]] == ["Anna"]
    assert [message["text"] for message in taken["messages"]] == ["Hello"]


def test_what_is_over_stays_in_the_count(street, leaves):
    loan = street.handed_over()
    street.done("take-back", loan, street.ben)
    street.done("complete", loan, street.anna)

    leaves(street.anna)

    assert street.read(loan, street.ben)["outcome"] == "fulfilled"
