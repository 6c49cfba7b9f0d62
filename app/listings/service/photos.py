"""Photos of listings, and of what changes hands: what the rows say, and the files behind them.

Slow things, decoding and storing, happen outside of any transaction; a file is there before its row is, and goes
after it. A file whose row never came is swept away.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from app.jobs.runner import Handler
from app.kernel.actor import SYSTEM
from app.kernel.ids import new_id
from app.kernel.pictures import SIZES, Picture, remade
from app.kernel.problems import FieldError, Invalid, NotAllowed, NotFound
from app.kernel.text import message
from app.kernel.unit_of_work import Reading, Transactions, UnitOfWork
from app.listings import policy, repository
from app.listings.problems import TooManyPhotos
from app.listings.schemas.commands import PhotoEdit
from app.listings.schemas.views import PhotoRead
from app.listings.service import looking
from app.listings.service.describing import photo_read
from app.listings.service.writing import owned, touch
from app.listings.tables import Photo
from app.outbound.files import Files

MOST_OF_A_LISTING: Final = 10
MOST_OF_A_BOOKING: Final = 40
DELETE_JOB: Final = "listings.delete_photo_files"
SWEEP_JOB: Final = "listings.sweep_photo_files"
_FOLDER: Final = "photos"
_GRACE: Final = timedelta(days=1)


class Prepared:
    """A picture that has been remade and stored under the id its row will have."""

    def __init__(self, files: Files, sent: bytes) -> None:
        self.id = new_id()
        self.digest = hashlib.sha256(sent).hexdigest()
        self.picture: Picture = remade(sent)
        self.large_digest = hashlib.sha256(self.picture.files["large"]).hexdigest()
        for size, data in self.picture.files.items():
            files.put(_key(self.id, size), data)

    @classmethod
    def again(cls, files: Files, photo_id: UUID) -> "Prepared | None":
        """The same picture once more, when what it was prepared for came to nothing; None once it was swept away."""
        kept = files.get(_key(photo_id, "large"))
        return cls(files, kept) if kept else None


def may_add(reading: Reading, listing_id: UUID) -> None:
    """Refuse, before anything slow is done, who may not add a photo here; NotFound or NotAllowed."""
    row = looking.find(reading, listing_id)
    if row.origin_id is not None or not policy.may_edit(reading.actor, row.provider_id):
        raise NotAllowed


def add(work: UnitOfWork, listing_id: UUID, prepared: Prepared, *, alt: str) -> PhotoRead:
    """Put a photo at the end of the listing's; the same picture again is the one that is there."""
    row = owned(work, listing_id)
    there = repository.photos(work.session, listing_ids=[listing_id])
    photo = _added(work, there, prepared, alt=alt, most=MOST_OF_A_LISTING, listing_id=listing_id)
    touch(work, row)
    return photo_read(photo)


def add_to_booking(work: UnitOfWork, booking_id: UUID, prepared: Prepared, *, alt: str) -> PhotoRead:
    """Add a photo to a booking's. That the actor is one of its sides is the caller's business."""
    there = repository.photos(work.session, booking_id=booking_id)
    photo = _added(work, there, prepared, alt=alt, most=MOST_OF_A_BOOKING, booking_id=booking_id)
    return photo_read(photo, booking_id)


def covers(reading: Reading, listing_ids: Collection[UUID]) -> dict[UUID, PhotoRead]:
    """The first photo of each of these listings, for lists. Two queries."""
    shown = [row.id for row in repository.visible_of(reading.session, listing_ids, to=reading.actor)]
    found: dict[UUID, PhotoRead] = {}
    for photo in repository.photos(reading.session, listing_ids=shown):
        if photo.listing_id is not None:
            found.setdefault(photo.listing_id, photo_read(photo))
    return found


def edit(work: UnitOfWork, listing_id: UUID, photo_id: UUID, patch: PhotoEdit) -> PhotoRead:
    """Other words for a photo, or another place in the order."""
    row = owned(work, listing_id)
    photos = list(repository.photos(work.session, listing_ids=[listing_id]))
    photo = _among(photos, photo_id)
    said = patch.model_dump(exclude_unset=True)
    photo.alt = said.get("alt", photo.alt)
    if "position" in said:
        photos.remove(photo)
        photos.insert(said["position"], photo)
    for position, one in enumerate(photos):
        one.position = position
    touch(work, row)
    return photo_read(photo)


