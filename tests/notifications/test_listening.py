"""Server-sent events: who listens is told at once, everything, once, and nothing that is not theirs."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import islice
from threading import Event
from uuid import UUID

import httpx
import pytest
from sqlalchemy import event

from app.accounts import service as accounts
from app.kernel.actor import SYSTEM, MemberRole
from app.kernel.ids import new_id
from app.main import create_app
from app.notifications import service as notifications
from tests.factories.accounts import signed_in_person
from tests.factories.bookings import Street
from tests.factories.listeners import EVENTS, Heard, events, listening
from tests.factories.queries import counted
from tests.serving import serving

INBOX = "/api/v1/me/notifications"


@pytest.fixture
def app(instance):
    return create_app(instance=instance)


@pytest.fixture
def address(app):
    with serving(app) as url:
        app.state.door.streams.watch.every = 0.05
        yield url


@pytest.fixture
def quick(app, address):
    """Signs of life come five times a second, and whether somebody may listen is judged as often."""
    app.state.door.streams.heartbeat = 0.2


@pytest.fixture
def client(address):
    with httpx.Client(base_url=address, timeout=30, trust_env=False) as caller:
        yield caller


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


@pytest.fixture
def tell(instance):
    """Write one letter to each of these people, in one transaction."""

    def write(*people):
        with instance.transactions.writing(SYSTEM) as work:
            for person in people:
                notifications.tell(work, new_id(), "password_changed", person.id)

    return write


@pytest.fixture
def slow_commits(instance):
    """Who has a number holds it for a while before it counts: others with later numbers would overtake them."""
    chance = random.Random(7)

    def wait(_connection):
        time.sleep(chance.uniform(0, 0.03))

    event.listen(instance.database.engine, "commit", wait)
    yield
    event.remove(instance.database.engine, "commit", wait)


def test_what_one_asks_the_other_hears_while_they_listen_and_nobody_else(
    quick, street, client, address, run_jobs
):
    drill = street.offer()
    with (
        listening(address, street.ben) as ben,
        listening(address, street.anna) as anna,
        listening(address, street.stranger) as stranger,
    ):
        assert next(ben) == next(anna) == next(stranger) == Heard(id=0, retry=3000)
        booking = street.requested(drill)
        run_jobs()
        asked = next(events(ben))
        street.done("accept", booking, street.ben)
        run_jobs()
        promised = next(events(anna))
        silence = set(islice(stranger, 3))

    assert (asked.event, asked.id, promised.id) == ("notification", 1, 1)
    assert (asked.data["kind"], asked.data["booking_id"]) == ("request", booking["id"])
    assert [asked.data] == client.get(INBOX, headers=street.ben.headers).json()["items"]
    assert promised.data["kind"] == "accept"
    assert silence == {Heard(comment="still here")}


def test_who_was_cut_off_hears_everything_once_however_many_write_at_the_same_time(
    app, quick, instance, address, tell, slow_commits
):
    app.state.door.streams.watch.every = 0.01
    anna, ben = signed_in_person(instance, "Anna"), signed_in_person(instance, "Ben")
    turns = [(anna, ben), (ben, anna), (anna, anna), (ben,)] * 15
    heard = {anna: [], ben: []}
    letters = {who: sum(people.count(who) for people in turns) for who in heard}

    written = Event()

    def listen(who):
        silences = 0
        while len(heard[who]) < letters[who] and silences < 3:
            last = heard[who][-1].id if heard[who] else 0
            with listening(address, who, after=last) as ear:
                for one in islice(ear, 7):  # then the line breaks
                    heard[who] += [one] if one.event else []
                    silences = silences + 1 if one.comment and written.is_set() else 0

    with ThreadPoolExecutor(6) as threads:
        listeners = [threads.submit(listen, who) for who in (anna, ben)]
        try:
            list(threads.map(lambda people: tell(*people), turns))
        finally:
            written.set()
        for one in listeners:
            one.result(timeout=60)

    for who, told in heard.items():
        inbox = httpx.get(f"{address}{INBOX}?limit=100", headers=who.headers, trust_env=False).json()["items"]
        assert [one.id for one in told] == list(range(1, letters[who] + 1))
        assert {one.data["id"] for one in told} == {item["id"] for item in inbox}


def test_who_comes_back_hears_first_what_was_missed_in_pages_and_then_what_comes(instance, address, tell):
    anna = signed_in_person(instance, "Anna")
    for _ in range(6):
        tell(*[anna] * 20)

    with listening(address, anna, after=3) as ear:
        missed = [one.id for one in islice(events(ear), 117)]
        tell(anna)
        came = next(events(ear))
    with listening(address, anna, after=500) as ear:
        begins = next(ear)
        tell(anna)
        only = next(events(ear))

    assert missed == list(range(4, 121))
    assert came.id == 121
    assert (begins.id, only.id) == (121, 122), "who knows more than there is begins now"


def test_what_came_to_an_organisation_is_heard_only_while_one_speaks_for_it(
    street, client, address, tell, run_jobs
):
    founded = client.post("/api/v1/organisations", json={"name": "Repair café"}, headers=street.ben.headers)
    club, other = founded.json()["id"], street.stranger
    with street.instance.transactions.writing(SYSTEM) as work:
        accounts.admit(work, UUID(club), other.id, MemberRole.OWNER)
    street.requested(street.offer(organisation_id=UUID(club)))
    run_jobs()
    with listening(address, street.ben, after=0) as ear:
        heard = next(events(ear))
    own_page = f"/api/v1/organisations/{club}/members/{street.ben.id}"
    client.delete(own_page, headers=street.ben.headers).raise_for_status()

    tell(street.ben)
    with listening(address, street.ben, after=0) as ear:
        then = next(events(ear))

    assert (heard.id, heard.data["kind"]) == (1, "request")
    assert (then.id, then.data["kind"]) == (2, "password_changed")


def test_nobody_listens_without_a_session_and_a_garbled_position_is_refused(client, street):
    refused = client.get(EVENTS)
    garbled = client.get(EVENTS, headers=street.anna.headers | {"Last-Event-ID": "-1"})
    head = client.head(EVENTS, headers=street.anna.headers)
    with client.stream("GET", EVENTS, cookies={"depot_session": street.anna.token}) as answer:
        kept = {name: answer.headers[name] for name in ("content-type", "cache-control", "x-accel-buffering")}

    assert (refused.status_code, refused.json()["code"]) == (401, "sign_in_needed")
    assert (garbled.status_code, garbled.json()["errors"][0]["pointer"]) == (422, "last-event-id")
    assert head.status_code == 200
    assert kept == {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
    }


def test_a_stream_ends_with_its_session_and_tells_nothing_more(app, street, client, address, tell):
    def ends_after(who, *told):
        with listening(address, who) as ear:
            next(ear)
            client.delete("/api/v1/sessions", headers=who.headers).raise_for_status()
            tell(*told)
            return [heard for heard in ear if heard.comment is None]

    assert ends_after(street.anna, street.anna) == [], "at the next thing that would be told"

    app.state.door.streams.heartbeat = 0.2
    assert ends_after(street.ben, street.stranger) == [], (
        "and where nothing happens, at the next sign of life"
    )


def test_a_sixth_stream_ends_the_oldest_which_comes_back_later(street, address, tell):
    with ExitStack() as open_ones:
        oldest, *others = [open_ones.enter_context(listening(address, street.anna)) for _ in range(6)]
        last_words = list(oldest)
        tell(street.anna)
        heard = [next(events(ear)).id for ear in others]

    assert last_words[-1] == Heard(retry=60_000)
    assert heard == [1] * 5


def test_one_question_is_asked_for_all_who_listen_and_none_when_nobody_does(app, instance, street, address):
    with ExitStack() as open_ones:
        people = (street.anna, street.anna, street.ben)
        ears = [open_ones.enter_context(listening(address, who)) for who in people]
        assert [next(ear).id for ear in ears] == [0, 0, 0]
        with counted(instance) as asked:
            time.sleep(2)
    for _ in range(100):
        if not app.state.door.streams.watch.waiting:
            break
        time.sleep(0.05)
    with counted(instance) as asked_by_nobody:
        time.sleep(0.3)

    assert 3 <= len(asked) <= 40, "one for each look, not one for each listener"
    assert {"inbox_end" in statement for statement in asked} == {True}
    assert asked_by_nobody == []


def test_a_server_that_is_told_to_end_does_not_wait_for_listeners(app, instance):
    anna = signed_in_person(instance, "Anna")
    with ExitStack() as open_one:
        with serving(app) as url:
            ear = open_one.enter_context(listening(url, anna))
            next(ear)
            began = time.monotonic()
        took = time.monotonic() - began
        rest = list(ear)

    assert rest == []
    assert took < 15
