"""Jobs run at least once, each on its own, by as many workers as like, on both databases."""

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session, col, select

from app.jobs import queue, runner
from app.jobs.runner import LEASE, MAX_ATTEMPTS, Handler, Lane, Runner, Schedule, delay_after
from app.jobs.tables import Job
from app.kernel.clock import TurnableClock
from app.kernel.database import Database

Payload = Mapping[str, Any]
HOUR = timedelta(hours=1)


class Workshop:
    """A database, a clock, and what was done."""

    def __init__(self, database: Database, clock: TurnableClock) -> None:
        self.database = database
        self.clock = clock
        self.done: list[Payload] = []
        self.handlers: dict[str, Handler] = {"note": self.done.append, "break": self.break_down}

    def break_down(self, payload: Payload) -> None:
        self.done.append(payload)
        raise OSError("the tool is broken\x00 \ud800")

    def runner(self, *schedules: Schedule, threads: int = 2, lanes: Sequence[Lane] = ()) -> Runner:
        return Runner(
            self.database.writing, self.clock, self.handlers, schedules, threads=threads, lanes=lanes
        )

    def enqueue(self, name: str = "note", **options: Any) -> None:
        with self.database.writing() as session:
            self.enqueue_in(session, name, **options)

    def enqueue_in(self, session: Session, name: str = "note", **options: Any) -> None:
        queue.enqueue(session, name=name, now=self.clock.now(), **({"payload": {}} | options))

    def jobs(self) -> list[Job]:
        with self.database.reading() as session:
            return list(session.exec(select(Job).order_by(col(Job.id))))


@pytest.fixture
def workshop(database_url: str, clock: TurnableClock) -> Iterator[Workshop]:
    database = Database(database_url)
    yield Workshop(database, clock)
    database.close()


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_a_job_runs_with_its_payload_and_is_forgotten(workshop: Workshop) -> None:
    workshop.enqueue(payload={"to": "Ada", "copies": [1, 2]})

    assert workshop.runner().run_due() == 1

    assert workshop.done == [{"to": "Ada", "copies": [1, 2]}]
    assert workshop.jobs() == []


def test_a_job_of_a_transaction_that_fails_never_existed(workshop: Workshop) -> None:
    with workshop.database.writing() as session:
        workshop.enqueue_in(session)
        session.flush()
        session.rollback()

    assert workshop.runner().run_due() == 0


def test_a_job_waits_for_its_time(workshop: Workshop) -> None:
    workshop.enqueue(run_at=workshop.clock.now() + HOUR)
    assert workshop.runner().run_due() == 0

    workshop.clock.turn(HOUR)

    assert workshop.runner().run_due() == 1


def test_a_job_that_enqueues_another_has_it_run_too_but_no_more_than_the_limit(workshop: Workshop) -> None:
    workshop.handlers["chain"] = lambda _: workshop.enqueue("note")
    workshop.enqueue("chain")
    workshop.enqueue("chain")

    assert workshop.runner().run_due(limit=3) == 3
    assert workshop.runner().run_due() == 1
    assert len(workshop.done) == 2


def test_waiting_jobs_of_one_key_run_once_at_the_earliest_of_their_times(workshop: Workshop) -> None:
    workshop.enqueue(key="digest", payload={"number": 1}, run_at=workshop.clock.now() + HOUR)
    workshop.enqueue(key="digest", payload={"number": 2})
    workshop.enqueue(key="digest", payload={"number": 3})
    workshop.enqueue(key="other", payload={"number": 4})

    assert workshop.runner().run_due() == 2

    assert workshop.done == [{"number": 2}, {"number": 4}]
    assert workshop.jobs() == []


def test_a_key_enqueued_while_its_job_runs_runs_again(workshop: Workshop) -> None:
    def change_once_more(payload: Payload) -> None:
        if not workshop.done:
            workshop.enqueue("change", key="digest", payload={"round": 2})
        workshop.done.append(payload)

    workshop.handlers["change"] = change_once_more
    workshop.enqueue("change", key="digest", payload={"round": 1})

    workshop.runner().run_due()

    assert workshop.done == [{"round": 1}, {"round": 2}]


def test_two_transactions_enqueue_one_key_without_waiting_for_each_other(workshop: Workshop) -> None:
    if workshop.database.is_sqlite:
        pytest.skip("SQLite has one writer at a time, whatever it writes")
    with workshop.database.writing() as first, workshop.database.writing() as second:
        workshop.enqueue_in(first, key="digest")
        first.flush()
        workshop.enqueue_in(second, key="digest")
        second.flush()

    assert workshop.runner().run_due() == 1


def test_a_failing_job_is_tried_again_later_and_disturbs_no_other(workshop: Workshop) -> None:
    workshop.enqueue("break")
    workshop.enqueue("note")

    workshop.runner().run_due()

    (broken,) = workshop.jobs()
    assert len(workshop.done) == 2
    assert broken.attempts == 1
    assert broken.last_error == "OSError: the tool is broken \\ud800"
    assert workshop.clock.now() < broken.run_at
    assert broken.lease_until is None
    assert broken.failed_at is None


