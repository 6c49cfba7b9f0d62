"""Refusals of DFP/1 (§2.10). `code` is the slug on the wire; `retry` says whether later may help."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Self

from app.kernel.problems import Problem
from app.kernel.text import Message, message


class ProtocolProblem(Problem):
    """A refusal between instances; carries `code` and `retry` as members."""

    retry: ClassVar[bool] = False

    def __init__(self, detail: Message | None = None) -> None:
        super().__init__(detail, code=self.slug, retry=self.retry)


class BadJson(ProtocolProblem):
    slug = "bad-json"
    title = message("The message is not JSON as DFP/1 reads it.")
    status = 400


class BadCursor(ProtocolProblem):
    slug = "bad-cursor"
    title = message("This cursor was not given out by this instance.")
    status = 400


class SchemaInvalid(ProtocolProblem):
    slug = "schema-invalid"
    title = message("The message lacks something, or something in it cannot be meant like this.")
    status = 400

    @classmethod
    def at(cls, pointers: Sequence[str]) -> Self:
        """Name the members that are wrong, without repeating what was sent."""
        refused = cls()
        refused.members["errors"] = list(pointers)
        return refused


class SignatureMissing(ProtocolProblem):
    slug = "signature-missing"
    title = message("The request is not signed.")
    status = 401


class SignatureInvalid(ProtocolProblem):
    slug = "signature-invalid"
    title = message("The signature does not hold for this request.")
    status = 401


class ClockSkew(ProtocolProblem):
    slug = "clock-skew"
    title = message("The signature was made too long ago, or in the future.")
    status = 401
    retry = True

    @classmethod
    def at(cls, now: datetime) -> Self:
        """Say what time it is here, so that the other side sees by how much its clock is wrong."""
        refused = cls()
        refused.members["date"] = now.isoformat(timespec="seconds").replace("+00:00", "Z")
        return refused


class KeyUnknown(ProtocolProblem):
    slug = "key-unknown"
    title = message("The key is not in the partner's key document, or was revoked.")
    status = 401


class KeyExpired(ProtocolProblem):
    slug = "key-expired"
    title = message("The key is not valid at this time.")
    status = 401


class NotPartner(ProtocolProblem):
    """403 before 404: who is not paired learns nothing about what exists."""

    slug = "not-partner"
    title = message("The two instances are not paired.")
    status = 403


class Suspended(ProtocolProblem):
    slug = "suspended"
    title = message("The exchange with this partner is suspended.")
    status = 403


class OutOfScope(ProtocolProblem):
    slug = "scope"
    title = message("This was not granted to the partner.")
    status = 403


class ResyncRequired(ProtocolProblem):
    """410: the cursor no longer leads on from here; the walk begins again, nothing is deleted first."""

    slug = "resync-required"
    title = message("The list has to be read again from its beginning.")
    status = 410


class Deleted(ProtocolProblem):
    """410: the listing is gone; its tombstone says why."""

    slug = "deleted"
    title = message("This listing is no longer there.")
    status = 410

    @classmethod
    def leaving(cls, tombstone: dict[str, object]) -> Self:
        """Tell what is left of it."""
        refused = cls()
        refused.members["tombstone"] = tombstone
        return refused


class PairingEnded(ProtocolProblem):
    slug = "pairing-ended"
    title = message("The partnership has ended.")
    status = 410


class Unknown(ProtocolProblem):
    slug = "unknown"
    title = message("There is nothing of this name for this partner.")
    status = 404


class IdReused(ProtocolProblem):
    slug = "id-reused"
    title = message("This id was used before for something else.")
    status = 422


class RateLimited(ProtocolProblem):
    """429: more in a minute than is carried out; `Retry-After` says when the next is heard."""

    slug = "rate-limited"
    title = message("That is too much at a time.")
    status = 429
    retry = True

    def __init__(self, *, after_seconds: int) -> None:
        super().__init__()
        self.headers["Retry-After"] = str(after_seconds)


class TooManyRequests(ProtocolProblem):
    """409: the partner's residents have as many requests open here as partners may have."""

    slug = "too-many-requests"
    title = message("This region has too many requests open here.")
    status = 409


class TooLarge(ProtocolProblem):
    slug = "too-large"
    title = message("The message is too large.")
    status = 413


class UnsupportedContent(ProtocolProblem):
    """415: signed is the body as sent, so it is JSON, and not packed."""

    slug = "unsupported-content"
    title = message("The body must be application/json, and not compressed.")
    status = 415


class InviteInvalid(ProtocolProblem):
    slug = "invite-invalid"
    title = message("The invite is unknown, used, expired or meant for another instance.")
    status = 403


class KeysRefused(ProtocolProblem):
    """The key documents do not continue what we know; a person has to look."""

    slug = "keys-refused"
    title = message("The key documents do not prove this instance.")
    status = 403


class PartnerAnswersWrong(Problem):
    """502: what came back is not DFP/1."""

    slug = "partner-answers-wrong"
    title = message("The other region's server answers, but not in a way that can be understood.")
    status = 502


class PartnerNotReached(Problem):
    """502: the other region did not answer, refused, or lives where we do not go."""

    slug = "partner-not-reached"
    title = message("The other region could not be asked.")
    status = 502


class PartnerUnavailable(Problem):
    """409: the partner cannot be asked just now: the partnership rests, or there was no news for two days."""

    slug = "partner-unavailable"
    title = message("This region cannot be asked just now.")
    status = 409
