"""Who an instance is: a key, not a domain (federation.md §2.2). Pure.

The instance's id is the fingerprint of its first control key. Its key documents form a chain, each signed by
a control key of the one before; whoever pinned a document can follow the chain through rotations and moves,
and nobody can lead them astray, back, or along a second branch.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import ValidationError

from app.federation.problems import BadJson, KeyExpired, KeysRefused, KeyUnknown
from app.federation.protocol import strict_json
from app.federation.protocol.v1 import KEY_DOCUMENTS, KeyDocument, KeyPayload
from app.federation.signatures import MAX_AGE
from app.kernel.text import message

_SIGNED_PREFIX: Final = b"dfp-keys-1."


class Equivocation(KeysRefused):
    """Two documents of one version: the key is in two hands. The partnership is suspended, staff is told."""

    slug = "keys-equivocation"
    title = message("There are two different key documents of the same version.")


class Rollback(KeysRefused):
    """Fewer documents than were known: an old copy is shown where the newest should be."""

    slug = "keys-rollback"
    title = message("The key documents are older than those already known.")


@dataclass(frozen=True, slots=True)
class Chain:
    """A verified chain; only `verify` and `extend` make one."""

    documents: tuple[KeyDocument, ...]
    payloads: tuple[KeyPayload, ...]

    @property
    def latest(self) -> KeyPayload:
        return self.payloads[-1]

    @property
    def instance(self) -> str:
        return self.latest.instance


def fingerprint(key: Ed25519PublicKey) -> str:
    """Id of the instance whose first control key this is."""
    return hashlib.sha256(_raw(key)).hexdigest()[:40]


def to_text(key: Ed25519PublicKey) -> str:
    """Write a public key as documents do: base64url of its 32 bytes."""
    return _to_base64url(_raw(key))


def issue(payload: KeyPayload, *, kid: str, key: Ed25519PrivateKey) -> KeyDocument:
    """Sign a payload with a control key."""
    text = _to_base64url(json.dumps(payload.to_json(), separators=(",", ":")).encode())
    return KeyDocument(payload=text, kid=kid, sig=_to_base64url(key.sign(_SIGNED_PREFIX + text.encode())))


def document_hash(document: KeyDocument) -> str:
    """Hash that the next document names as `prev`."""
    return hashlib.sha256(document.payload.encode("ascii")).hexdigest()


def verify(documents: Sequence[KeyDocument], *, instance: str) -> Chain:
    """Read a whole chain of the instance we expect. Raises KeysRefused."""
    if not 0 < len(documents) <= KEY_DOCUMENTS:
        raise KeysRefused
    first = payload_of(documents[0])
    control = first.control[0]
    # Another control key listed beside it may be anybody's: only the first is what the instance's name stands for.
    by_the_first = documents[0].kid == control.kid
    if (
        first.v != 1
        or first.instance != instance
        or fingerprint(_public(control.x)) != instance
        or not by_the_first
    ):
        raise KeysRefused(message("The first key is not that of the instance."))
    _check_signature(documents[0], signed_by=first)
    return _append(Chain((documents[0],), (first,)), documents[1:])


def extend(pinned: Chain, offered: Sequence[KeyDocument]) -> Chain:
    """Follow a partner's documents from those we know; they may be the whole chain or only its end.

    Raises Equivocation for another document of a known version that a control key signed, Rollback for fewer
    than we know, KeysRefused for a gap or a signature that does not hold.
    """
    payloads = [payload_of(document) for document in offered]
    if not payloads:
        raise KeysRefused
    known = {payload.v: document for payload, document in zip(pinned.payloads, pinned.documents, strict=True)}
    for payload, document in zip(payloads, offered, strict=True):
        if payload.v in known and known[payload.v].payload != document.payload:
            # Only a control key can say two things; anybody else's second document is merely forged.
            _check_signature(document, signed_by=pinned.payloads[max(payload.v - 2, 0)])
            raise Equivocation
    if payloads[-1].v < pinned.latest.v:
        raise Rollback
    news = [document for payload, document in zip(payloads, offered, strict=True) if payload.v not in known]
    return _append(pinned, news)


def request_key(chain: Chain, kid: str, *, at: datetime) -> Ed25519PublicKey:
    """Key that a request signed at this time may use. Raises KeyUnknown or KeyExpired."""
    latest = chain.latest
    named = next((key for key in latest.keys if key.kid == kid), None)
    if named is None or kid in latest.revoked:
        raise KeyUnknown
    if not named.nbf <= at.timestamp() <= named.exp:
        raise KeyExpired
    return _public(named.x)


def in_use(payload: KeyPayload | None, *, at: datetime, held: Callable[[str], bool]) -> str | None:
    """Which of the keys one's own document lists signs now: the youngest that may, and whose secret is held.

    A partner's clock may be behind ours: to it, too, the key has to have begun.
    """
    begun = (at - MAX_AGE).timestamp()
    if payload is None:
        return None
    listed = [key for key in payload.keys if key.kid not in payload.revoked]
    found = [key for key in listed if key.nbf <= begun and at.timestamp() <= key.exp and held(key.kid)]
    return max(found, key=lambda key: (key.nbf, key.exp)).kid if found else None


def _append(chain: Chain, documents: Sequence[KeyDocument]) -> Chain:
    for document in documents:
        before, payload = chain.latest, payload_of(document)
        if payload.v != before.v + 1 or payload.prev != document_hash(chain.documents[-1]):
            raise KeysRefused(message("The key documents do not follow each other."))
        if payload.instance != before.instance:
            raise KeysRefused(message("The key documents are of two instances."))
        _check_signature(document, signed_by=before)
        chain = Chain((*chain.documents, document), (*chain.payloads, payload))
    if len(chain.documents) > KEY_DOCUMENTS:
        raise KeysRefused
    return chain


def _check_signature(document: KeyDocument, *, signed_by: KeyPayload) -> None:
    control = next((key for key in signed_by.control if key.kid == document.kid), None)
    if control is None:
        raise KeysRefused(message("A key document is signed by a key that may not."))
    try:
        signed = _SIGNED_PREFIX + document.payload.encode("ascii")
        _public(control.x).verify(_from_base64url(document.sig), signed)
    except InvalidSignature:
        raise KeysRefused(message("The signature of a key document does not hold.")) from None


def payload_of(document: KeyDocument) -> KeyPayload:
    """What a document says, nothing proved yet. Raises KeysRefused."""
    try:
        payload = KeyPayload.model_validate(strict_json.read(_from_base64url(document.payload)))
    except (ValidationError, BadJson):
        raise KeysRefused(message("A key document cannot be read.")) from None
    for text in [key.x for key in payload.control] + [key.x for key in payload.keys]:
        _public(text)
    return payload


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _public(text: str) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(_from_base64url(text))
    except ValueError:
        raise KeysRefused(message("A key is not an Ed25519 key.")) from None


def _to_base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _from_base64url(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise KeysRefused(message("A key document is not base64url.")) from None
