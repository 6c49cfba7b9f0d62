"""Pictures of partners' listings: fetched later, made anew, kept once for all that show them.

A file goes with the last listing that shows it. A listing is there without its pictures: what is not fetched yet, or
cannot be, is simply not shown.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.kernel.ids import new_id
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import repository
from app.listings.schemas.mirrored import MirroredPhoto
from app.listings.service.photos import DELETE_JOB, Prepared
from app.listings.tables import Listing, PartnerPicture, Photo, WantedPicture

TRIES: Final = 6
_TRIED_AGAIN_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture to be fetched, and the digest it must have, if that was told."""

    id: UUID
    url: str
    sha256: str | None


def keep_told(work: UnitOfWork, row: Listing, origin_id: UUID, told: Sequence[MirroredPhoto]) -> None:
    """Have the pictures that the partner tells, in its order: those we know at once, the others once fetched."""
    there = {photo.digest: photo for photo in repository.photos(work.session, listing_ids=[row.id])}
    wanted = {one.mark: one for one in repository.wanted_pictures_of(work.session, row.id)}
    marks = {_mark(photo): photo for photo in reversed(told)}
    forget(work, [photo for mark, photo in there.items() if mark not in marks])
    for mark, one in wanted.items():
        if mark not in marks:
            work.session.delete(one)
    for position, mark in enumerate(reversed(marks)):
        alt = marks[mark].alt
        known: Photo | WantedPicture = there.get(mark) or wanted.get(mark) or WantedPicture(
            id=new_id(),
            listing_id=row.id,
            origin_id=origin_id,
            url=marks[mark].url,
            mark=mark,
            sha256=marks[mark].sha256,
            position=position,
            alt=alt,
            due_at=work.now,
        )  # fmt: skip
        known.position, known.alt = position, alt
        work.session.add(known)


def wanted(reading: Reading, origin_id: UUID, *, limit: int) -> list[Wanted]:
    """What is to be fetched from a partner now, the longest due first; nothing beyond what one partner may fill."""
    if repository.count_pictures(reading.session, origin_id) >= reading.settings.partner_pictures:
        return []
    found = repository.wanted_pictures(reading.session, origin_id, now=reading.now, limit=limit)
    return [Wanted(one.id, one.url, one.sha256) for one in found]


def is_known(work: UnitOfWork, wanted_id: UUID) -> bool:
    """Show a wanted picture that another listing shows already; False where it has to be fetched."""
    one = work.session.get(WantedPicture, wanted_id)
    if one is None:
        return True
    picture = one.sha256 and repository.lock_picture(work.session, digest=one.sha256)
    if picture:
        _show(work, one, picture)
    return bool(picture)


def keep(work: UnitOfWork, wanted_id: UUID, prepared: Prepared) -> None:
    """Show a picture that was fetched and made anew; `prepared` goes where somebody else was faster."""
    one = work.session.get(WantedPicture, wanted_id)
    picture = repository.lock_picture(work.session, digest=prepared.digest)
    if one is None or picture is not None:
        work.enqueue(DELETE_JOB, {"photo_id": str(prepared.id)})
    if one is None:
        return
    if picture is None:
        size = prepared.picture
        picture = PartnerPicture(
            id=prepared.id, digest=prepared.digest, width=size.width, height=size.height, created_at=work.now
        )
        work.session.add(picture)
    _show(work, one, picture)


def put_off(work: UnitOfWork, wanted_id: UUID) -> None:
    """Nobody answered, which is not the picture's fault: it is tried again as often as it takes."""
    one = work.session.get(WantedPicture, wanted_id)
    if one is not None:
        one.due_at = work.now + _TRIED_AGAIN_AFTER
        work.session.add(one)


def refuse(work: UnitOfWork, wanted_id: UUID, why: str, *, for_good: bool) -> None:
    """Note why a picture was not kept; it is tried again a few times, unless that is of no use."""
    one = work.session.get(WantedPicture, wanted_id)
    if one is None:
        return
    one.tries, one.refused = one.tries + 1, why[:200]
    one.due_at = (
        None if for_good or one.tries >= TRIES else work.now + _TRIED_AGAIN_AFTER * 4 ** (one.tries - 1)
    )
    work.session.add(one)


def forget(work: UnitOfWork, photos: Collection[Photo]) -> None:
    """Take these from partners' listings; files that nothing shows any more go with them."""
    for photo in photos:
        work.session.delete(photo)
    work.session.flush()  # what is left is counted next
    for picture_id in sorted({photo.picture_id for photo in photos if photo.picture_id}):
        picture = repository.lock_picture(work.session, picture_id=picture_id)
        if picture is not None and not repository.is_shown(work.session, picture_id):
            work.enqueue(DELETE_JOB, {"photo_id": str(picture_id)})
            work.session.delete(picture)


def forget_all(work: UnitOfWork, row: Listing) -> None:
    """A partner's listing goes, with its pictures and what was wanted of them."""
    forget(work, repository.photos(work.session, listing_ids=[row.id]))
    for one in repository.wanted_pictures_of(work.session, row.id):
        work.session.delete(one)
    work.session.flush()  # before the listing they refer to


def _show(work: UnitOfWork, one: WantedPicture, picture: PartnerPicture) -> None:
    photo = Photo(
        id=new_id(),
        listing_id=one.listing_id,
        picture_id=picture.id,
        position=one.position,
        alt=one.alt,
        digest=one.mark,
        width=picture.width,
        height=picture.height,
        created_at=work.now,
    )
    work.session.add(photo)
    work.session.delete(one)


def _mark(photo: MirroredPhoto) -> str:
    """What tells one picture of a listing from another: its digest, or where it is."""
    return photo.sha256 or hashlib.sha256(photo.url.encode()).hexdigest()
