"""The keys of this instance, for its staff."""

from app.api.endpoints import Reading, Router, Work
from app.api.openapi import problems
from app.federation.schemas import KeyRevoke, OwnKeysRead
from app.federation.service import own_keys
from app.kernel.problems import NotAllowed, NotFound

router = Router(prefix="/api/v1/partners/keys", tags=["partners"])


@router.get("", summary="Read our keys", responses=problems(NotAllowed))
def keys(reading: Reading) -> OwnKeysRead:
    """Which keys partners know of this instance, and which is in use. For admins."""
    return own_keys.read(reading)


@router.post("/rotate", summary="Change our key", responses=problems(NotAllowed))
def rotate_key(work: Work) -> OwnKeysRead:
    """Publish a new key now, to be used in two days, so that no exchange fails. It happens by itself in good time."""
    return own_keys.rotate(work)


@router.post("/revoke", summary="Revoke a key of ours", responses=problems(NotAllowed, NotFound))
def revoke_key(work: Work, body: KeyRevoke) -> OwnKeysRead:
    """Have nobody believe a key any more, as after a theft. Partners are told at once, by another key."""
    return own_keys.revoke(work, body.kid)
