"""Reading calendars kept elsewhere: called by jobs, outside every transaction, written down in a short one.

A calendar that cannot be read keeps what was read last, and says since when; nothing is ever deleted for it.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from app.jobs.runner import Handler
from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Reading, Transactions, UnitOfWork
from app.listings import reading_calendars, repository
from app.listings.rules import external as rules
from app.listings.rules.external import Trouble
from app.listings.service import values
from app.listings.service.external import READ_JOB, SWEEP_JOB, close_by, enqueue
from app.listings.service.holding import lock_families
from app.listings.tables import ExternalCalendar
from app.outbound.http import Answer, OutboundRefused, Redirected, TooLarge, Unreachable

_TYPES: Final = ("text/calendar", "application/ics", "text/plain", "application/octet-stream", "")
_NOT_MODIFIED: Final = 304
_OK: Final = 200
_PATIENCE_SECONDS: Final = 30
_BATCH: Final = 200
_HOUSE: Final = Path(__file__).parents[3]
log = structlog.get_logger("depot.listings")


class Http(Protocol):
    """The door to the outside."""

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, max_bytes: int = ...
    ) -> Answer: ...


class CannotRead(Exception):
    """Why not, in one word."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class _Task:
    """One calendar to be read: where, and what is known of it."""

    url: str
    headers: Mapping[str, str]
    question: reading_calendars.Question


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of it; no `busy`: it is as it was."""

    busy: list[list[int]] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def handlers(transactions: Transactions, http: Http) -> Mapping[str, Handler]:
    """The hourly look for calendars that are due, and the reading of one."""

    def sweep(_payload: Mapping[str, Any]) -> None:
        with transactions.writing(SYSTEM) as work:
            for calendar in repository.external_calendars_due(work.session, now=work.now, limit=_BATCH):
                calendar.due_at = work.now + rules.EVERY
                enqueue(work, calendar)

    def read(payload: Mapping[str, Any]) -> None:
        calendar_id = UUID(payload["calendar_id"])
        with transactions.reading(SYSTEM) as reading:
            task = _task(reading, calendar_id)
        if task is None:
            return
        try:
            found: _Found | CannotRead = _look(http, task)
        except CannotRead as cannot:
            found = cannot
        with transactions.writing(SYSTEM) as work:
            _keep(work, calendar_id, found)

    return {SWEEP_JOB: sweep, READ_JOB: read}


def _task(reading: Reading, calendar_id: UUID) -> _Task | None:
    row = reading.session.get(ExternalCalendar, calendar_id)
    listing = repository.by_ids(reading.session, [row.listing_id])[0] if row else None
    if row is None or listing is None:
        return None
    headers = {"Accept": "text/calendar", "User-Agent": f"depot ({reading.settings.public_url})"}
    if row.read_at is not None and reading.now - row.read_at < rules.WHOLE_EVERY:
        known = {"If-None-Match": row.etag, "If-Modified-Since": row.last_modified}
        headers |= {name: value for name, value in known.items() if value}
    until = reading.now + timedelta(days=values.limits_of(listing).horizon_days) + rules.MARGIN
    question = reading_calendars.Question(
        start=(reading.now - timedelta(days=1)).isoformat(),
        end=until.isoformat(),
        zone=listing.zone,
        not_from=f"@{urlsplit(reading.settings.public_url).hostname}",
    )
    return _Task(row.url, headers, question)


def _look(http: Http, task: _Task) -> _Found:
    """Ask for the calendar and have it read. Raises CannotRead."""
    try:
        answer = http.request("GET", task.url, headers=task.headers, max_bytes=rules.MOST_BYTES)
    except Unreachable as error:
        raise CannotRead(Trouble.UNREACHABLE) from error
    except Redirected as error:
        raise CannotRead(Trouble.REDIRECTED) from error
    except TooLarge as error:
        raise CannotRead(Trouble.TOO_LARGE) from error
    except OutboundRefused as error:
        raise CannotRead(Trouble.REFUSED) from error
    if answer.status == _NOT_MODIFIED and len(task.headers) > 2:  # noqa: PLR2004 - we asked whether it is the same
        return _Found(headers=answer.headers)
    if answer.status != _OK:
        raise CannotRead(Trouble.NO_SUCH)
    if len(answer.body) > rules.MOST_BYTES:
        raise CannotRead(Trouble.TOO_LARGE)
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _TYPES:
        raise CannotRead(Trouble.NOT_A_CALENDAR)
    return _Found(busy_in(answer.body, task.question), answer.headers)


def busy_in(
    file: bytes, question: reading_calendars.Question, *, patience_seconds: float = _PATIENCE_SECONDS
) -> list[list[int]]:
    """When it is busy, found out by a process of its own that is stopped when it takes too long."""
    command = [sys.executable, "-m", reading_calendars.__name__]
    asked = reading_calendars.question_line(question) + file
    try:
        done = subprocess.run(  # noqa: S603 - our own program, our own interpreter
            command,
            input=asked,
            capture_output=True,
            cwd=_HOUSE,
            env={"PYTHONDONTWRITEBYTECODE": "1"},  # it needs to know nothing of ours
            timeout=patience_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CannotRead(Trouble.TOO_EXPENSIVE) from error
    if done.returncode < 0:
        raise CannotRead(Trouble.TOO_EXPENSIVE)
    if done.returncode:
        log.warning("calendar_not_understood", error=done.stderr.decode(errors="replace")[-200:])
        raise CannotRead(Trouble.NOT_A_CALENDAR)
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise CannotRead(Trouble(answer["error"]))
    busy: list[list[int]] = answer["busy"]
    return busy


def _keep(work: UnitOfWork, calendar_id: UUID, found: _Found | CannotRead) -> None:
    """Write down what came of it. The listing is locked before anything of it is changed."""
    row = work.session.get(ExternalCalendar, calendar_id)
    if row is None:
        return
    listing = lock_families(work, [row.listing_id]).get(row.listing_id)
    calendars = list(repository.external_calendars(work.session, row.listing_id))
    if listing is None or row not in calendars:
        return  # taken away meanwhile
    row.due_at = work.now + rules.EVERY
    if isinstance(found, CannotRead):
        row.last_error = found.trouble
        row.failing_since = row.failing_since or work.now
        return
    row.last_success_at, row.last_error, row.failing_since = work.now, None, None
    if found.busy is not None:
        row.busy, row.read_at = found.busy, work.now
        row.etag = _short(found.headers.get("etag"), 300)
        row.last_modified = _short(found.headers.get("last-modified"), 100)
        close_by(work, listing, calendars)


def _short(value: str | None, most: int) -> str | None:
    return value if value and len(value) <= most and value.isascii() else None
