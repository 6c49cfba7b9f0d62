"""Photos that came with a form that was refused: they are here already, and nobody chooses them twice.

What is kept is a file that belongs to nothing, and is swept away within a day. Its id travels in the form with a seal
of this session: the id of a photo alone opens nothing.
"""

import hashlib
import hmac
from uuid import UUID

from app.api.doors import Desk
from app.listings import service as listings
from app.web.visits import Visit

FIELD = "kept"
MOST = 10


def seal(visit: Visit, photo: listings.PreparedPhoto) -> str:
    """How the form names a photo that is here already."""
    return f"{photo.id}.{_seal_of(visit, str(photo.id))}"


def opened(visit: Visit, desk: Desk) -> list[listings.PreparedPhoto]:
    """The photos that a form names; those that are gone, or were named by somebody else, are left out."""
    found = []
    for named in visit.form.all(FIELD)[:MOST]:
        photo_id, _, given = named.partition(".")
        if hmac.compare_digest(given.encode("utf-8", "replace"), _seal_of(visit, photo_id).encode()):
            found.append(listings.PreparedPhoto.again(desk.files, UUID(photo_id)))
    return [photo for photo in found if photo]


def _seal_of(visit: Visit, photo_id: str) -> str:
    return hmac.new(
        visit.csrf.encode(), b"photo " + photo_id.encode("utf-8", "replace"), hashlib.sha256
    ).hexdigest()