def remove(work: UnitOfWork, listing_id: UUID, photo_id: UUID) -> None:
    """Take a photo away, its files included."""
    row = owned(work, listing_id)
    photo = _among(repository.photos(work.session, listing_ids=[listing_id]), photo_id)
    forget_photos(work, [photo])
    touch(work, row)


def forget_photos(work: UnitOfWork, photos: Collection[Photo]) -> None:
    """Delete these rows now, and their files once that is certain."""
    for photo in photos:
        work.enqueue(DELETE_JOB, {"photo_id": str(photo.id)})
        work.session.delete(photo)


def forget_sent_by(work: UnitOfWork, person_id: UUID) -> None:
    """Delete what this person photographed, wherever."""
    forget_photos(work, repository.photos_sent_by(work.session, person_id))


def forget_of_bookings(work: UnitOfWork, booking_ids: Collection[UUID]) -> None:
    """Delete what was photographed in these bookings."""
    forget_photos(work, repository.photos_of_bookings(work.session, booking_ids))


def require_of_booking(reading: Reading, booking_id: UUID, photo_ids: Collection[UUID]) -> None:
    """Raise Invalid unless each of these is a photo of this booking."""
    known = {photo.id for photo in repository.photos(reading.session, booking_id=booking_id)}
    if not set(photo_ids) <= known:
        raise Invalid(FieldError("/photo_ids", message("There is no such photo in this booking.")))


def of_booking(reading: Reading, booking_id: UUID) -> list[PhotoRead]:
    """The photos of a booking, for those who may see it."""
    return [
        photo_read(photo, booking_id) for photo in repository.photos(reading.session, booking_id=booking_id)
    ]


@dataclass(frozen=True, slots=True)
class Shown:
    """A photo that may be shown: its digest, and under which id its files are."""

    digest: str
    files_id: UUID


def require_visible(reading: Reading, photo_id: UUID, *, booking_id: UUID | None = None) -> Shown:
    """A photo that may be shown: its listing is visible, or it is of this booking; else NotFound."""
    photo = reading.session.get(Photo, photo_id)
    if photo is None or photo.booking_id != booking_id:
        raise NotFound
    if photo.listing_id is not None:
        looking.find(reading, photo.listing_id)
    return Shown(photo.digest, photo.picture_id or photo.id)


def data_of(files: Files, photo_id: UUID, size: str) -> bytes:
    """The file of a photo in one size; NotFound when it has just gone."""
    data = files.get(_key(photo_id, size))
    if data is None:
        raise NotFound
    return data


def handlers(transactions: Transactions, files: Files) -> Mapping[str, Handler]:
    """The jobs behind the rows."""

    def delete(payload: Mapping[str, Any]) -> None:
        for size in SIZES:
            files.delete(_key(UUID(payload["photo_id"]), size))

    def sweep(_payload: Mapping[str, Any]) -> None:
        with transactions.reading(SYSTEM) as reading:
            old = list(files.older_than(reading.now - _GRACE, under=_FOLDER))
            known = repository.known_photos(reading.session, {UUID(key.split("/")[1]) for key in old})
        for key in old:
            if UUID(key.split("/")[1]) not in known:
                files.delete(key)

    return {DELETE_JOB: delete, SWEEP_JOB: sweep}


def _added(
    work: UnitOfWork,
    there: Sequence[Photo],
    prepared: Prepared,
    *,
    alt: str,
    most: int,
    listing_id: UUID | None = None,
    booking_id: UUID | None = None,
) -> Photo:
    same = next((photo for photo in there if photo.digest == prepared.digest), None)
    if same is not None:
        work.enqueue(DELETE_JOB, {"photo_id": str(prepared.id)})
        return same
    if len(there) >= most:
        raise TooManyPhotos(most=most)
    photo = Photo(
        id=prepared.id,
        listing_id=listing_id,
        booking_id=booking_id,
        sent_by=work.actor.id,
        position=len(there),
        alt=alt,
        digest=prepared.digest,
        large_digest=prepared.large_digest,
        width=prepared.picture.width,
        height=prepared.picture.height,
        created_at=work.now,
    )
    work.session.add(photo)
    work.session.flush()  # what is shown next is read back
    return photo


def _among(photos: Sequence[Photo], photo_id: UUID) -> Photo:
    found = next((photo for photo in photos if photo.id == photo_id), None)
    if found is None:
        raise NotFound
    return found


def _key(photo_id: UUID, size: str) -> str:
    return f"{_FOLDER}/{photo_id}/{size}.webp"
