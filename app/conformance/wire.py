"""Speaking DFP/1 from nothing: requests, signatures, key chains, digests. Shares no line with what it judges."""

import base64
import gzip
import hashlib
import http.client
import json
import re
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LIFETIME: Final = 300
MOST_BYTES: Final = 16 * 1024 * 1024
_INPUT = re.compile(
    r'dfp=(\(("@method" "@target-uri"(?: "content-type" "content-digest")?)\)'
    r';created=(\d+);expires=\d+;nonce="[^"]+";keyid="([^"/]+)/([^"]+)";alg="ed25519";tag="dfp1")'
)


class Silent(Exception):
    """Nobody answered in HTTP."""


class Forged(Exception):
    """A signature or a chain does not hold."""


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case, the body as it was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, unpacked if it says that it is packed."""
        packed = self.headers.get("content-encoding", "") == "gzip"
        return read(gzip.decompress(self.body) if packed else self.body)

    @property
    def code(self) -> str:
        """The word of a refusal; empty where there is none."""
        try:
            body = self.json()
        except (ValueError, OSError):
            return ""
        return str(body.get("code", "")) if isinstance(body, dict) else ""

    def __str__(self) -> str:
        return f"{self.status} {self.code}".strip()


def now() -> int:
    """Unix seconds."""
    return time.time_ns() // 1_000_000_000


def send(
    method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"", *, seconds: float = 30
) -> Answer:
    """One request, exactly as told, to wherever the address says. No redirects. Raises Silent."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connect(parts.hostname or "", parts.port or (443 if secure else 80), timeout=seconds)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, target, body or None, dict(headers or {}))
        response = connection.getresponse()
        raw = response.read(MOST_BYTES + 1)
    except (OSError, http.client.HTTPException) as failure:
        raise Silent(f"{method} {target[:60]}: {failure or type(failure).__name__}") from failure
    finally:
        connection.close()
    if len(raw) > MOST_BYTES:
        raise Silent(f"{method} {target[:60]}: more than {MOST_BYTES} bytes came")
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, raw)


def read(raw: bytes) -> Any:
    """JSON without its freedoms. Raises ValueError."""
    return json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_no_constant)


