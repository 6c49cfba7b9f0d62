"""When a party leaves for good (domain.md §6): its listings end, and what they said about it is wiped."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.accounts.events import OrganisationDissolved, PersonErased
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import indexing, repository, saved
from app.listings.rules.lifecycle import CloseReason, State
from app.listings.service import deriving, describing, external, looking, photos
from app.listings.service.writing import changed
from app.listings.tables import Listing


def forget(work: UnitOfWork, erased: PersonErased) -> None:
    """End and wipe everything this person offered or sought."""
    photos.forget_sent_by(work, erased.person_id)
    saved.forget_person(work.session, erased.person_id)
    _forget_all(work, erased.person_id)


def dissolve(work: UnitOfWork, dissolved: OrganisationDissolved) -> None:
    """The same for an organisation without members: nobody is left to hand anything over."""
    saved.forget_finds(work.session, [dissolved.organisation_id])
    _forget_all(work, dissolved.organisation_id)


def wipe(work: UnitOfWork, row: Listing) -> None:
    """Delete a listing; where a booking still refers to it, which has kept what it needs, a closed shell stays.

    What was a part of it is a listing by itself.
    """
    deriving.leave(work, row)
    indexing.forget(work.session, [row.id])
    try:
        with work.session.begin_nested():
            work.session.delete(row)
    except IntegrityError:
        row.state, row.close_reason = State.CLOSED, CloseReason.WITHDRAWN
        row.title, row.description, row.terms, row.contract_text, row.tags = "", "", "", "", []
        row.provider_there, row.details = {}, None
        row.street = row.postal_code = row.exact_lat = row.exact_lon = None
        row.district = row.locality = row.lat = row.lon = row.precision_m = None
        row.closures = [closure | {"reason": None} for closure in row.closures]
        work.session.add(row)


def wipe_together(work: UnitOfWork, rows: Sequence[Listing]) -> None:
    """The same for many, at once where nothing refers to any of them."""
    if not rows:
        return
    indexing.forget(work.session, [row.id for row in rows])
    try:
        with work.session.begin_nested():
            for row in rows:
                deriving.leave(work, row)
                work.session.delete(row)
    except IntegrityError:
        for row in rows:
            wipe(work, row)


def export(reading: Reading, person_id: UUID) -> list[dict[str, object]]:
    """A person's listings in every state, for their export: as they see them, and what of the place is private."""
    rows = repository.of_provider(reading.session, person_id)
    return [
        {
            **dict(shown),
            "exact_place": looking.exact_place(reading, shown.id),
            "external_ref": row.external_ref,
            "external_calendars": [one.url for one in repository.external_calendars(reading.session, row.id)],
        }
        for row, shown in zip(rows, describing.describe(reading, rows), strict=True)
    ]


def _forget_all(work: UnitOfWork, provider_id: UUID) -> None:
    rows = repository.of_provider(work.session, provider_id, lock=True)
    saved.forget_finds(work.session, [row.id for row in rows])
    for row in rows:
        changed(work, row)
        external.forget(work, row)
        photos.forget_photos(work, repository.photos(work.session, listing_ids=[row.id]))
        wipe(work, row)
