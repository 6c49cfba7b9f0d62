"""Signed requests between instances: RFC 9421 and RFC 9530 in the one profile of DFP/1 (§2.3). Pure.

Nothing is negotiated, so nothing can be bargained down: one label, one order of components, one algorithm.
Own lines over `cryptography` and `http-sf`, since `http-message-signatures` writes the parameters in another
order than the profile's test vector, asks the machine's clock, and tells all refusals alike; in the tests it
is the independent verifier.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import http_sf
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.federation.problems import ClockSkew, SignatureInvalid, SignatureMissing
from app.kernel.text import message

LABEL: Final = "dfp"
TAG: Final = "dfp1"
ALGORITHM: Final = "ed25519"
LIFETIME: Final = timedelta(seconds=300)
MAX_AGE: Final = timedelta(seconds=300)
EXPIRY_GRACE: Final = timedelta(seconds=60)
NONCE_BYTES: Final = 16

_COVERED: Final = ("@method", "@target-uri")
_COVERED_WITH_BODY: Final = (*_COVERED, "content-type", "content-digest")
_PARAMETERS: Final[Mapping[str, type]] = {
    "created": int,
    "expires": int,
    "nonce": str,
    "keyid": str,
    "alg": str,
    "tag": str,
}


@dataclass(frozen=True, slots=True)
class Request:
    """What a signature speaks about. Header names in lower case; `body` as sent, before any reading."""

    method: str
    target_uri: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class KeyId:
    """`<instance>/<kid>`: whose key, and which of theirs."""

    instance: str
    kid: str

    def __str__(self) -> str:
        return f"{self.instance}/{self.kid}"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request says about its own signature; worth nothing before `verify`."""

    key: KeyId
    nonce: str
    created: datetime
    expires: datetime
    base: bytes
    signature: bytes


def target_uri(public_base: str, raw_path: bytes, raw_query: bytes) -> str:
    """`@target-uri` from the configured public address and the bytes of the request line.

    Never from Host or X-Forwarded-*: a request signed for somebody else must not be valid here.
    """
    scheme, _, rest = public_base.partition("://")
    origin = f"{scheme}://{rest.partition('/')[0]}"
    query = f"?{raw_query.decode('latin-1')}" if raw_query else ""
    return f"{origin}{raw_path.decode('latin-1')}{query}"


def sign(
    request: Request, *, key: Ed25519PrivateKey, key_id: KeyId, now: datetime, nonce: str | None = None
) -> dict[str, str]:
    """Make the headers that prove the request ours, sent beside its own. Every retry is signed anew."""
    headers = dict(request.headers)
    added: dict[str, str] = {}
    if request.body:
        added["content-digest"] = content_digest(request.body)
    created = int(now.timestamp())
    parameters = {
        "created": created,
        "expires": created + int(LIFETIME.total_seconds()),
        "nonce": nonce or secrets.token_urlsafe(NONCE_BYTES),
        "keyid": str(key_id),
        "alg": ALGORITHM,
        "tag": TAG,
    }
    inner = _signature_params(_covered(request.body), parameters)
    base = _base(request.method, request.target_uri, headers | added, inner, with_body=bool(request.body))
    signature = base64.b64encode(key.sign(base)).decode("ascii")
    return added | {"signature-input": f"{LABEL}={inner}", "signature": f"{LABEL}=:{signature}:"}


def read_claim(request: Request, *, now: datetime) -> Claim:
    """Read who the request says it is from. Everything but the signature itself is checked, digest included.

    Raises SignatureMissing, SignatureInvalid (other coverage, label, tag, algorithm, digest) or ClockSkew.
    """
    members, parameters = _signature_input(request.headers)
    if tuple(members) != _covered(request.body):
        raise SignatureInvalid(message("The signature does not cover exactly what the profile asks for."))
    if (parameters["tag"], parameters["alg"]) != (TAG, ALGORITHM):
        raise SignatureInvalid(message("The signature is of another profile."))
    if len(_from_base64url(parameters["nonce"])) < NONCE_BYTES:
        raise SignatureInvalid(message("The nonce is too short."))
    created, expires = _instant(parameters["created"]), _instant(parameters["expires"])
    if abs(now - created) > MAX_AGE or now > expires + EXPIRY_GRACE:
        raise ClockSkew.at(now)
    if request.body and not _digest_holds(request.headers.get("content-digest", ""), request.body):
        raise SignatureInvalid(message("The body is not the one that was signed."))
    inner = _signature_params(members, parameters)
    with_body = bool(request.body)
    return Claim(
        key=_key_id(parameters["keyid"]),
        nonce=parameters["nonce"],
        created=created,
        expires=expires,
        base=_base(request.method, request.target_uri, request.headers, inner, with_body=with_body),
        signature=_signature(request.headers),
    )