def to_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member stands twice in one object")
    return members


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def to_64(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def from_64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def fingerprint(public: bytes) -> str:
    """The instance whose first control key this is."""
    return hashlib.sha256(public).hexdigest()[:40]


def sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def content_digest(body: bytes, function: str = "sha256") -> str:
    name = {"sha256": "sha-256", "sha512": "sha-512"}[function]
    return f"{name}=:{base64.b64encode(hashlib.new(function, body).digest()).decode()}:"


@dataclass(frozen=True)
class Oddities:
    """What is different about a signature that must be refused."""

    covered: Sequence[str] | None = None
    params: Mapping[str, Any] | None = None
    label: str = "dfp"
    content_type: str = "application/json"
    digest: str | None = None


PLAIN: Final = Oddities()


def sign(
    method: str,
    url: str,
    body: bytes,
    *,
    key: Ed25519PrivateKey,
    key_id: str,
    at: int,
    odd: Oddities = PLAIN,
) -> dict[str, str]:
    """The headers that prove a request."""
    headers: dict[str, str] = {}
    if body:
        headers = {"content-type": odd.content_type, "content-digest": odd.digest or content_digest(body)}
    parts = {"@method": method, "@target-uri": url, "@path": urlsplit(url).path, **headers}
    covered = odd.covered or ["@method", "@target-uri", *headers]
    params: dict[str, Any] = {
        "created": at,
        "expires": at + LIFETIME,
        "nonce": to_64(secrets.token_bytes(16)),
        "keyid": key_id,
        "alg": "ed25519",
        "tag": "dfp1",
        **(odd.params or {}),
    }
    written = "".join(
        f";{name}={value}" if isinstance(value, int) else f';{name}="{value}"'
        for name, value in params.items()
        if value is not None
    )
    inner = _inner(covered, written)
    lines = [f'"{name}": {parts[name]}' for name in covered] + [f'"@signature-params": {inner}']
    signature = base64.b64encode(key.sign("\n".join(lines).encode())).decode()
    headers |= {"signature-input": f"{odd.label}={inner}", "signature": f"{odd.label}=:{signature}:"}
    return headers


def _inner(covered: Iterable[str], written: str) -> str:
    names = " ".join('"' + name + '"' for name in covered)
    return f"({names}){written}"


def check_signed(
    method: str, url: str, headers: Mapping[str, str], body: bytes, keys: Mapping[str, Any], *, at: int
) -> None:
    """Whether a request that came to us is signed by one of these keys. Raises Forged."""
    found = _INPUT.fullmatch(headers.get("signature-input", ""))
    if not found:
        raise Forged("the signature's input is not in the profile")
    inner, covered, created, _, kid = found.groups()
    if (
        abs(at - int(created)) > LIFETIME
        or (kid not in keys)
        or (bool(body) != ("content-digest" in covered))
    ):
        raise Forged("the signature is of another time, another key, or covers something else")
    if body and headers.get("content-digest") != content_digest(body):
        raise Forged("the body's digest does not fit")
    parts = {"@method": method, "@target-uri": url, **headers}
    names = [name.strip('"') for name in covered.split(" ")]
    base = "\n".join(
        [f'"{name}": {parts.get(name, "")}' for name in names] + [f'"@signature-params": {inner}']
    )
    raw = headers.get("signature", "").removeprefix("dfp=:").removesuffix(":")
    _verify(from_64(keys[kid]), base.encode(), base64.b64decode(raw))


def issue(payload: Mapping[str, Any], *, kid: str, key: Ed25519PrivateKey) -> dict[str, str]:
    """A key document."""
    text = to_64(json.dumps(payload, separators=(",", ":")).encode())
    return {"payload": text, "kid": kid, "sig": to_64(key.sign(f"dfp-keys-1.{text}".encode()))}


def hash_of(document: Mapping[str, str]) -> str:
    """What the next document names as `prev`."""
    return hashlib.sha256(document["payload"].encode()).hexdigest()


def follow(documents: Sequence[Mapping[str, str]], instance: str) -> dict[str, Any]:
    """What the last document of a chain says, if the chain holds. Raises Forged."""
    before: Mapping[str, str] = {}
    said: dict[str, Any] = {}
    for number, document in enumerate(documents, start=1):
        says = read(from_64(document["payload"]))
        if says["v"] != number or says["instance"] != instance:
            raise Forged(f"document {number} is of another version or instance")
        controls = {one["kid"]: one["x"] for one in (said or says)["control"]}
        if number == 1:
            first = says["control"][0]
            controls = {first["kid"]: first["x"]}
            if fingerprint(from_64(first["x"])) != instance:
                raise Forged("the first control key is not that of the instance")
        elif says.get("prev") != hash_of(before):
            raise Forged(f"document {number} does not name the one before")
        if document["kid"] not in controls:
            raise Forged(f"document {number} is signed by a key that may not")
        signed = f"dfp-keys-1.{document['payload']}".encode()
        _verify(from_64(controls[document["kid"]]), signed, from_64(document["sig"]))
        before, said = document, says
    if not said:
        raise Forged("there is no document")
    return said


def _verify(public: bytes, message: bytes, signature: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise Forged("a signature does not hold") from None


def digest_of(entries: Iterable[tuple[str, int]]) -> str:
    """What a feed with these active entries must say."""
    value = 0
    for item_id, rev in entries:
        value ^= int.from_bytes(hashlib.sha256(f"{item_id}\n{rev}".encode()).digest(), "big")
    return f"{value:064x}"


def read_invite(text: str) -> dict[str, Any]:
    """What an invite says. Raises ValueError."""
    line = "".join(text.split())
    if not line.startswith("dfp1:"):
        raise ValueError("an invite begins with dfp1:")
    says = read(from_64(line.removeprefix("dfp1:")))
    if not isinstance(says, dict) or not {"base", "instance", "token"} <= says.keys():
        raise ValueError("an invite names base, instance and token")
    return says
