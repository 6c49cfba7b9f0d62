"""Runs what is due: in threads beside the server or alone, or at once for tests and commands."""

import random
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from sqlmodel import Session

from app.jobs import queue
from app.jobs.queue import EVERYTHING, Lease, Share
from app.kernel.clock import Clock
from app.kernel.problems import Problem, TryAgain
from app.kernel.text import clean_line

Handler = Callable[[Mapping[str, Any]], None]

LEASE: Final = timedelta(seconds=30)
_RENEWED_EVERY_SECONDS: Final = 5.0
MAX_ATTEMPTS: Final = 20
_SHORTEST_DELAY: Final = timedelta(seconds=1)
_LONGEST_DELAY: Final = timedelta(hours=1)
_POLL_SECONDS: Final = 0.3
_PAUSE_SECONDS: Final = 1.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger("depot.jobs")


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job without payload that runs once in every slot of this length, slots counted from 1970 in UTC.

    Slots that pass while nobody runs are not made up for: one run does for all of them.
    """

    job: str
    every: timedelta

    def slot(self, now: datetime) -> datetime:
        """Answer when the present slot began."""
        return _EPOCH + (now - _EPOCH) // self.every * self.every

    def next_slot(self, now: datetime) -> datetime:
        """Answer when the next slot begins."""
        return self.slot(now) + self.every


@dataclass(frozen=True, slots=True)
class Lane:
    """Jobs that wait for machines of others, and so many threads for them alone: the house goes on meanwhile."""

    jobs: frozenset[str]
    threads: int


class Runner:
    """Leases due jobs and calls their handlers, each job on its own: a failing one disturbs no other.

    `sessions` opens one writing transaction and commits it. A handler opens its own; since the job is
    forgotten only after it returned, it may be called again for the same job and must bear that. Its lease is
    renewed while it runs; half a minute after its process has died somebody else may start the job.

    The jobs of each lane run in threads of its own, all others in `threads`.
    """

    def __init__(
        self,
        sessions: Callable[[], AbstractContextManager[Session]],
        clock: Clock,
        handlers: Mapping[str, Handler],
        schedules: Sequence[Schedule] = (),
        *,
        threads: int = 2,
        lanes: Sequence[Lane] = (),
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._handlers = handlers
        self._schedules = {schedule.job: schedule for schedule in schedules}
        self._scheduled = False
        self._held: set[str] = set()
        self._stopping = threading.Event()
        self._news = threading.Event()
        house = Share(frozenset[str]().union(*(lane.jobs for lane in lanes)))
        shares = [house] * threads + [
            Share(lane.jobs, others=False) for lane in lanes for _ in range(lane.threads)
        ]
        self._threads = [
            threading.Thread(target=self._work, args=[share], name=f"jobs-{number}", daemon=True)
            for number, share in enumerate(shares)
        ]
        self._heart = threading.Thread(target=self._keep_leases, name="jobs-heart", daemon=True)

    def start(self) -> None:
        """Begin to work in the background. A runner is started once."""
        for thread in (self._heart, *self._threads):
            thread.start()

    def stop(self, timeout: float) -> bool:
        """Take no new job and give those at work `timeout` seconds; answer whether all came to an end."""
        self._stopping.set()
        self._news.set()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def wake(self) -> None:
        """Look for work at once instead of at the next look (every 300 ms)."""
        self._news.set()

    def run_due(self, limit: int | None = None) -> int:
        """Run, here and now, what is due and what that makes due, up to `limit` jobs; answer how many."""
        count = 0
        while (limit is None or count < limit) and self._run_one():
            count += 1
        return count

    def _keep_leases(self) -> None:
        """Renew, a few times in the life of a lease, those of the jobs at work."""
        while not self._stopping.wait(_RENEWED_EVERY_SECONDS):
            held = sorted(self._held)
            if not held:
                continue
            try:
                with self._sessions() as session:
                    queue.renew(session, by=held, until=self._clock.now() + LEASE)
            except Exception as error:  # noqa: BLE001 - the next beat may succeed; a lost lease is borne
                log.warning("jobs_not_renewed", error=_told(error))

    def _work(self, share: Share) -> None:
        while not self._stopping.is_set():
            try:
                busy = self._run_one(share)
            except TryAgain:
                log.warning("jobs_crowded")  # somebody writes for long; what is due stays due
                self._stopping.wait(_PAUSE_SECONDS)
                continue
            except Exception:
                log.exception("jobs_unreachable")  # the database is away: whatever it is, it may come back
                self._stopping.wait(_PAUSE_SECONDS)
                continue
            if not busy and self._news.wait(_POLL_SECONDS):
                self._news.clear()

    def _run_one(self, share: Share = EVERYTHING) -> bool:
        if not self._scheduled:
            self._schedule()
        now = self._clock.now()
        by = f"{socket.gethostname()[:60]}-{secrets.token_hex(12)}"
        with self._sessions() as session:
            held = queue.lease(session, now=now, until=now + LEASE, by=by, share=share)
        if held is None:
            return False
        self._held.add(by)
        self._news.set()  # where one is due there may be more: let the other threads look, too
        try:
            with structlog.contextvars.bound_contextvars(
                job=held.name, job_id=str(held.id), attempt=held.attempt
            ):
                self._run(held)
        finally:
            self._held.discard(by)
        return True

    def _schedule(self) -> None:
        with self._sessions() as session:
            now = (
                self._clock.now()
            )  # asked after the wait for the lock: an old answer would bring back old slots
            for name, schedule in sorted(self._schedules.items()):
                due = schedule.slot(now)
                queue.keep_scheduled(session, name=name, now=now, due=due, latest=due + 2 * schedule.every)
        self._scheduled = True

    def _run(self, held: Lease) -> None:
        began = time.monotonic()
        error = self._call(held)
        with self._sessions() as session:
            outcome = self._settle(session, held, error)
        milliseconds = round((time.monotonic() - began) * 1000)
        if error is None:
            log.debug("job", outcome=outcome, milliseconds=milliseconds)
        else:
            # Where it came from is of interest unless somebody refused it in so many words.
            trace = None if isinstance(error, Problem) else error
            log.warning("job", outcome=outcome, milliseconds=milliseconds, error=_told(error), exc_info=trace)

    def _call(self, held: Lease) -> Exception | None:
        """Call the handler; answer what it raised, if anything."""
        if held.attempt > MAX_ATTEMPTS:
            return NobodySurvived(f"{MAX_ATTEMPTS} workers died or overran their lease with this job.")
        handler = self._handlers.get(held.name)
        if handler is None:
            return NobodyKnows(f"This version has no handler for {held.name}.")
        try:
            handler(held.payload)
        except Exception as error:  # noqa: BLE001 - whatever it is, it concerns this job only
            return error
        return None

    def _settle(self, session: Session, held: Lease, error: Exception | None) -> str:
        """Write down how it went; answer the outcome in a word."""
        now = self._clock.now()
        told = None if error is None else _told(error)
        schedule = self._schedules.get(held.name) if held.id == queue.schedule_id(held.name) else None
        if told is not None and held.attempt < MAX_ATTEMPTS:
            longest = min(_LONGEST_DELAY, schedule.every) if schedule else _LONGEST_DELAY
            run_at = now + delay_after(held.attempt, longest=longest)
            outcome, still_ours = "put_back", queue.put_back(session, held, run_at=run_at, error=told)
        elif schedule:
            run_at = schedule.next_slot(now)
            outcome, still_ours = "rescheduled", queue.reschedule(session, held, run_at=run_at, error=told)
        elif told is not None:
            outcome, still_ours = "given_up", queue.give_up(session, held, now=now, error=told)
        else:
            outcome, still_ours = "done", queue.finish(session, held)
        return outcome if still_ours else "lost"


class NobodyKnows(Exception):
    """A job without a handler, as during a roll-out: a newer worker may know it."""


class NobodySurvived(Exception):
    """A job after each start of which its worker fell silent."""


def delay_after(attempt: int, *, longest: timedelta = _LONGEST_DELAY) -> timedelta:
    """Answer how long to wait after so many attempts: from a second to a ceiling that doubles each time.

    Full jitter, so that what failed together does not come back together.
    """
    ceiling = max(_SHORTEST_DELAY, min(_SHORTEST_DELAY * 2 ** min(attempt, 20), longest))
    return timedelta(seconds=random.uniform(_SHORTEST_DELAY.total_seconds(), ceiling.total_seconds()))  # noqa: S311


def _told(error: Exception) -> str:
    """Put an exception in one line that both databases can hold."""
    line = clean_line(f"{type(error).__name__}: {error}")
    return line.encode("utf-8", "backslashreplace").decode()[:500]
