"""The one HTTP client of the house. Addresses that strangers give us are called through here, and only here.

https on port 443 only, no credentials in the address. A name is resolved once, every address it has must be
public, and the connection goes to exactly the address that was checked, with the original name for Host and
TLS: what the name resolves to a moment later (DNS rebinding) does not matter. No redirects, no proxies from
the environment, no cookies. Size, time and compression are bounded while reading.

It stands on httpcore, the engine inside httpx: its network backend is the documented place to pin an address
and to hold one deadline over every single read, slow headers included; httpx offers neither.
"""

import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from socket import IPPROTO_TCP, gaierror, getaddrinfo
from typing import Final, Protocol
from urllib.parse import SplitResult, urlsplit

import httpcore

from app.outbound.addresses import is_public

Resolver = Callable[[str, int], Sequence[str]]

MIB: Final = 1024 * 1024
_HTTPS_PORT: Final = 443
_REDIRECTS: Final = frozenset({300, 301, 302, 303, 305, 306, 307, 308})
_PASSING: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_OWN_HEADERS: Final = frozenset(
    {"host", "accept-encoding", "connection", "content-length", "transfer-encoding"}
)


class OutboundRefused(Exception):
    """We do not go there, or do not take what came: address, scheme, redirect, size or compression."""


class Redirected(OutboundRefused):
    """They send us on; we go only where we meant to go."""


class TooLarge(OutboundRefused):
    """More came than we take."""


class Unreachable(Exception):
    """Nobody answered in time and in HTTP; trying again later may help."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one exchange: seconds, bytes, and how far compression may blow up (federation.md §2.12)."""

    connect_seconds: float = 5
    first_byte_seconds: float = 15
    total_seconds: float = 60
    bytes_per_second: int = 1024
    grace_seconds: float = 5
    """From the first byte on; after it the answer has to come as fast as that, on average."""
    header_bytes: int = 16 * 1024
    decompressed_bytes: int = 16 * MIB
    compression_ratio: int = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names in lower case, the body decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_passing(self) -> bool:
        """Whether it is a refusal of the moment (408, 425, 429, 5xx): the same may be answered otherwise later."""
        return self.status in _PASSING or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


class Http(Protocol):
    """A door to the outside, as `SafeHttp` is one."""

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        max_bytes: int = ...,
    ) -> Answer: ...


def resolve(host: str, port: int) -> Sequence[str]:
    """Every address the machine's resolver knows for a name, in its order of preference."""
    found = getaddrinfo(host, port, proto=IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@lru_cache
def _trusted() -> ssl.SSLContext:
    """The certificates the machine trusts, read once: it takes a tenth of a second."""
    return httpcore.default_ssl_context()


@dataclass(frozen=True, slots=True)
class SafeHttp:
    """Asks other machines. `allow` names `host:port` pairs exempt from the address rules: tests, the demo."""

    allow: frozenset[str] = frozenset()
    limits: Limits = Limits()
    resolver: Resolver = resolve
    tls: ssl.SSLContext = field(default_factory=_trusted)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        max_bytes: int = 8 * MIB,
    ) -> Answer:
        """One request, one answer of at most `max_bytes` on the wire.

        Raises OutboundRefused for what we will not call or take, Unreachable for what does not answer.
        """
        deadline = time.monotonic() + self.limits.total_seconds
        target = _parse(url)
        exempt = _authority(target) in self.allow
        if not exempt and (target.scheme != "https" or _port(target) != _HTTPS_PORT):
            raise OutboundRefused("Only https on port 443 is called.")
        addresses = self._addresses(target, exempt=exempt)
        backend = _PinnedBackend(addresses, _Pace(self.limits, deadline))
        with (
            _as_our_errors(),
            httpcore.ConnectionPool(ssl_context=self.tls, network_backend=backend) as pool,
            pool.stream(
                method,
                _core_url(target),
                headers=[(b"Host", _host_header(target)), *_wire_headers(headers or {}, body)],
                content=body or None,
                extensions={"timeout": self._timeouts()},
            ) as response,
        ):
            backend.pace.in_headers = False
            return self._read(response, max_bytes)

    def _addresses(self, target: SplitResult, *, exempt: bool) -> Sequence[str]:
        host = target.hostname or ""
        try:
            addresses = _in_time(lambda: self.resolver(host, _port(target)), self.limits.connect_seconds)
        except (gaierror, UnicodeError) as failure:
            raise Unreachable(f"The name {host} could not be resolved.") from failure
        if not addresses:
            raise Unreachable(f"The name {host} has no address.")
        if not exempt and not all(is_public(address) for address in addresses):
            raise OutboundRefused(f"The name {host} leads to an address that is not public.")
        return addresses

    def _timeouts(self) -> dict[str, float]:
        first_byte = self.limits.first_byte_seconds
        return {
            "connect": self.limits.connect_seconds,
            "read": first_byte,
            "write": first_byte,
            "pool": first_byte,
        }

    def _read(self, response: httpcore.Response, max_bytes: int) -> Answer:
        headers = _headers_of(response)
        if response.status in _REDIRECTS:
            raise Redirected("The other side redirects; redirects are not followed.")
        chunks = _capped(response.iter_stream(), max_bytes)
        match headers.get("content-encoding", "identity").strip().lower():
            case "identity" | "":
                body = b"".join(chunks)
            case "gzip":
                body = _gunzip(chunks, self.limits)
            case other:
                raise OutboundRefused(f"The answer is encoded as {other!r}, which was not asked for.")
        return Answer(response.status, headers, body)


