"""Calendars that a person's own programs read, by an address that is the secret (domain.md §5, quality.md §g 8).

Who made a feed decides what it shows, at every read anew: who has left an organisation reads nothing of it any more.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.events import PersonErased
from app.bookings import repository
from app.bookings.rules import calendars as rules
from app.bookings.schemas import CalendarFeedCreate, CalendarFeedMade, CalendarFeedRead, CalendarFeedsRead
from app.bookings.service.calendars import document, entries
from app.bookings.tables import Booking, CalendarFeed
from app.kernel.actor import Actor
from app.kernel.documents import Document
from app.kernel.ids import new_id
from app.kernel.problems import NotAllowed, NotFound, NotNow
from app.kernel.text import message
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import service as listings
from app.settings import Settings

MOST_FEEDS: Final = 50


class Desk(Protocol):
    """Opens looks at things, so that the file is made after the look is over."""

    @property
    def settings(self) -> Settings: ...

    def reading(self) -> AbstractContextManager[Reading]: ...


def make(work: UnitOfWork, ask: CalendarFeedCreate) -> CalendarFeedMade:
    """A new feed; its address is told this once. NotAllowed for what one does not belong to."""
    person_id = accounts.acting_person(work)
    if len(repository.feeds_of(work.session, person_id)) >= MOST_FEEDS:
        raise NotNow(message("You have {most} calendar feeds already. Revoke one first.", most=MOST_FEEDS))
    if ask.organisation_id is not None and not work.actor.belongs_to(ask.organisation_id):
        raise NotAllowed(message("You do not belong to this organisation."))
    if ask.listing_id is not None:
        _require_own(work, ask.listing_id)
    token, digest = accounts.new_token()
    row = CalendarFeed(
        id=new_id(),
        person_id=person_id,
        organisation_id=ask.organisation_id,
        listing_id=ask.listing_id,
        digest=digest,
        created_at=work.now,
    )
    work.session.add(row)
    url = f"{work.settings.public_url}/api/v1/calendars/{token}.ics"
    return CalendarFeedMade(**_read(row, _names(work, [row])).model_dump(), url=url)


def mine(reading: Reading) -> CalendarFeedsRead:
    """One's own feeds, without their addresses: those are told once."""
    return CalendarFeedsRead(items=of_person(reading, accounts.acting_person(reading)))


def of_person(reading: Reading, person_id: UUID) -> list[CalendarFeedRead]:
    """A person's feeds, for them and for their export."""
    rows = repository.feeds_of(reading.session, person_id)
    names = _names(reading, rows)
    return [_read(row, names) for row in rows]


def revoke(work: UnitOfWork, feed_id: UUID) -> None:
    """From now on the address leads nowhere."""
    row = work.session.get(CalendarFeed, feed_id)
    if row is None or row.person_id != work.actor.id:
        raise NotFound
    work.session.delete(row)


def forget(work: UnitOfWork, erased: PersonErased) -> None:
    """Who is gone reads nothing."""
    for row in repository.feeds_of(work.session, erased.person_id):
        work.session.delete(row)


def read(desk: Desk, token: str) -> Document:
    """The feed with this token, as the person who made it may see it now; else NotFound."""
    with desk.reading() as reading:
        feed = repository.feed_by_digest(reading.session, accounts.digest_of_token(token))
        present = accounts.present(reading, feed.person_id) if feed else None
        if feed is None or present is None:
            raise NotFound
        owner, language = present
        name = _names(reading, [feed])[feed.id]
        found = _bookings(reading, feed, owner)
        made = entries(reading, found, to=owner, language=language, always_busy=feed.listing_id is not None)
    return document(made, name=f"{desk.settings.name}: {name}", settings=desk.settings)


def _bookings(reading: Reading, feed: CalendarFeed, owner: Actor) -> Sequence[Booking]:
    party_id = feed.organisation_id or feed.person_id
    if feed.listing_id is not None:
        party_id = listings.summaries(reading, [feed.listing_id])[feed.listing_id].provider_id or party_id
    if not owner.belongs_to(party_id):
        raise NotFound
    return repository.in_calendar(
        reading.session,
        party_id=None if feed.listing_id else party_id,
        listing_id=feed.listing_id,
        unseen=rules.UNSEEN,
        ended=rules.ENDED,
        ended_after=reading.now - rules.CANCELLED_FOR,
        window=_window(reading.now),
        now=reading.now,
        limit=rules.MOST,
    )


def _window(now: datetime) -> tuple[datetime, datetime]:
    return now - rules.PAST, now + rules.AHEAD


def _require_own(reading: Reading, listing_id: UUID) -> None:
    terms = listings.terms(reading, listing_id)
    if not reading.actor.belongs_to(terms.provider_id):
        raise NotAllowed(message("This listing is not yours."))


def _names(reading: Reading, rows: Sequence[CalendarFeed]) -> dict[UUID, str]:
    """What each feed is of: a person, an organisation, a listing."""
    parties = accounts.party_summaries(reading, {row.organisation_id or row.person_id for row in rows})
    titles = listings.summaries(reading, {row.listing_id for row in rows if row.listing_id})
    return {
        row.id: titles[row.listing_id].title
        if row.listing_id
        else parties[row.organisation_id or row.person_id].name
        for row in rows
    }


def _read(row: CalendarFeed, names: dict[UUID, str]) -> CalendarFeedRead:
    return CalendarFeedRead(
        id=row.id,
        name=names[row.id],
        organisation_id=row.organisation_id,
        listing_id=row.listing_id,
        created_at=row.created_at,
    )
