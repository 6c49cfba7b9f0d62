"""Messages of DFP/1, except what listings and loans are made of: discovery, keys, pairing, feeds, notify."""

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import Field

from app.federation.protocol.values import (
    Base64Url,
    Count,
    Flag,
    InstanceId,
    Instant,
    ItemId,
    KeyName,
    Latitude,
    Line,
    Longitude,
    Paragraph,
    Positive,
    Sha256,
    WebAddress,
    Wire,
)

VERSION: Final = "1.0"
PATH: Final = "/dfp/v1"
WELL_KNOWN: Final = "/.well-known/dfp"

# Limits (§2.12): a peer must survive what is just below, and refuse what is just above.
PAGE_ITEMS: Final = 1000
PAGE_BYTES: Final = 8 * 1024 * 1024
ENTRY_BYTES: Final = 32 * 1024
BODY_BYTES: Final = 64 * 1024
NOTIFY_BYTES: Final = 1024
KEYS_BYTES: Final = 64 * 1024
KEY_DOCUMENTS: Final = 200
MEDIA_BYTES: Final = 10 * 1024 * 1024
OPEN_REQUESTS: Final = 500
TTL_SECONDS: Final = 300
TOMBSTONE_DAYS: Final = 45
PURGE_HOURS: Final = 24


class Kind(StrEnum):
    """What a feed is about."""

    LISTING = "listing"
    REQUEST = "request"


KEYS: Final = "keys"
"""The kind of a notice that brings key documents; there is no feed of them."""


class EntryState(StrEnum):
    """Whether an entry is there, or was."""

    ACTIVE = "active"
    DELETED = "deleted"


class Gone(StrEnum):
    """Why an entry was deleted."""

    WITHDRAWN = "withdrawn"
    ERASED = "erased"
    MOVED = "moved"
    EXPIRED = "expired"
    FILTERED = "filtered"


class Region(Wire):
    label: Line
    lat: Latitude | None = None
    lon: Longitude | None = None
    radius_km: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)] | None = None


class Operator(Wire):
    name: Line
    url: WebAddress | None = None
    privacy: WebAddress | None = None
    contact: WebAddress | None = None


class Software(Wire):
    name: Line
    version: Line


class FeedOffer(Wire):
    access: Line
    ttl: Count
    tombstone_days: Count
    max_limit: Positive


class Discovery(Wire):
    """`/.well-known/dfp`: informational; nothing in it is trusted until it matches the key documents."""

    dfp: list[Line]
    instance: InstanceId
    name: Line
    base: WebAddress
    keys: WebAddress
    levels: list[Line]
    feeds: dict[Line, FeedOffer]
    capabilities: list[Line]
    region: Region | None = None
    languages: list[Line]
    license: WebAddress | None = None
    operator: Operator | None = None
    software: Software


class ControlKey(Wire):
    """A key that signs key documents; the first one is the instance."""

    kid: KeyName
    x: Base64Url


class RequestKey(Wire):
    """A key that signs requests, between two unix seconds."""

    kid: KeyName
    x: Base64Url
    nbf: Count
    exp: Count


class KeyPayload(Wire):
    """What a key document says."""

    instance: InstanceId
    v: Positive
    iat: Count
    prev: Sha256 | None = None
    control: Annotated[list[ControlKey], Field(min_length=1, max_length=16)]
    keys: Annotated[list[RequestKey], Field(max_length=16)]
    base: WebAddress
    revoked: Annotated[tuple[KeyName, ...], Field(max_length=200)] = ()


class KeyDocument(Wire):
    """A payload as it was signed: base64url of JSON, never re-written."""

    payload: Base64Url
    kid: KeyName
    sig: Base64Url


class KeyDocuments(Wire):
    """The chain, oldest first."""

    docs: Annotated[list[KeyDocument], Field(min_length=1, max_length=KEY_DOCUMENTS)]


class PairingAsk(Wire):
    """`POST /pairings`: an invite is answered, with the key documents inline."""

    instance: InstanceId
    base: WebAddress
    token: Line
    name: Line
    docs: Annotated[list[KeyDocument], Field(min_length=1, max_length=KEY_DOCUMENTS)]
    grants: dict[Line, Flag]
    wants: dict[Line, Flag]
    purge_hours: Count = PURGE_HOURS
    operator: Operator | None = None


class PairingStatus(Wire):
    """How the other side sees the partnership, and what it grants."""

    status: Line
    grants: dict[Line, Flag]
    name: Line
    purge_hours: Count = PURGE_HOURS


class MovedTo(Wire):
    instance: InstanceId
    id: ItemId


class Entry(Wire):
    """One thing in a feed. `data` stays raw: what is wrong inside harms this entry alone."""

    seq: Positive
    id: ItemId
    rev: Count
    state: str
    at: Instant
    reason: str | None = None
    moved_to: MovedTo | None = None
    data: dict[str, Any] | None = None


class PageEnvelope(Wire):
    """A page of a feed. `items` stay raw here and are read one by one as `Entry`."""

    dfp: Line
    instance: InstanceId
    kind: Line
    epoch: Line
    after: str
    items: Annotated[list[dict[str, Any]], Field(max_length=PAGE_ITEMS)]
    cursor: Annotated[str, Field(min_length=1, max_length=256)]
    more: Flag
    head: Count
    count: Count | None = None
    digest: Sha256 | None = None
    ttl: Count = TTL_SECONDS


class Notify(Wire):
    """`POST /notify`: a hint that there is news; loss and repetition do no harm."""

    kind: Line
    head: Count | None = None
    urgent: Flag = False
    docs: Annotated[list[KeyDocument], Field(max_length=KEY_DOCUMENTS)] | None = None


class Ground(Wire):
    """One of the reasons for a refusal."""

    code: Line


class ProblemBody(Wire):
    """A refusal (RFC 9457) as a partner sends it."""

    code: Line = ""
    title: Paragraph = ""
    detail: Paragraph = ""
    retry: Flag = False
    reasons: Annotated[tuple[Ground, ...], Field(max_length=50)] = ()
