"""The client against real servers on this machine."""

import gzip
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.outbound.http import Limits, OutboundRefused, SafeHttp, Unreachable
from tests.outbound.test_addresses import NOT_PUBLIC


@contextmanager
def serving(answer, tls=None):
    """Serve GET and POST with `answer(handler)`; give the port and the requests seen."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            length = int(self.headers.get("Content-Length", 0))
            seen.append((self.path, dict(self.headers), self.rfile.read(length)))
            answer(self)

        def do_POST(self):
            self.do_GET()

        def log_message(self, *_):
            pass

    class QuietServer(ThreadingHTTPServer):
        def handle_error(self, request, client_address):
            """Say nothing: a client that hangs up is what these tests are about."""

    server = QuietServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1], seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def reply(handler, body=b"", *, status=200, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def client(port, **settings):
    return SafeHttp(allow=frozenset({f"127.0.0.1:{port}"}), **settings)


def test_an_exempt_server_is_asked_with_our_headers_and_body():
    with serving(lambda handler: reply(handler, b"{}", status=202, X_Kind="tool")) as (port, seen):
        answer = client(port).request(
            "POST", f"http://127.0.0.1:{port}/a%2Fb?x=%C3%A4", headers={"X-Ask": "1"}, body=b"hello"
        )

    path, headers, body = seen[0]
    assert (answer.status, answer.body, answer.headers["x-kind"]) == (202, b"{}", "tool")
    assert (path, body, headers["X-Ask"]) == ("/a%2Fb?x=%C3%A4", b"hello", "1")
    assert headers["Host"] == f"127.0.0.1:{port}"


def test_a_compressed_answer_is_unpacked():
    packed = gzip.compress(b"chair " * 100)

    with serving(lambda handler: reply(handler, packed, Content_Encoding="gzip")) as (port, _):
        answer = client(port).request("GET", f"http://127.0.0.1:{port}/")

    assert answer.body == b"chair " * 100


@pytest.mark.parametrize(
    "url",
    [
        "http://partner.example/",
        "https://partner.example:8443/",
        "https://user:secret@partner.example/",
        "https://user@partner.example/",
        "ftp://partner.example/",
        "file:///etc/passwd",
        "https:///path",
        "https://partner.example:99999/",
        "https://partner.example /",
        "https://partner.example\\@127.0.0.1/",
        "https://pärtner.example/",
        "https://partner.example/\r\nHost: other",
        "//partner.example/",
        "",
    ],
)
def test_only_plain_https_addresses_are_called(url):
    def never(host, port):
        pytest.fail(f"{host}:{port} was looked up")

    with pytest.raises(OutboundRefused):
        SafeHttp(resolver=never).request("GET", url)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://localhost/",
    ],
)
def test_an_address_that_means_this_machine_is_refused_in_every_spelling(url):
    with pytest.raises(OutboundRefused, match="not public"):
        SafeHttp().request("GET", url)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_name_that_leads_to_such_an_address_is_refused_before_anything_is_connected(address, monkeypatch):
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", lambda *_, **__: pytest.fail("connected"))

    with pytest.raises(OutboundRefused, match="not public"):
        SafeHttp(resolver=lambda *_: [address]).request("GET", "https://partner.example/")


def test_a_name_with_one_inner_address_among_public_ones_is_refused():
    guarded = SafeHttp(resolver=lambda *_: ["93.184.216.34", "10.0.0.7"])

    with pytest.raises(OutboundRefused, match="not public"):
        guarded.request("GET", "https://partner.example/")


def test_a_name_that_changes_its_address_after_the_look_is_not_looked_up_again():
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    looked_up = []

    def rebinding(host, port):
        looked_up.append(host)
        return next(answers)

    with serving(lambda handler: reply(handler, b"checked")) as (port, seen):
        guarded = SafeHttp(allow=frozenset({f"partner.example:{port}"}), resolver=rebinding)
        answer = guarded.request("GET", f"http://partner.example:{port}/")

    assert answer.body == b"checked"
    assert looked_up == ["partner.example"]
    assert seen[0][1]["Host"] == f"partner.example:{port}"


def test_a_dead_first_address_gives_way_to_the_next():
    with serving(lambda handler: reply(handler, b"second")) as (port, _):
        guarded = SafeHttp(
            allow=frozenset({f"partner.example:{port}"}), resolver=lambda *_: ["127.0.0.9", "127.0.0.1"]
        )
        answer = guarded.request("GET", f"http://partner.example:{port}/")

    assert answer.body == b"second"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_not_followed(status):
    with (
        serving(lambda handler: reply(handler, status=status, Location="/inner")) as (port, seen),
        pytest.raises(OutboundRefused, match="redirect"),
    ):
        client(port).request("GET", f"http://127.0.0.1:{port}/")

    assert len(seen) == 1


def test_an_answer_larger_than_asked_for_is_refused():
    with serving(lambda handler: reply(handler, b"x" * 1001)) as (port, _):
        assert len(client(port).request("GET", f"http://127.0.0.1:{port}/", max_bytes=1001).body) == 1001
        with pytest.raises(OutboundRefused, match="larger"):
            client(port).request("GET", f"http://127.0.0.1:{port}/", max_bytes=1000)


def test_an_answer_without_end_is_cut_at_the_cap():
    def flood(handler):
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 65536)

    with serving(flood) as (port, _), pytest.raises(OutboundRefused, match="larger"):
        client(port).request("GET", f"http://127.0.0.1:{port}/", max_bytes=100_000)


def test_a_compressed_answer_that_blows_up_is_refused():
    bomb = gzip.compress(b"\0" * 20_000_000)

    with serving(lambda handler: reply(handler, bomb, Content_Encoding="gzip")) as (port, _):
        with pytest.raises(OutboundRefused, match="blows up"):
            client(port).request("GET", f"http://127.0.0.1:{port}/")
        generous = Limits(compression_ratio=2000, decompressed_bytes=1_000_000)
        with pytest.raises(OutboundRefused, match="blows up"):
            client(port, limits=generous).request("GET", f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "body",
    [b"not gzip at all", gzip.compress(b"cut off", mtime=0)[:-4], gzip.compress(b"one", mtime=0) + b"tail"],
)
def test_broken_compression_is_refused(body):
    with (
        serving(lambda handler: reply(handler, body, Content_Encoding="gzip")) as (port, _),
        pytest.raises(OutboundRefused, match="compression is broken"),
    ):
        client(port).request("GET", f"http://127.0.0.1:{port}/")


def test_an_encoding_nobody_asked_for_is_refused():
    with (
        serving(lambda handler: reply(handler, b"x", Content_Encoding="br")) as (port, _),
        pytest.raises(OutboundRefused, match="encoded"),
    ):
        client(port).request("GET", f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("slow_part", ["headers", "body"])
def test_dripping_bytes_buys_no_time_beyond_the_total(slow_part):
    def drip(handler):
        if slow_part == "body":
            handler.send_response(200)
            handler.end_headers()
        else:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(200):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    impatient = Limits(first_byte_seconds=0.3, total_seconds=0.5)
    with serving(drip) as (port, _):
        begun = time.monotonic()
        with pytest.raises(Unreachable):
            client(port, limits=impatient).request("GET", f"http://127.0.0.1:{port}/")
        assert time.monotonic() - begun < 6


def test_a_server_that_accepts_and_never_answers_is_unreachable():
    release = threading.Event()
    with serving(lambda _: release.wait(5)) as (port, _):
        with pytest.raises(Unreachable):
            client(port, limits=Limits(first_byte_seconds=0.1)).request("GET", f"http://127.0.0.1:{port}/")
        release.set()


def test_nobody_listening_is_unreachable():
    with serving(reply) as (port, _):
        pass

    with pytest.raises(Unreachable):
        client(port).request("GET", f"http://127.0.0.1:{port}/")


def test_a_name_that_does_not_exist_is_unreachable():
    with pytest.raises(Unreachable, match="resolved"):
        SafeHttp().request("GET", "https://nobody.invalid/")


def test_something_that_is_not_http_is_unreachable():
    with (
        serving(lambda handler: handler.wfile.write(b"220 smtp.example ESMTP\r\n")) as (port, _),
        pytest.raises(Unreachable),
    ):
        client(port).request("GET", f"http://127.0.0.1:{port}/")


def test_the_environments_proxy_is_ignored(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    with serving(lambda handler: reply(handler, b"direct")) as (port, _):
        assert client(port).request("GET", f"http://127.0.0.1:{port}/").body == b"direct"


@pytest.mark.parametrize("name", ["Host", "accept-encoding", "Content-Length", "Transfer-Encoding"])
def test_a_caller_cannot_set_what_frames_the_request(name):
    with serving(reply) as (port, seen), pytest.raises(OutboundRefused):
        client(port).request("GET", f"http://127.0.0.1:{port}/", headers={name: "other"})

    assert not seen


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Make a certificate for leipzig.example that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "leipzig.example")])
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begun - timedelta(days=3650))
        .not_valid_after(begun + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("leipzig.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "leipzig.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


def test_the_certificate_is_checked_against_the_name_and_not_the_address(certificate):
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate)
    asked_for = []
    server_side.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    trusting = ssl.create_default_context(cafile=certificate)

    with serving(lambda handler: reply(handler, b"secret"), tls=server_side) as (port, seen):
        allowed = frozenset({f"leipzig.example:{port}", f"halle.example:{port}"})
        here = SafeHttp(allow=allowed, resolver=lambda *_: ["127.0.0.1"], tls=trusting)
        answer = here.request("GET", f"https://leipzig.example:{port}/")
        with pytest.raises(Unreachable):
            here.request("GET", f"https://halle.example:{port}/")
        with pytest.raises(Unreachable):
            SafeHttp(allow=allowed, resolver=lambda *_: ["127.0.0.1"]).request(
                "GET", f"https://leipzig.example:{port}/"
            )

    assert answer.body == b"secret"
    assert asked_for[0] == "leipzig.example"
    assert len(seen) == 1


def test_headers_without_end_are_cut_off_at_the_limit():
    taken = []

    def endless(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        try:
            for number in range(10_000):
                handler.wfile.write(b"X-%d: %s\r\n" % (number, b"y" * 1000))
                taken.append(number)
        except OSError:
            return

    with serving(endless) as (port, _), pytest.raises(Unreachable, match="headers"):
        client(port).request("GET", f"http://127.0.0.1:{port}/")


def test_headers_just_below_the_limit_are_read():
    with serving(lambda handler: reply(handler, b"fine", X_Long="y" * 15_000)) as (port, _):
        assert client(port).request("GET", f"http://127.0.0.1:{port}/").body == b"fine"


def test_announcements_without_an_answer_are_cut_off_too():
    def early_hints_for_ever(handler):
        with suppress(OSError):
            while True:
                handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")

    with serving(early_hints_for_ever) as (port, _), pytest.raises(Unreachable, match="headers"):
        client(port).request("GET", f"http://127.0.0.1:{port}/")


def test_an_answer_slower_than_the_least_is_given_up_long_before_the_deadline():
    def drip(handler):
        handler.send_response(200)
        handler.end_headers()
        with suppress(OSError):
            for _ in range(400):
                handler.wfile.write(b"x")
                handler.wfile.flush()
                time.sleep(0.02)

    with serving(drip) as (port, _):
        begun = time.monotonic()
        with pytest.raises(Unreachable):
            client(port, limits=Limits(grace_seconds=0.3)).request("GET", f"http://127.0.0.1:{port}/")
        assert time.monotonic() - begun < 6


def test_a_name_whose_look_up_hangs_costs_no_more_than_a_connection():
    release = threading.Event()
    patient = SafeHttp(resolver=lambda *_: release.wait(10) and [], limits=Limits(connect_seconds=0.1))

    with pytest.raises(Unreachable, match="looked up in time"):
        patient.request("GET", "https://partner.example/")
    release.set()
