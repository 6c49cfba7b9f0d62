"""The inbox: what somebody was told, to read again in whatever language they ask for."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from app.accounts import service as accounts
from app.kernel.news import News
from app.kernel.paging import BadCursor, Page, decode_cursor, encode_cursor, fingerprint
from app.kernel.problems import NotFound
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.notifications import repository
from app.notifications.kinds import KINDS
from app.notifications.schemas import (
    DetailRead,
    NextStep,
    NotificationQuery,
    NotificationRead,
    NotificationsExport,
    UnreadRead,
)
from app.notifications.service import switching
from app.notifications.service.readers import reader, spoken_for
from app.notifications.tables import Letter
from app.notifications.understanding import understand
from app.notifications.wording import Link, Notice, told

EXPORTED: Final = 10_000
AT_ONCE: Final = 50
"""So many of the news are told at a time."""


def page(reading: Reading, query: NotificationQuery, *, language: str) -> Page[NotificationRead]:
    """What the signed-in person was told, newest first. A fixed number of queries."""
    filters = fingerprint((query.unread, query.topic))
    found = repository.inbox(
        reading.session,
        reader(reading),
        parties=spoken_for(reading.actor),
        kinds=[kind for kind, wording in KINDS.items() if wording.topic is query.topic]
        if query.topic
        else None,
        unread=query.unread,
        before=_cursor_id(query.after, filters) if query.after else None,
        limit=query.limit + 1,
    )
    shown = found[: query.limit]
    more = encode_cursor([str(shown[-1].id)], filters=filters) if len(found) > query.limit else None
    return Page(_read(reading, shown, language), more)


def news(reading: Reading, after: int | None, *, language: str) -> News[NotificationRead]:
    """What came into the signed-in person's inbox after a position; with None, or with a position that it has not come
    to yet, only how far it has come.
    """
    person_id = reader(reading)
    end = repository.inbox_ends(reading.session, [person_id]).get(person_id, 0)
    if after is None or after >= end:
        return News(end)
    found = repository.inbox_after(reading.session, person_id, after, limit=AT_ONCE)
    parties = spoken_for(reading.actor)
    mine = {letter.id: letter.position or 0 for letter in found if letter.party_id in parties}
    read = _read(reading, [letter for letter in found if letter.id in mine], language)
    last = found[-1].position or 0 if found else end
    more = len(found) == AT_ONCE
    return News(last if more else max(last, end), [(mine[one.id], one) for one in read], more)


def ends(reading: Reading, people: Collection[UUID]) -> Mapping[UUID, int]:
    """How far these people's inboxes have come."""
    return repository.inbox_ends(reading.session, people)


def unread(reading: Reading) -> UnreadRead:
    """How much is new for the signed-in person."""
    count = repository.count_unread(reading.session, reader(reading), parties=spoken_for(reading.actor))
    return UnreadRead(unread=count)


def mark_read(work: UnitOfWork, letter_id: UUID, *, language: str) -> NotificationRead:
    """Say that one has been read; saying it again changes nothing. NotFound unless it is one's own."""
    letter = repository.letter_to(work.session, letter_id, reader(work), parties=spoken_for(work.actor))
    shown = _read(work, [letter], language) if letter else []
    if letter is None or not shown:
        raise NotFound
    if letter.read_at is None:
        letter.read_at = work.now
        work.session.add(letter)
    return shown[0].model_copy(update={"read_at": letter.read_at})


def mark_all_read(work: UnitOfWork) -> UnreadRead:
    """Say that everything has been read."""
    repository.mark_all_read(work.session, reader(work), now=work.now)
    return UnreadRead(unread=0)


def export(reading: Reading, person_id: UUID) -> NotificationsExport:
    """What this person was told within the last ninety days, and their switches."""
    language = next((one.language for one in accounts.recipients(reading, person_id)), "")
    found = repository.inbox(
        reading.session,
        person_id,
        parties=spoken_for(reading.actor),
        kinds=None,
        unread=False,
        before=None,
        limit=EXPORTED,
    )
    return NotificationsExport(
        notifications=_read(reading, found, language or reading.settings.language),
        settings=switching.switches(reading),
    )


def _read(reading: Reading, letters: Sequence[Letter], language: str) -> list[NotificationRead]:
    notices = understand(reading, letters)
    home = reading.settings.public_url
    return [_shown(letter, notices[letter.id], language, home) for letter in letters if letter.id in notices]


def _shown(letter: Letter, notice: Notice, language: str, home: str) -> NotificationRead:
    said = told(notice, language, home=home)
    return NotificationRead(
        id=letter.id,
        topic=notice.wording.topic,
        kind=letter.kind.split(":")[1] if ":" in letter.kind else letter.kind,
        subject=said.subject,
        says=f"{said.says} {said.hint}" if said.hint else said.says,
        details=[DetailRead(label=label, text=text) for label, text in said.details],
        next_step=_step(said.step),
        choices=[_step(choice) for choice in said.choices],
        booking_id=notice.about.get("booking_id"),
        series_id=notice.about.get("series_id"),
        group_id=notice.about.get("group_id"),
        listing_id=notice.about.get("listing_id"),
        search_id=notice.about.get("search_id"),
        organisation_id=notice.about.get("organisation_id"),
        partner_id=notice.about.get("partner_id"),
        report_id=notice.about.get("report_id"),
        created_at=letter.created_at,
        read_at=letter.read_at,
    )


def _step(link: Link) -> NextStep:
    return NextStep(label=link.label, href=link.href)


def _cursor_id(cursor: str, filters: str) -> UUID:
    (last,) = decode_cursor(cursor, filters=filters, length=1)
    try:
        return UUID(last)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadCursor from error