def test_a_job_that_always_fails_is_given_up_and_kept(workshop: Workshop) -> None:
    workshop.enqueue("break")

    for _ in range(MAX_ATTEMPTS + 3):
        workshop.runner().run_due()
        workshop.clock.turn(HOUR)

    (broken,) = workshop.jobs()
    assert len(workshop.done) == broken.attempts == MAX_ATTEMPTS
    assert broken.failed_at is not None


def test_a_job_nobody_survives_is_given_up(workshop: Workshop) -> None:
    workshop.enqueue("note")
    for _ in range(MAX_ATTEMPTS):
        with workshop.database.writing() as session:
            now = workshop.clock.now()
            assert queue.lease(session, now=now, until=now + LEASE, by="a worker that dies")
        workshop.clock.turn(LEASE)

    workshop.runner().run_due()

    (deadly,) = workshop.jobs()
    assert workshop.done == []
    assert deadly.failed_at is not None


def test_a_job_unknown_to_this_version_waits_for_one_that_knows_it(workshop: Workshop) -> None:
    workshop.enqueue("news")
    workshop.runner().run_due()

    workshop.handlers["news"] = workshop.done.append
    workshop.clock.turn(HOUR)
    workshop.runner().run_due()

    assert workshop.done == [{}]


def test_a_worker_that_overran_its_lease_cannot_finish_what_another_took_over(workshop: Workshop) -> None:
    workshop.enqueue("note")
    leases = []
    for worker in ("slow", "quick"):
        with workshop.database.writing() as session:
            now = workshop.clock.now()
            leases.append(queue.lease(session, now=now, until=now + LEASE, by=worker))
        workshop.clock.turn(LEASE)
    slow, quick = leases
    assert slow
    assert quick

    with workshop.database.writing() as session:
        assert not queue.finish(session, slow)
        assert queue.finish(session, quick)


def test_two_racing_workers_run_each_job_once(workshop: Workshop) -> None:
    for number in range(60):
        workshop.enqueue(payload={"number": number})
    workers = [workshop.runner(), workshop.runner()]

    for worker in workers:
        worker.start()
    until(lambda: not workshop.jobs())

    assert all(worker.stop(10) for worker in workers)
    assert Counter(payload["number"] for payload in workshop.done) == Counter(range(60))


