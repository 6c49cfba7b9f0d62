"""Calendars kept elsewhere that close a listing: which there are, and what was last read of them."""

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from app.api.schemas import ReasonRead
from app.kernel.ids import new_id
from app.kernel.languages import translate
from app.kernel.problems import FieldError, Invalid, NotAllowed, NotFound, NotNow
from app.kernel.text import message
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import policy, repository
from app.listings.rules import external as rules
from app.listings.rules.kinds import Purpose
from app.listings.schemas.external import ExternalCalendarCreate, ExternalCalendarRead, ExternalCalendarsRead
from app.listings.service import looking, witness
from app.listings.service.deriving import spread_closures
from app.listings.service.holding import lock_families
from app.listings.service.writing import owned
from app.listings.tables import ExternalCalendar, Listing
from app.settings import Settings

READ_JOB = "listings.read_calendar"
SWEEP_JOB = "listings.read_calendars"


def add(
    work: UnitOfWork, listing_id: UUID, command: ExternalCalendarCreate, *, language: str
) -> ExternalCalendarRead:
    """Have a calendar read from now on. It is called by a job, never while somebody waits."""
    row = owned(work, listing_id)
    if row.purpose is not Purpose.OFFER:
        raise NotNow(message("Only offers have a calendar."))
    known = repository.external_calendars(work.session, row.id)
    url = _address(command.url, work.settings)
    if any(one.url == url for one in known):
        raise NotNow(message("This calendar is being read already."))
    if len(known) >= rules.MOST_CALENDARS:
        raise NotNow(message("A listing has at most {most} external calendars.", most=rules.MOST_CALENDARS))
    calendar = ExternalCalendar(
        id=new_id(), listing_id=row.id, url=url, busy=[], due_at=work.now, created_at=work.now
    )
    work.session.add(calendar)
    enqueue(work, calendar)
    return _read(calendar, work.now, language)


def of_listing(reading: Reading, listing_id: UUID, *, language: str) -> ExternalCalendarsRead:
    """The external calendars, for the provider's side only: their addresses are secrets of theirs."""
    row = looking.find(reading, listing_id)
    if not policy.may_see_private(reading.actor, row.provider_id):
        raise NotAllowed
    found = repository.external_calendars(reading.session, row.id)
    return ExternalCalendarsRead(items=[_read(one, reading.now, language) for one in found])


def remove(work: UnitOfWork, listing_id: UUID, calendar_id: UUID) -> None:
    """Read it no more; what it closed is open again."""
    row = owned(work, listing_id)
    found = repository.external_calendars(work.session, row.id)
    gone = next((one for one in found if one.id == calendar_id), None)
    if gone is None:
        raise NotFound
    work.session.delete(gone)
    close_by(work, row, [one for one in found if one is not gone])


def forget(work: UnitOfWork, row: Listing) -> None:
    """Forget all of them with their addresses."""
    for one in repository.external_calendars(work.session, row.id):
        work.session.delete(one)
    row.external_busy = []


def close_by(work: UnitOfWork, row: Listing, calendars: list[ExternalCalendar]) -> None:
    """Let the listing be closed by what these say, all units at a time. The listing is locked.

    Promises made before stay: where one lies in such a stretch the provider finds a conflict.
    """
    busy = rules.joined(one.busy for one in calendars)
    if busy != row.external_busy:
        row.external_busy = busy
        work.session.add(row)
        witness.move(work, row)
        spread_closures(work, lock_families(work, [row.id]))


def enqueue(work: UnitOfWork, calendar: ExternalCalendar) -> None:
    """Have it read soon, once however often it is asked for."""
    work.enqueue(READ_JOB, {"calendar_id": str(calendar.id)}, key=f"{READ_JOB} {calendar.id}")


def _address(url: str, settings: Settings) -> str:
    """The address to be called: https, or one that the operator allows. `webcal` is what calendars call https."""
    if url.lower().startswith("webcal://"):
        url = "https" + url[len("webcal") :]
    problem = FieldError("/url", message("Please give an address that begins with https:// or webcal://."))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Invalid(problem) from error
    standard = 443 if parts.scheme == "https" else 80
    exempt = f"{parts.hostname}:{port or standard}" in settings.outbound_allow
    if (
        not parts.hostname
        or "@" in parts.netloc
        or not (exempt or (parts.scheme == "https" and port in (None, 443)))
    ):
        raise Invalid(problem)
    return url


def _read(row: ExternalCalendar, now: datetime, language: str) -> ExternalCalendarRead:
    trouble = rules.Trouble(row.last_error) if row.last_error else None
    return ExternalCalendarRead(
        id=row.id,
        url=row.url,
        busy_stretches=sum(1 for _, end in row.busy if end > now.timestamp()),
        last_success_at=row.last_success_at,
        failing_since=row.failing_since,
        last_error=trouble and ReasonRead(code=trouble, detail=translate(rules.SAID[trouble], language)),
        created_at=row.created_at,
    )
