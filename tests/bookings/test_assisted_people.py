"""People without e-mail (domain.md §2): an organisation acts for them, and every step says who acted and for whom."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.accounts import service as accounts
from app.bookings import repository
from app.kernel.actor import SYSTEM, MemberRole, StaffRole
from tests.factories.accounts import signed_in_person
from tests.factories.bookings import END, START, actions_of
from tests.factories.mailboxes import mailbox, settings

__all__ = ["mailbox", "settings"]

PEOPLE = "/api/v1/assisted-people"


@pytest.fixture
def office(street):
    """Anna's district office."""
    founded = street.client.post(
        "/api/v1/organisations", json={"name": "District office"}, headers=street.anna.headers
    )
    return founded.json()["id"]


@pytest.fixture
def enter(street, office):
    """Enter Frau Lorenz, who has no e-mail; the answer may be a refusal."""

    def post(by=None, **fields):
        body = {"organisation_id": office, "display_name": "Erna Lorenz", "phone": "0341 1234567", **fields}
        return street.client.post(PEOPLE, json=body, headers=(by or street.moderator).headers)

    return post


@pytest.fixture
def erna(enter):
    made = enter(born_on="1938-05-01")
    assert made.status_code == 201, made.text
    return made.json()


def test_a_loan_of_somebody_without_email_says_who_acted_and_for_whom(
    street, office, erna, mailbox, run_jobs
):
    drill = street.offer(min_age=65)
    assert street.ask(drill).status_code == 409  # Anna's age is not Erna's
    quote = street.client.post(
        f"/api/v1/listings/{drill}/quote",
        json={"starts_at": START.isoformat(), "ends_at": END.isoformat(), "person_id": erna["id"]},
        headers=street.anna.headers,
    )
    assert quote.json()["bookable"] is True

    asked = street.requested(drill, person_id=erna["id"], message="For Frau Lorenz.")

    assert asked["borrower"] == {
        "id": erna["id"],
        "kind": "person",
        "name": "Erna Lorenz",
        "recognised": False,
    }
    assert "withdraw" in actions_of(asked)
    accepted = street.done("accept", asked, street.ben)
    assert (accepted["contact"]["name"], accepted["contact"]["phone"]) == ("Erna Lorenz", "0341 1234567")
    assert accepted["contact"]["email"] == street.anna.email
    run_jobs()
    assert mailbox.to(street.anna.email)[-1]["Subject"] == "Yes: Cordless drill"
    letters = street.client.get("/api/v1/me/notifications", headers=street.anna.headers).json()["items"]
    assert letters[0]["booking_id"] == asked["id"]

    street.done("hand-over", asked, street.ben)
    taken = street.done("hand-over", asked, street.anna)
    assert taken["state"] == "handed_over"
    with street.instance.transactions.reading(SYSTEM) as reading:
        story = repository.events(reading.session, UUID(asked["id"]))
    told = {(event.action, event.actor_id, event.for_id) for event in story if event.role == "borrower"}
    helped = (street.anna.id, UUID(erna["id"]))
    assert told == {("request", *helped), ("hand-over", *helped)}


def test_only_the_staff_enters_people_and_only_their_helpers_act_for_them(street, office, enter, erna):
    for who in (street.anna, street.stranger):
        assert enter(who).status_code == 403
    assert enter(organisation_id=str(street.ben.id)).status_code == 422
    drill = street.offer()

    for who in (street.stranger, street.ben, street.moderator):
        refused = street.ask(drill, who, person_id=erna["id"])
        assert refused.status_code == 403, refused.text
    assert street.ask(drill, person_id=str(street.ben.id)).status_code == 403
    assert street.ask(drill, person_id=erna["id"], organisation_id=office).status_code == 422
    asked = street.requested(drill, person_id=erna["id"])

    carla = signed_in_person(street.instance, "Carla")
    assert street.act("withdraw", asked, carla).status_code == 404
    with street.instance.transactions.writing(SYSTEM) as work:
        accounts.admit(work, UUID(office), carla.id, MemberRole.MEMBER)
    # Those who decide act for her; what she borrows is not every member's business.
    assert street.act("withdraw", asked, carla).status_code == 404
    assert street.client.get("/api/v1/bookings", headers=carla.headers).json()["items"] == []
    mine = [one["id"] for one in street.client.get(PEOPLE, headers=street.anna.headers).json()["items"]]
    assert mine == [erna["id"]]
    assert street.client.get(PEOPLE, headers=street.stranger.headers).json()["items"] == []


def test_who_is_assisted_is_changed_and_forgotten_by_who_acts_for_them_and_the_staff(
    street, office, erna, instance
):
    page = f"{PEOPLE}/{erna['id']}"
    changed = street.client.patch(page, json={"phone": None}, headers=street.anna.headers)
    assert (changed.json()["phone"], changed.json()["display_name"]) == (None, "Erna Lorenz")
    for method in ("PATCH", "DELETE"):
        assert (
            street.client.request(method, page, json={}, headers=street.stranger.headers).status_code == 404
        )
    out = street.done("accept", street.requested(street.offer(), person_id=erna["id"]), street.ben)
    taken_along = street.client.get(f"{page}/export", headers=street.anna.headers).json()
    assert taken_along["account"]["display_name"] == "Erna Lorenz"
    assert [one["id"] for one in taken_along["bookings"]["bookings"]] == [out["id"]]
    for who in (street.stranger, street.moderator):
        assert street.client.get(f"{page}/export", headers=who.headers).status_code == 404
    street.done("hand-over", out, street.ben)
    assert street.client.delete(page, headers=street.anna.headers).status_code == 409
    street.done("take-back", out, street.ben)

    assert street.client.delete(page, headers=street.moderator.headers).status_code == 204

    assert street.client.delete(page, headers=street.anna.headers).status_code == 404
    assert street.read(out, street.ben)["borrower"]["name"] == ""
    ada = signed_in_person(instance, "Ada", staff=StaffRole.ADMIN)
    deeds = street.client.get("/api/v1/admin/audit", headers=ada.headers).json()["items"]
    actions = [one["action"] for one in deeds if one["action"].startswith("person.")]
    assert actions == ["person.forget", "person.assist"]


def test_an_organisation_that_ends_takes_with_it_whom_it_alone_acts_for(
    street, office, erna, instance, clock
):
    clock.turn(timedelta(days=20))
    with instance.transactions.writing(SYSTEM) as work:
        accounts.forget_old(work)  # who never confirmed an address; she has none
    assert len(street.client.get(PEOPLE, headers=street.anna.headers).json()["items"]) == 1

    gone = street.client.delete("/api/v1/me", headers=street.anna.headers)

    assert gone.status_code == 204, gone.text
    assert street.client.get(PEOPLE, headers=street.moderator.headers).json()["items"] == []
