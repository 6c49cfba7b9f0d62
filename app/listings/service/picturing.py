"""Pictures of partners' listings: fetched later, made anew, kept once for all that show them.

A file goes with the last listing that shows it. A listing is there without its pictures: what is not fetched yet, or
cannot be, is simply not shown.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from app.kernel.ids import new_id
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import repository
from app.listings.schemas.mirrored import MirroredPhoto
from app.listings.service.photos import DELETE_JOB, Prepared
from app.listings.tables import PartnerPicture, Photo, WantedPicture

TRIES: Final = 6
_TRIED_AGAIN_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture to be fetched, and the digest it must have, if that was told."""

    id: UUID
    url: str
    sha256: str | None


def keep_told(work: UnitOfWork, origin_id: UUID, told: Mapping[UUID, Sequence[MirroredPhoto]]) -> None:
    """Have the pictures that a partner tells of its listings, in its order: known ones at once, others once fetched."""
    here: defaultdict[UUID | None, dict[str, Photo | WantedPicture]] = defaultdict(dict)
    for wish in repository.wanted_pictures_of(work.session, list(told)):
        here[wish.listing_id][wish.mark] = wish
    for photo in repository.photos(work.session, listing_ids=list(told)):
        here[photo.listing_id][photo.digest] = photo
    new: list[dict[str, Any]] = []
    gone: list[Photo | WantedPicture] = []
    for listing_id, photos in told.items():
        marks = dict(reversed([(_mark(photo), photo) for photo in photos]))
        gone += [one for mark, one in here[listing_id].items() if mark not in marks]
        for position, mark in enumerate(reversed(marks)):
            known, alt = here[listing_id].get(mark), marks[mark].alt
            if known is None:
                new.append(_wish(work, origin_id, listing_id, marks[mark]) | {"position": position})
            else:
                known.position, known.alt = position, alt
                work.session.add(known)
    forget(work, [one for one in gone if isinstance(one, Photo)])
    _unwish(work, [one for one in gone if isinstance(one, WantedPicture)])
    repository.want_pictures(work.session, new)


def _wish(work: UnitOfWork, origin_id: UUID, listing_id: UUID, photo: MirroredPhoto) -> dict[str, Any]:
    return {
        "id": new_id(),
        "listing_id": listing_id,
        "origin_id": origin_id,
        "url": photo.url,
        "mark": _mark(photo),
        "sha256": photo.sha256,
        "alt": photo.alt,
        "due_at": work.now,
        "tries": 0,
    }


def _unwish(work: UnitOfWork, wished: Sequence[WantedPicture]) -> None:
    for one in wished:
        work.session.delete(one)
    work.session.flush()


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


def forget_all(work: UnitOfWork, listing_ids: Collection[UUID]) -> None:
    """These listings of a partner go, with their pictures and what was wanted of them."""
    forget(work, repository.photos(work.session, listing_ids=listing_ids))
    _unwish(
        work, repository.wanted_pictures_of(work.session, listing_ids)
    )  # before the listings they refer to


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
