"""More is promised than there is (T4, T5, T11): whoever promised it is told, once; the others when somebody acts."""

from datetime import timedelta

import pytest

from tests.factories.accounts import signed_in_person
from tests.factories.bookings import END, START, Street
from tests.factories.mail import Page, text_of

ANY_VERSION = {"If-Match": "*"}
TELLS = "More is promised than there is: Cordless drill"


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


@pytest.fixture
def told(mailbox, run_jobs):
    """What this person's mails have told of conflicts so far, the newest last."""

    def look(who):
        run_jobs()
        return [mail for mail in mailbox.to(who.email) if mail["Subject"] == TELLS]

    return look


def units(street, listing, count):
    patch = {"units": count}
    url = f"/api/v1/listings/{listing}"
    street.client.patch(url, json=patch, headers=street.ben.headers | ANY_VERSION).raise_for_status()


def closed(street, listing, at=(START, END), **more):
    body = {
        "starts_at": at[0].isoformat(),
        "ends_at": at[1].isoformat(),
        "acknowledge_conflicts": True,
        **more,
    }
    answer = street.client.post(f"/api/v1/listings/{listing}/closures", json=body, headers=street.ben.headers)
    assert answer.status_code == 201, answer.text
    return f"/api/v1/listings/{listing}/closures/{answer.json()['id']}"


def test_t04_who_promised_too_much_is_told_which_promises_and_one_next_step(street, mailbox, told):
    drill, carla = street.offer(units=5), signed_in_person(street.instance, "Carla")
    street.promised(drill, units=3)
    asked = street.ask(drill, carla, units=2).json()
    street.done("accept", asked, street.ben)
    street.ask(drill, carla, at=(END, END + timedelta(days=1)), units=2)  # held for her, and no promise
    assert told(street.ben) == []
    before = {who.email: len(mailbox.to(who.email)) for who in (street.anna, carla)}

    units(street, drill, 4)
    [letter] = told(street.ben)

    text = text_of(letter)
    assert "One of the promises: 3 × Cordless drill" in text
    assert ", Anna\n" in text
    assert ", Carla\n" in text
    assert "Promises concerned: 2." in text
    assert f"http://testserver/listings/{drill}#conflicts" in Page(letter).links
    after = {who.email: len(mailbox.to(who.email)) for who in (street.anna, carla)}
    assert after == before, "nobody has called anything off"
    [shown] = [
        one
        for one in street.client.get("/api/v1/me/notifications", headers=street.ben.headers).json()["items"]
        if one["kind"] == "promises_conflict"
    ]
    assert (shown["topic"], shown["listing_id"], len(shown["details"])) == ("changes", str(drill), 2)


def test_t04_a_conflict_is_told_once_and_again_when_it_had_gone(street, told):
    drill = street.offer(units=5)
    first = street.promised(drill, units=3)
    second = street.promised(drill, units=2)
    units(street, drill, 4)
    assert len(told(street.ben)) == 1

    units(street, drill, 3)  # the same promises still
    street.done("propose-change", first, street.ben, ends_at=(END - timedelta(hours=1)).isoformat())
    assert len(told(street.ben)) == 1
    street.done("cancel", second, street.ben, reason="too few")
    assert len(told(street.ben)) == 1

    units(street, drill, 2)
    assert len(told(street.ben)) == 2
    assert "Promises concerned: 1." in text_of(told(street.ben)[-1])


def test_t11_closing_over_promises_tells_of_those_alone_that_it_reaches(street, told):
    drill = street.offer()
    street.promised(drill)
    street.promised(drill, at=(END, END + timedelta(days=1)))
    street.offer(title="Something else")
    closure = closed(street, drill, at=(START, START + timedelta(hours=3)), units=1)
    assert ["Promises concerned: 1." in text_of(one) for one in told(street.ben)] == [True]

    street.client.delete(closure, headers=street.ben.headers).raise_for_status()
    assert len(told(street.ben)) == 1
    closed(street, drill, at=(START, END + timedelta(hours=1)))
    assert "Promises concerned: 2." in text_of(told(street.ben)[-1])


def test_t05_what_comes_back_late_names_the_promise_that_it_reaches(street, told, clock, run_jobs):
    drill, carla = street.offer(), signed_in_person(street.instance, "Carla")
    late = street.handed_over(drill)
    following = street.ask(drill, carla, at=(END + timedelta(hours=5), END + timedelta(days=1))).json()
    street.done("accept", following, street.ben)
    clock.turn(END - clock.now() + timedelta(minutes=1))
    [letter] = told(street.ben)
    assert ", Carla\n" in text_of(letter)

    clock.turn(timedelta(hours=3))
    assert len(told(street.ben)) == 1, "every hour it is late for longer, and that is no news"
    street.done("take-back", late, street.ben)
    run_jobs()
    conflicts = street.client.get(f"/api/v1/listings/{drill}/conflicts", headers=street.ben.headers)
    assert conflicts.json()["items"] == []


def test_t17_a_closed_hall_is_told_of_where_the_promise_was_made(street, mailbox, run_jobs):
    hall = street.offer(title="Hall", kind="space")
    half = street.offer(title="Half", kind="space", part_of=str(hall))
    street.promised(half, at=(START, START + timedelta(hours=2)))
    closed(street, hall, at=(START, START + timedelta(hours=1)))
    run_jobs()

    subjects = [mail["Subject"] for mail in mailbox.to(street.ben.email)]
    assert [one for one in subjects if one.startswith("More is promised")] == [
        "More is promised than there is: Half"
    ]