def verify(claim: Claim, key: Ed25519PublicKey) -> None:
    """Prove the claim: the holder of this key signed exactly this request. Else raises SignatureInvalid."""
    try:
        key.verify(claim.signature, claim.base)
    except InvalidSignature:
        raise SignatureInvalid from None


def content_digest(body: bytes) -> str:
    """Fingerprint of the body as a header's value (RFC 9530, sha-256)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode('ascii')}:"


def _signature_params(components: Sequence[str], parameters: Mapping[str, Any]) -> str:
    """Value of `@signature-params`; the parameters keep the order in which the signer wrote them."""
    member: Any = ([(name, {}) for name in components], dict(parameters))
    return http_sf.ser({LABEL: member}).removeprefix(f"{LABEL}=")


def _covered(body: bytes) -> tuple[str, ...]:
    return _COVERED_WITH_BODY if body else _COVERED


def _base(method: str, uri: str, headers: Mapping[str, str], inner: str, *, with_body: bool) -> bytes:
    lines = [f'"@method": {method}', f'"@target-uri": {uri}']
    if with_body:
        lines += [f'"{name}": {headers.get(name, "").strip()}' for name in ("content-type", "content-digest")]
    lines.append(f'"@signature-params": {inner}')
    try:
        return "\n".join(lines).encode("ascii")
    except UnicodeEncodeError:
        raise SignatureInvalid(message("A signed part is not plain ASCII.")) from None


def _signature_input(headers: Mapping[str, str]) -> tuple[list[str], dict[str, Any]]:
    inner, parameters = _only_member(headers, "signature-input")
    if not isinstance(inner, list) or any(not isinstance(name, str) or marks for name, marks in inner):
        raise SignatureInvalid
    if parameters.keys() != _PARAMETERS.keys() or any(
        type(parameters[name]) is not kind for name, kind in _PARAMETERS.items()
    ):
        raise SignatureInvalid(message("The signature's parameters are not those of the profile."))
    return [name for name, _ in inner], parameters


def _signature(headers: Mapping[str, str]) -> bytes:
    value, _ = _only_member(headers, "signature")
    if not isinstance(value, bytes):
        raise SignatureInvalid
    return value


def _only_member(headers: Mapping[str, str], name: str) -> tuple[Any, dict[str, Any]]:
    """Read a structured dictionary (RFC 9651) with one member, ours: a second signature is one too many."""
    raw = headers.get(name)
    if raw is None:
        raise SignatureMissing
    try:
        members: Any = http_sf.parse(raw.encode("ascii"), tltype="dictionary", on_duplicate_key=_refuse_twice)
    except (ValueError, UnicodeError, RecursionError):
        raise SignatureInvalid from None
    if not isinstance(members, dict) or members.keys() != {LABEL}:
        raise SignatureInvalid(message("The request must carry one signature, labelled dfp."))
    value, parameters = members[LABEL]
    return value, dict(parameters)


def _refuse_twice(key: str, context: str) -> None:
    raise ValueError(f"{key} stands twice in a {context}")


def _digest_holds(header: str, body: bytes) -> bool:
    return hmac.compare_digest(header.strip().encode("latin-1"), content_digest(body).encode("ascii"))


def _key_id(text: str) -> KeyId:
    instance, slash, kid = text.partition("/")
    if not (instance and slash and kid):
        raise SignatureInvalid(message("The key is not named as <instance>/<kid>."))
    return KeyId(instance, kid)


def _instant(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise ClockSkew from None


def _from_base64url(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise SignatureInvalid(message("The nonce is not base64url.")) from None