@dataclass(slots=True)
class _Pace:
    """What an exchange may still cost: time until the deadline, bytes of headers, slowness once it has begun."""

    limits: Limits
    deadline: float
    begun: float | None = None
    taken: int = 0
    in_headers: bool = True

    def seconds_left(self, timeout: float | None = None) -> float:
        """How long to wait for the next bytes. Raises ReadTimeout when there is no time left."""
        ends = self.deadline
        if self.begun is not None:
            needed = self.taken / self.limits.bytes_per_second
            ends = min(ends, self.begun + self.limits.grace_seconds + needed)
        left = ends - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("The exchange took too long.")
        return left if timeout is None else min(left, timeout)

    def room(self, max_bytes: int) -> int:
        """How many bytes may be read at once. Raises ReadError for headers without end."""
        if not self.in_headers:
            return max_bytes
        left = self.limits.header_bytes - self.taken
        if left <= 0:
            raise httpcore.ReadError("The headers are too large.")
        return min(left, max_bytes)

    def count(self, size: int) -> None:
        self.begun = self.begun or time.monotonic()
        self.taken += size


class _PinnedBackend(httpcore.SyncBackend):
    """Connects to the addresses that were checked, whatever the name says by now, until the deadline."""

    def __init__(self, addresses: Sequence[str], pace: _Pace) -> None:
        self._addresses = addresses
        self.pace = pace

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._addresses:
            try:
                left = self.pace.seconds_left(timeout)
                stream = super().connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as refused:
                failure = refused
            else:
                return _PacedStream(stream, self.pace)
        raise failure


class _PacedStream(httpcore.NetworkStream):
    """A connection whose every read and write ends with the deadline, so that dripping bytes buys no time."""

    def __init__(self, stream: httpcore.NetworkStream, pace: _Pace) -> None:
        self._stream = stream
        self._pace = pace

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        got = self._stream.read(self._pace.room(max_bytes), self._pace.seconds_left(timeout))
        self._pace.count(len(got))
        return got

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._pace.seconds_left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._pace.seconds_left(timeout)
        return _PacedStream(self._stream.start_tls(ssl_context, server_hostname, left), self._pace)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _in_time(look: Callable[[], Sequence[str]], seconds: float) -> Sequence[str]:
    """What a look-up answers in time. The system's own takes no deadline, so it is left behind when it takes long."""
    found: list[Sequence[str] | BaseException] = []

    def run() -> None:
        try:
            found.append(look())
        except BaseException as error:  # noqa: BLE001 - raised anew below, in the thread that asked
            found.append(error)

    helper = threading.Thread(target=run, daemon=True)
    helper.start()
    helper.join(seconds)
    if not found:
        raise Unreachable("The name could not be looked up in time.")
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]


def _parse(url: str) -> SplitResult:
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise OutboundRefused("This is not a plain address.")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as failure:
        raise OutboundRefused("This is not an address.") from failure
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise OutboundRefused("This is not an https address.")
    if "@" in parts.netloc:
        raise OutboundRefused("An address must not carry credentials.")
    return parts


def _port(target: SplitResult) -> int:
    return target.port or (_HTTPS_PORT if target.scheme == "https" else 80)


def _authority(target: SplitResult) -> str:
    return f"{target.hostname}:{_port(target)}"


def _host_header(target: SplitResult) -> bytes:
    return target.netloc.lower().encode("ascii")


def _core_url(target: SplitResult) -> httpcore.URL:
    # Built from our own parts, so that two parsers cannot disagree about where the request goes.
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    return httpcore.URL(
        scheme=target.scheme.encode("ascii"),
        host=(target.hostname or "").encode("ascii"),
        port=_port(target),
        target=path.encode("ascii"),
    )


def _wire_headers(headers: Mapping[str, str], body: bytes) -> Iterator[tuple[bytes, bytes]]:
    yield b"Accept-Encoding", b"gzip"
    yield b"Connection", b"close"
    if body:
        yield b"Content-Length", str(len(body)).encode("ascii")
    for name, value in headers.items():
        if name.lower() in _OWN_HEADERS:
            raise OutboundRefused(f"The header {name} is set by the client itself.")
        yield name.encode("ascii"), value.encode("latin-1")


def _headers_of(response: httpcore.Response) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in response.headers:
        name, value = raw_name.decode("ascii").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _capped(chunks: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    taken = 0
    for chunk in chunks:
        taken += len(chunk)
        if taken > max_bytes:
            raise TooLarge(f"The answer is larger than {max_bytes} bytes.")
        yield chunk


def _gunzip(chunks: Iterable[bytes], limits: Limits) -> bytes:
    """Inflate while counting: never more than the cap in memory, never further than the ratio allows."""
    inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    plain = bytearray()
    packed = 0
    for chunk in chunks:
        packed += len(chunk)
        allowed = min(limits.decompressed_bytes, packed * limits.compression_ratio)
        try:
            plain += inflater.decompress(chunk, allowed - len(plain) + 1)
        except zlib.error as failure:
            raise OutboundRefused("The answer's compression is broken.") from failure
        if len(plain) > allowed:
            raise OutboundRefused("The answer blows up when decompressed.")
    if packed and (not inflater.eof or inflater.unused_data):
        raise OutboundRefused("The answer's compression is broken.")
    return bytes(plain)


@contextmanager
def _as_our_errors() -> Iterator[None]:
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as failure:
        raise Unreachable(str(failure) or type(failure).__name__) from failure