def test_woken_a_worker_does_not_wait_for_its_next_look(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_POLL_SECONDS", 3600.0)
    worker = workshop.runner(threads=1)
    worker.start()
    workshop.enqueue()

    worker.wake()

    until(lambda: workshop.done == [{}])
    assert worker.stop(10)


def test_stopping_waits_for_the_job_at_work_and_takes_no_other(workshop: Workshop) -> None:
    began, may_end = threading.Event(), threading.Event()

    def work(payload: Payload) -> None:
        began.set()
        may_end.wait(20)
        workshop.done.append(payload)

    workshop.handlers["work"] = work
    workshop.enqueue("work")
    worker = workshop.runner(threads=1)
    worker.start()
    assert began.wait(20)
    workshop.enqueue("note")

    assert not worker.stop(0.01)
    may_end.set()
    assert worker.stop(20)

    assert len(workshop.done) == len(workshop.jobs()) == 1


def test_a_killed_process_loses_no_job(workshop: Workshop) -> None:
    with workshop.database.writing() as session:
        session.connection().execute(text("CREATE TABLE ran (number INT)"))
        for number in range(100):
            workshop.enqueue_in(session, "stuck" if number == 50 else "note", payload={"number": number})
    url, start = workshop.database.url.render_as_string(), workshop.clock.now().isoformat()
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.jobs.worker", url, start],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout
    with worker.stdout:
        while worker.stdout.readline().strip() not in {"stuck", ""}:
            pass
        worker.kill()
        worker.wait()
    taken_by_the_dead = [job for job in workshop.jobs() if job.leased_by]
    assert "stuck" in {job.name for job in taken_by_the_dead}

    def note(payload: Payload) -> None:
        with workshop.database.writing() as session:
            session.connection().execute(text("INSERT INTO ran VALUES (:number)"), payload)

    workshop.handlers |= {"note": note, "stuck": note}
    workshop.runner().run_due()
    assert {job.id for job in workshop.jobs()} == {job.id for job in taken_by_the_dead}
    workshop.clock.turn(LEASE + HOUR)
    workshop.runner().run_due()

    with workshop.database.reading() as session:
        ran = Counter(session.connection().execute(text("SELECT number FROM ran")).scalars())
    assert set(ran) == set(range(100))
    assert ran.total() <= 100 + len(taken_by_the_dead)
    assert workshop.jobs() == []


def test_a_job_that_takes_longer_than_a_lease_is_not_taken_over(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_RENEWED_EVERY_SECONDS", 0.01)
    may_end = threading.Event()

    def work(payload: Payload) -> None:
        workshop.done.append(payload)
        may_end.wait(20)

    workshop.handlers["work"] = work
    workshop.enqueue("work")
    busy, idle = workshop.runner(threads=1), workshop.runner()
    busy.start()
    until(lambda: len(workshop.done) == 1)
    for _ in range(3):
        workshop.clock.turn(LEASE * 0.9)
        now = workshop.clock.now()
        until(lambda: (workshop.jobs()[0].lease_until or now) >= now + LEASE)  # noqa: B023 - asked at once

    assert idle.run_due() == 0
    may_end.set()
    assert busy.stop(20)
    assert workshop.jobs() == []


def test_jobs_that_wait_for_others_hold_up_neither_the_house_nor_another_lane(workshop: Workshop) -> None:
    may_end = threading.Event()

    def wait(payload: Payload) -> None:
        may_end.wait(20)
        workshop.done.append(payload)

    workshop.handlers |= {"pull": wait, "mail": workshop.done.append}
    for number in range(3):
        workshop.enqueue("pull", payload={"pull": number})
    workshop.enqueue("mail", payload={"mail": 1})
    workshop.enqueue("note", payload={"note": 1})
    lanes = [Lane(frozenset({"pull"}), threads=1), Lane(frozenset({"mail"}), threads=1)]
    worker = workshop.runner(threads=1, lanes=lanes)
    worker.start()

    until(lambda: len(workshop.done) == 2)

    assert {name for payload in workshop.done for name in payload} == {"mail", "note"}
    may_end.set()
    until(lambda: not workshop.jobs())
    assert worker.stop(20)


def test_a_scheduled_job_runs_once_in_a_slot_whoever_looks(workshop: Workshop) -> None:
    workshop.handlers["sweep"] = workshop.done.append
    hourly = Schedule("sweep", HOUR)
    workers = [workshop.runner(hourly) for _ in range(3)]

    for _ in range(3):
        for worker in workers:
            worker.run_due()
        workshop.clock.turn(HOUR)

    assert len(workshop.done) == 3
    workshop.clock.turn(10 * HOUR)
    workers[0].run_due()
    workshop.runner(hourly).run_due()
    assert len(workshop.done) == 4, "slots nobody used are not made up for"


def test_racing_workers_run_a_scheduled_job_once_in_a_slot(workshop: Workshop) -> None:
    workshop.handlers["sweep"] = workshop.done.append
    workers = [workshop.runner(Schedule("sweep", HOUR)) for _ in range(3)]

    for worker in workers:
        worker.start()
    for runs in range(1, 4):
        # The run first, the lease after it: asked the other way round, a run might begin in between.
        until(lambda: len(workshop.done) >= runs and not any(job.leased_by for job in workshop.jobs()))  # noqa: B023
        workshop.clock.turn(HOUR)
    until(lambda: len(workshop.done) >= 4)

    assert all(worker.stop(10) for worker in workers)
    assert len(workshop.done) == 4


def test_a_failing_scheduled_job_is_tried_again_within_its_interval_and_never_dies(
    workshop: Workshop,
) -> None:
    minute = timedelta(minutes=1)
    worker = workshop.runner(Schedule("break", minute))

    for _ in range(MAX_ATTEMPTS + 2):
        worker.run_due()
        workshop.clock.turn(minute)

    assert len(workshop.done) == MAX_ATTEMPTS + 2
    (sweep,) = workshop.jobs()
    assert sweep.failed_at is None
    assert sweep.last_error


def test_a_much_shorter_interval_holds_from_the_next_start(workshop: Workshop) -> None:
    workshop.handlers["sweep"] = workshop.done.append
    workshop.runner(Schedule("sweep", timedelta(days=30))).run_due()

    workshop.clock.turn(HOUR)
    workshop.runner(Schedule("sweep", HOUR)).run_due()

    assert len(workshop.done) == 2


def test_a_schedule_given_up_by_a_version_that_did_not_know_it_comes_back_with_one_that_does(
    workshop: Workshop,
) -> None:
    hourly = Schedule("sweep", HOUR)
    workshop.runner(hourly)._schedule()
    for _ in range(MAX_ATTEMPTS):
        workshop.runner().run_due()
        workshop.clock.turn(HOUR)
    assert workshop.jobs()[0].failed_at

    workshop.handlers["sweep"] = workshop.done.append
    workshop.runner(hourly).run_due()

    assert workshop.done == [{}]


@given(st.integers(1, 10_000), st.timedeltas(timedelta(seconds=1), HOUR))
def test_delays_lie_between_a_second_and_a_ceiling_that_doubles(attempt: int, longest: timedelta) -> None:
    delay = delay_after(attempt, longest=longest)

    assert timedelta(seconds=1) <= delay <= min(longest, timedelta(seconds=2 ** min(attempt, 30)))
