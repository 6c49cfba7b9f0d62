"""The queue: who waits, who is next, and that a turn is a promise of the units until its clock ends."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlmodel import col

from app.bookings.rules.queue import InTheWay, forecast
from app.jobs.tables import Job
from tests.factories.accounts import signed_in_person
from tests.factories.bookings import END, START, actions_of, story_of
from tests.factories.queries import counted

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def moment(at):
    return at.isoformat().replace("+00:00", "Z")


@pytest.fixture
def wait(street):
    """Join the queue; the answer may be a refusal."""

    def wait(listing_id, by, *, at=(START, END), **fields):
        body = {"starts_at": at[0].isoformat(), "ends_at": at[1].isoformat(), **fields}
        return street.client.post(f"/api/v1/listings/{listing_id}/queue", json=body, headers=by.headers)

    return wait


@pytest.fixture
def waiting(wait):
    """Somebody who waits."""

    def waiting(*args, **kwargs):
        answer = wait(*args, **kwargs)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return waiting


@pytest.fixture
def cora(street):
    return signed_in_person(street.instance, "Cora")


@pytest.fixture
def dora(street):
    return signed_in_person(street.instance, "Dora")


def states(street, *bookings):
    return [street.read(booking, who)["state"] for booking, who in bookings]


def test_t21_who_waits_holds_nothing_and_knows_the_place(street, waiting, cora, dora):
    drill = street.offer()
    street.promised(drill)

    first = waiting(drill, cora, purpose="Shelves", message="If it becomes free …")
    second = waiting(drill, dora)
    aside = street.client.post(
        f"/api/v1/listings/{drill}/queue",
        json={"starts_at": moment(END), "ends_at": moment(END + DAY)},
        headers=dora.headers,
    )

    assert (first["state"], first["queue"]) == ("waitlisted", {"position": 1, "forecast_at": None})
    assert (first["expires_at"], actions_of(first)) == (moment(START), {"withdraw"})
    assert second["queue"]["position"] == 2
    assert (aside.status_code, aside.json()["code"]) == (409, "nothing_to_wait_for")
    assert actions_of(street.read(first, street.ben)) == set()


def test_t21_what_is_free_has_no_queue_and_twice_is_once(street, wait, waiting, cora):
    drill = street.offer()

    free = wait(drill, cora)
    street.promised(drill)
    waiting(drill, cora)
    again = wait(drill, cora, at=(START + HOUR, END))

    assert (free.status_code, free.json()["free_units"]) == (409, 1)
    assert (again.status_code, again.json()["code"]) == (409, "already_waiting")


@pytest.mark.parametrize(
    ("offered", "fields", "code"),
    [
        ({}, {"at": (START - 14 * DAY, END - 14 * DAY)}, "in_the_past"),
        ({"limits": {"max_minutes": 24 * 60}}, {}, "too_long"),
        ({"audience": "organisations"}, {}, "audience"),
    ],
)
def test_nobody_waits_for_what_waiting_does_not_cure(street, wait, cora, offered, fields, code):
    chairs = street.offer(units=2, **offered)

    refused = wait(chairs, cora, units=2, **fields)

    assert (refused.status_code, refused.json()["code"]) == (409, "not_bookable")
    assert [reason["code"] for reason in refused.json()["reasons"]] == [code]


def test_nobody_waits_for_more_than_there_ever_is(street, wait, cora):
    drill = street.offer(units=2)
    street.promised(drill, units=2)

    refused = wait(drill, cora, units=3)
    told = street.ask(drill, by=cora, units=3).json()["ways_out"]

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/units")
    assert "join_queue" not in {way["way"] for way in told}
    assert wait(drill, cora, units=2).status_code == 201


def test_waiting_needs_somebody_who_may(street, wait, cora):
    drill = street.offer()
    street.promised(drill)
    body = {"starts_at": moment(START), "ends_at": moment(END)}

    assert street.client.post(f"/api/v1/listings/{drill}/queue", json=body).status_code == 401
    assert wait(drill, cora, organisation_id=str(street.anna.id)).status_code == 403
    assert wait(street.ben.id, cora).status_code == 404
    assert wait(drill, street.ben).json()["reasons"][0]["code"] == "own_listing"


@pytest.mark.parametrize(("mode", "state"), [("instant", "confirmed"), ("on_request", "requested")])
def test_t21_when_it_becomes_free_the_next_has_a_turn_and_takes_it(
    street, waiting, run_jobs, cora, dora, mode, state
):
    drill = street.offer(booking_mode=mode, request_holds=False)
    loan = street.promised(drill) if mode == "on_request" else street.requested(drill)
    first, second = waiting(drill, cora), waiting(drill, dora)

    street.done("cancel", loan, street.anna)
    run_jobs()

    offered = street.read(first, cora)
    assert (offered["state"], actions_of(offered)) == ("offered", {"take", "pass", "withdraw"})
    assert offered["queue"] == {"position": 1, "forecast_at": None}
    assert street.read(second, dora)["state"] == "waitlisted"
    assert street.ask(drill, by=street.stranger).status_code == 409, "the turn holds the units"

    taken = street.done("take", first, cora)
    run_jobs()

    assert (taken["state"], taken["queue"]) == (state, None)
    assert story_of(taken) == ["join-queue", "offer-turn", "take"]
    assert street.ask(drill, by=street.stranger).status_code == 409
    assert street.read(second, dora)["state"] == "waitlisted"


def test_t21_a_turn_has_a_clock_of_the_listing_and_then_the_next_is_asked(
    street, waiting, run_jobs, cora, dora, clock, told
):
    drill = street.offer(queue_turn_hours=30)
    loan = street.promised(drill)
    first, second = waiting(drill, cora), waiting(drill, dora)
    street.done("cancel", loan, street.anna)
    run_jobs()
    ends = clock.now() + 30 * HOUR
    assert street.read(first, cora)["expires_at"][:16] == moment(ends)[:16]

    clock.set(ends - 23 * HOUR)
    run_jobs()
    assert told() == [("turn_ends_soon", ["borrower"])]
    clock.set(ends)
    late = street.act("take", first, cora)
    run_jobs()
    run_jobs()

    assert (late.status_code, [one["code"] for one in late.json()["reasons"]]) == (409, ["turn_open"])
    assert states(street, (first, cora), (second, dora)) == ["expired", "offered"]


def test_t21_a_turn_never_outlasts_its_own_start(street, waiting, run_jobs, cora, clock):
    drill = street.offer()
    loan = street.promised(drill)
    first = waiting(drill, cora)
    clock.set(START - 3 * HOUR)

    street.done("cancel", loan, street.anna)
    run_jobs()

    assert street.read(first, cora)["expires_at"] == moment(START)


def test_t21_who_waits_until_the_own_start_waits_no_longer(street, waiting, cora, at):
    drill = street.offer()
    street.promised(drill)
    first = waiting(drill, cora)

    at(START)

    assert street.read(first, cora)["state"] == "expired"


def test_t21_passing_keeps_the_place_once_and_the_next_comes_first(street, waiting, run_jobs, cora, dora):
    drill = street.offer()
    loan = street.promised(drill)
    first, second = waiting(drill, cora), waiting(drill, dora)
    street.done("cancel", loan, street.anna)
    run_jobs()

    passed = street.done("pass", first, cora)
    run_jobs()

    assert (passed["state"], passed["queue"]["position"]) == ("waitlisted", 1)
    assert states(street, (first, cora), (second, dora)) == ["waitlisted", "offered"]

    street.done("pass", second, dora)
    run_jobs()
    assert states(street, (first, cora), (second, dora)) == ["offered", "waitlisted"]
    assert street.done("pass", first, cora)["state"] == "withdrawn"


def test_t21_who_passed_alone_is_not_asked_again_the_same_moment(street, waiting, run_jobs, cora, clock):
    drill = street.offer()
    loan = street.promised(drill)
    first = waiting(drill, cora)
    street.done("cancel", loan, street.anna)
    run_jobs()
    street.done("pass", first, cora)

    clock.turn(HOUR)
    run_jobs()

    assert street.read(first, cora)["state"] == "waitlisted"
    again = street.promised(drill, by=street.stranger)
    street.done("cancel", again, street.stranger)
    run_jobs()
    assert street.read(first, cora)["state"] == "offered"


def test_t21_who_passed_is_not_asked_again_because_somebody_else_gets_a_turn(
    street, waiting, run_jobs, cora, dora
):
    drill, week_after = street.offer(), (START + timedelta(days=7), END + timedelta(days=7))
    loan, other = street.promised(drill), street.promised(drill, by=street.stranger, at=week_after)
    first, second = waiting(drill, cora), waiting(drill, dora, at=week_after)
    street.done("cancel", loan, street.anna)
    run_jobs()

    street.done("cancel", other, street.stranger)
    street.done("pass", first, cora)
    run_jobs()

    assert states(street, (first, cora), (second, dora)) == ["waitlisted", "offered"]


def test_t21_entries_that_do_not_fit_are_skipped_and_keep_their_place(street, waiting, run_jobs, cora, dora):
    chairs = street.offer(units=4)
    loans = [street.promised(chairs, units=2), street.promised(chairs, by=street.stranger, units=2)]
    many, few = waiting(chairs, cora, units=4), waiting(chairs, dora, units=2)

    street.done("cancel", loans[0], street.anna)
    run_jobs()

    assert states(street, (many, cora), (few, dora)) == ["waitlisted", "offered"]
    street.done("withdraw", few, dora)
    street.done("cancel", loans[1], street.stranger)
    run_jobs()
    assert states(street, (many, cora)) == ["offered"]


def test_t18_who_may_not_have_it_any_more_is_skipped(street, waiting, run_jobs, cora, dora):
    drill = street.offer()
    loan = street.promised(drill)
    first, second = waiting(drill, cora), waiting(drill, dora)
    address = f"/api/v1/listings/{drill}"
    street.client.post(f"{address}/pause", headers=street.ben.headers)
    street.done("cancel", loan, street.anna)
    run_jobs()
    assert states(street, (first, cora), (second, dora)) == ["waitlisted", "waitlisted"], (
        "paused: nothing new"
    )

    street.client.post(f"{address}/publish", headers=street.ben.headers)
    run_jobs()

    assert states(street, (first, cora), (second, dora)) == ["offered", "waitlisted"]
    street.client.post(f"{address}/pause", headers=street.ben.headers)
    refused = street.act("take", first, cora)
    assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (409, "paused")


def decline(street, loan, drill):
    street.done("decline", loan, street.ben)


def withdraw(street, loan, drill):
    street.done("withdraw", loan, street.anna)


def counter(street, loan, drill):
    street.done("counter", loan, street.ben, starts_at=moment(START + 9 * DAY), ends_at=moment(END + 9 * DAY))


@pytest.mark.parametrize("frees", [decline, withdraw, counter])
def test_t21_whatever_frees_a_request_calls_the_next(street, waiting, run_jobs, cora, frees):
    drill = street.offer()
    loan = street.requested(drill)
    first = waiting(drill, cora)

    frees(street, loan, drill)
    run_jobs()

    assert street.read(first, cora)["state"] == "offered"


def raised(street, loan, drill):
    change = {"units": 2}
    headers = street.ben.headers | {"If-Match": "*"}
    assert street.client.patch(f"/api/v1/listings/{drill}", json=change, headers=headers).status_code == 200


def amended(street, loan, drill):
    street.done(
        "propose-change", loan, street.anna, starts_at=moment(START + 9 * DAY), ends_at=moment(END + 9 * DAY)
    )
    street.done("accept-change", loan, street.ben)


def brought_back(street, loan, drill):
    street.done("hand-over", loan, street.ben)
    street.done("take-back", loan, street.ben)


@pytest.mark.parametrize("frees", [raised, amended, brought_back])
def test_t21_whatever_frees_a_promise_calls_the_next(street, waiting, run_jobs, cora, frees):
    drill = street.offer()
    loan = street.promised(drill)
    first = waiting(drill, cora)

    frees(street, loan, drill)
    run_jobs()

    assert street.read(first, cora)["state"] == "offered"


def test_t21_a_closure_that_goes_calls_the_next(street, waiting, run_jobs, cora):
    chairs = street.offer(units=2)
    address = f"/api/v1/listings/{chairs}/closures"
    closure = {"starts_at": moment(START), "ends_at": moment(END), "units": 1}
    made = street.client.post(address, json=closure, headers=street.ben.headers).json()
    first = waiting(chairs, cora, units=2)

    street.client.delete(f"{address}/{made['id']}", headers=street.ben.headers)
    run_jobs()

    assert street.read(first, cora)["state"] == "offered"


def test_t21_an_expired_request_calls_the_next_even_after_a_day_without_jobs(
    street, waiting, run_jobs, cora, clock
):
    drill = street.offer(answer_hours=24)
    loan = street.requested(drill)
    first = waiting(drill, cora)

    clock.turn(2 * DAY)
    run_jobs()
    run_jobs()

    assert states(street, (loan, street.anna), (first, cora)) == ["expired", "offered"]
    assert story_of(street.read(first, cora)) == ["join-queue", "offer-turn"]


def test_t21_the_sweep_finds_whom_a_lost_job_forgot(street, waiting, run_jobs, cora, instance, clock):
    drill = street.offer()
    loan = street.promised(drill)
    first = waiting(drill, cora)
    street.done("cancel", loan, street.anna)
    with instance.database.writing() as session:
        session.connection().execute(delete(Job).where(col(Job.name) == "bookings.offer_turns"))

    clock.turn(timedelta(minutes=11))
    run_jobs()

    assert street.read(first, cora)["state"] == "offered"


def test_t21_the_forecast_learns_from_how_long_loans_really_took(street, waiting, cora, clock):
    drill = street.offer()
    for days, late in ((6, 1), (4, 7), (2, 20)):
        past = street.promised(drill, by=street.stranger, at=(START - days * DAY, START - (days - 1) * DAY))
        clock.set(START - days * DAY)
        street.done("hand-over", past, street.ben)
        clock.set(START - (days - 1) * DAY + late * HOUR)
        street.done("take-back", past, street.ben)
        street.done("complete", past, street.stranger)
    street.promised(drill)

    first = waiting(drill, cora, at=(START + DAY, END + DAY))

    assert first["queue"]["forecast_at"][:16] == moment(END + 7 * HOUR)[:16]


def test_t21_what_is_overdue_is_in_the_way_of_everybody(street, waiting, cora, clock, at):
    drill = street.offer()
    past = street.promised(drill, by=street.stranger, at=(START - 4 * DAY, START - 3 * DAY))
    clock.set(START - 4 * DAY)
    street.done("hand-over", past, street.ben)
    clock.set(START - 3 * DAY + 2 * HOUR)
    street.done("take-back", past, street.ben)
    street.done("complete", past, street.stranger)
    late = street.promised(drill, by=street.stranger, at=(START - DAY, START))
    street.done("hand-over", late, street.ben)
    at(START + HOUR)

    first = waiting(drill, cora, at=(START + 3 * HOUR, START + DAY))

    assert first["queue"]["forecast_at"][:16] == moment(START + 2 * HOUR)[:16]


def test_t21_t03_two_loans_that_follow_each_other_are_both_in_the_way(street, waiting, cora, clock):
    drill = street.offer()
    lend_and_bring_back(street, clock, drill, START - 3 * DAY, START - 2 * DAY)
    street.promised(drill, at=(START, START + DAY))
    street.promised(drill, by=street.stranger, at=(START + DAY, END))

    first = waiting(drill, cora)

    assert first["queue"]["forecast_at"][:16] == moment(END)[:16]


def test_t21_a_loan_in_the_way_gives_back_what_is_out_and_no_more(street, waiting, cora, clock):
    chairs = street.offer(units=4)
    lend_and_bring_back(street, clock, chairs, START - 3 * DAY, START - 2 * DAY)
    some = street.promised(chairs, units=3, at=(START, START + DAY))
    clock.set(START)
    street.done("hand-over", some, street.ben, units=1)
    street.promised(chairs, by=street.stranger, units=3, at=(START + HOUR, END))

    first = waiting(chairs, cora, units=2, at=(START + HOUR, END))

    assert first["queue"]["forecast_at"][:16] == moment(END)[:16]


def lend_and_bring_back(street, clock, listing_id, start, end):
    """A loan that tells how loans of this thing end: on time."""
    past = street.promised(listing_id, by=street.stranger, at=(start, end))
    clock.set(start)
    street.done("hand-over", past, street.ben)
    clock.set(end)
    street.done("take-back", past, street.ben)
    street.done("complete", past, street.stranger)


LOAN = InTheWay(END, 1)
ON_TIME = [timedelta()]


@pytest.mark.parametrize(
    ("needed", "in_the_way", "real_ends", "now", "expected"),
    [
        (1, [LOAN], [], START, None),
        (1, [LOAN], ON_TIME, START, END),
        (1, [LOAN], [HOUR, 9 * HOUR, -HOUR], START, END + HOUR),
        (1, [LOAN], [-2 * HOUR], START, END - 2 * HOUR),
        (2, [LOAN, InTheWay(END + DAY, 2)], ON_TIME, START, END + DAY),
        (3, [LOAN, InTheWay(END + DAY, 2)], ON_TIME, START, None),
        (1, [LOAN], ON_TIME, END + DAY, END + DAY),
    ],
)
def test_t21_a_forecast(needed, in_the_way, real_ends, now, expected):
    assert forecast(needed, in_the_way, real_ends, now) == expected


@given(
    delays=st.lists(st.integers(-48, 48), min_size=1),
    units=st.lists(st.integers(1, 5), min_size=1, max_size=6),
)
def test_t21_who_needs_more_never_has_it_sooner(delays, units):
    loans = [InTheWay(START + number * DAY, free) for number, free in enumerate(accumulate(units))]
    real = [delay * HOUR for delay in delays]
    told = [forecast(needed, loans, real, START - 9 * DAY) for needed in range(1, sum(units) + 2)]

    assert told[-1] is None
    assert all(one is not None for one in told[:-1])
    assert told[:-1] == sorted(told[:-1])


def test_who_leaves_leaves_the_queue_and_a_listing_that_ends_keeps_nobody_waiting(
    street, waiting, cora, dora
):
    drill = street.offer()
    street.promised(drill)
    first, second = waiting(drill, cora), waiting(drill, dora)

    assert street.client.delete("/api/v1/me", headers=dora.headers).status_code in (202, 204)
    assert street.client.delete("/api/v1/me", headers=street.ben.headers).status_code in (202, 204)

    assert street.read(first, cora)["state"] == "expired"
    assert street.client.get(f"/api/v1/bookings/{second['id']}", headers=cora.headers).status_code == 404


def test_t06_of_two_who_take_a_turn_at_once_one_has_taken_it(street, waiting, run_jobs, cora):
    for _ in range(3):
        drill = street.offer(booking_mode="instant")
        loan = street.requested(drill)
        first = waiting(drill, cora)
        street.done("cancel", loan, street.anna)
        run_jobs()

        with ThreadPoolExecutor(6) as pool:
            hands = [("take", cora), ("pass", cora), ("take", cora)] * 2
            answers = list(pool.map(lambda hand, first=first: street.act(hand[0], first, hand[1]), hands))

        assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 5}


def test_t06_turns_and_those_who_book_at_once_never_promise_more_than_there_is(
    street, waiting, run_jobs, instance
):
    people = [signed_in_person(instance, f"Person {number}") for number in range(6)]
    for _ in range(3):
        chairs = street.offer(units=2, booking_mode="instant")
        loan = street.requested(chairs, units=2)
        entries = [waiting(chairs, person) for person in people[:3]]
        street.done("cancel", loan, street.anna)

        with ThreadPoolExecutor(6) as pool:
            offering = [pool.submit(run_jobs) for _ in range(2)]
            asking = [pool.submit(street.ask, chairs, person) for person in people[3:]]
            booked = [future.result().status_code for future in asking].count(201)
            for future in offering:
                future.result()
        run_jobs()
        turns = states(street, *zip(entries, people, strict=False)).count("offered")

        assert booked + turns == 2
        taken = [
            street.act("take", entry, person).status_code
            for entry, person in zip(entries, people, strict=False)
        ]
        assert taken.count(200) == turns


def test_t21_nobody_overtakes_the_queue_between_the_return_and_the_turn(
    street, waiting, wait, cora, dora, run_jobs
):
    chairs = street.offer(units=3, booking_mode="instant")
    held = street.requested(chairs, units=3)
    first = waiting(chairs, cora, units=2)
    quote = {"starts_at": START.isoformat(), "ends_at": END.isoformat(), "units": 2}
    street.done("cancel", held, street.anna)  # and no job has run yet

    refused = street.ask(chairs, dora, units=2)
    quoted = street.client.post(f"/api/v1/listings/{chairs}/quote", json=quote, headers=dora.headers).json()

    assert (refused.status_code, refused.json()["free_units"]) == (409, 1)
    assert (quoted["bookable"], quoted["free_units"]) == (False, 1)
    assert street.ask(chairs, dora, units=1).status_code == 201, "what nobody waits for is free"
    assert wait(chairs, dora, units=2).status_code == 201
    run_jobs()
    assert street.read(first, cora)["state"] == "offered"


def test_t21_whoever_waits_may_ask_for_what_is_free_and_who_passed_keeps_nobody_off(
    street, waiting, cora, dora, run_jobs
):
    drill = street.offer()
    held = street.requested(drill)
    waits = waiting(drill, cora)
    street.done("withdraw", held, street.anna)
    run_jobs()
    street.done("pass", waits, cora)

    assert street.ask(drill, dora).status_code == 201


def test_t21_a_long_line_costs_no_more_to_look_at_than_a_short_one(street, waiting, dora, run_jobs):
    drill = street.offer(booking_mode="instant")
    held = street.requested(drill)
    when = {"starts_at": START.isoformat(), "ends_at": END.isoformat()}
    path = f"/api/v1/listings/{drill}/quote"

    def cost(instance):
        with counted(instance) as heard:
            assert not street.client.post(path, json=when, headers=dora.headers).json()["bookable"]
        return len(heard)

    line = [signed_in_person(street.instance, f"Waiting {number}") for number in range(8)]
    entries = [waiting(drill, person) for person in line[:2]]
    street.done("cancel", held, street.anna)  # and no job has run yet: it is the turn of the first
    short = cost(street.instance)
    run_jobs()
    entries += [waiting(drill, person) for person in line[2:]]
    street.done("withdraw", entries[0], line[0])
    assert cost(street.instance) == short
    with counted(street.instance) as heard:
        run_jobs()
    assert states(street, *zip(entries, line, strict=True)) == ["withdrawn", "offered", *["waitlisted"] * 6]
    assert sum("FROM person" in one for one in heard) <= 6
