"""Many at once: one promise per unit, one effect per key, one winner per booking."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from app.main import create_app
from tests.factories.bookings import END, START
from tests.serving import serving


@pytest.fixture
def at_once(instance):
    """Send the same POST many times at once over real HTTP; answers all answers."""

    async def crowd(base, path, body, headers):
        limits = httpx.Limits(max_connections=100)
        async with httpx.AsyncClient(base_url=base, limits=limits, timeout=60, trust_env=False) as caller:
            return await asyncio.gather(*(caller.post(path, json=body, headers=header) for header in headers))

    with serving(create_app(instance=instance)) as base:
        yield lambda path, body, headers: asyncio.run(crowd(base, path, body, headers))


def ask_for(listing_id):
    return {"listing_id": str(listing_id), "starts_at": START.isoformat(), "ends_at": END.isoformat()}


@pytest.mark.parametrize("pairs", [1, pytest.param(5, id="long", marks=pytest.mark.long)])
def test_t06_two_hundred_want_the_last_unit_and_one_gets_it_time_after_time(street, at_once, pairs):
    drills = [street.offer(booking_mode=mode) for mode in ("on_request", "instant") * pairs]

    for drill in drills:
        answers = at_once("/api/v1/bookings", ask_for(drill), [street.anna.headers] * 200)

        assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 199}
        refused = [answer.json() for answer in answers if answer.status_code == 409]
        assert {problem["code"] for problem in refused} <= {"slot_taken", "not_bookable"}
        assert {problem["free_units"] for problem in refused} == {0}


def test_as_many_get_something_as_there_is(street, at_once):
    chairs = street.offer(units=7)

    answers = at_once("/api/v1/bookings", ask_for(chairs), [street.anna.headers] * 60)

    assert Counter(answer.status_code for answer in answers) == {201: 7, 409: 53}


def test_a_hundred_posts_with_one_key_are_one_booking(street, at_once):
    chairs = street.offer(units=500)
    headers = street.anna.headers | {"Idempotency-Key": "one"}

    answers = at_once("/api/v1/bookings", ask_for(chairs), [headers] * 100)

    assert Counter(answer.status_code for answer in answers) == {201: 100}
    assert len({answer.content for answer in answers}) == 1
    mine = street.client.get("/api/v1/bookings", headers=street.anna.headers)
    assert len(mine.json()["items"]) == 1


def test_of_many_hands_on_one_booking_one_moves_it(street):
    asked = street.requested()
    hands = [("accept", street.ben), ("decline", street.ben), ("withdraw", street.anna)] * 5

    with ThreadPoolExecutor(len(hands)) as pool:
        answers = list(pool.map(lambda hand: street.act(hand[0], asked, hand[1]), hands))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 14}
    assert len(street.read(asked, street.anna)["events"]) == 2


def test_promises_made_at_the_same_time_fit_together(street):
    drill = street.offer(units=2, request_holds=False)
    asked = [street.requested(drill) for _ in range(10)]

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda booking: street.act("accept", booking, street.ben), asked))

    assert Counter(answer.status_code for answer in answers) == {200: 2, 409: 8}
