"""The one signature profile: the published vector, every altered part, and an independent library."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, MappingKeyResolver
from http_message_signatures.algorithms import ED25519
from hypothesis import given
from hypothesis import strategies as st

from app.federation.problems import ClockSkew, ProtocolProblem, SignatureInvalid, SignatureMissing
from app.federation.signatures import KeyId, Request, read_claim, sign, target_uri, verify
from app.kernel.clock import SystemClock

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY_ID = KeyId("56475aa75463474c0285df5dbf2bcab73da65135", "k1")
NOW = datetime.fromtimestamp(1795397116, UTC)
NONCE = "MDEyMzQ1Njc4OWFiY2RlZg"
URI = "https://halle.example/dfp/v1/notify?x=a%2Fb&y=%C3%A4"
NOTIFY = Request(
    "POST", URI, {"content-type": "application/json"}, b'{"kind":"listing","head":42,"urgent":false}'
)
PULL = Request("GET", "https://halle.example/dfp/v1/feeds/listing?after=e3.0.7&limit=500", {})

BASE = b"""\
"@method": POST
"@target-uri": https://halle.example/dfp/v1/notify?x=a%2Fb&y=%C3%A4
"content-type": application/json
"content-digest": sha-256=:6Zvh87p5y0LKMjV6NWGBFR8V8d/BvrEQRihMPjCFXIU=:
"@signature-params": ("@method" "@target-uri" "content-type" "content-digest");created=1795397116;expires=1795397416;nonce="MDEyMzQ1Njc4OWFiY2RlZg";keyid="56475aa75463474c0285df5dbf2bcab73da65135/k1";alg="ed25519";tag="dfp1\""""
SIGNATURE = "DohglmM3Y5bxpKITnIMP32OUi0lkFXw8CF9/L/u06A7U/eE1X6qrbdXzfy/X/klZXF8ACflyAQg/KGQDYZjaBA=="


def signed(request=NOTIFY, *, now=NOW, nonce=None):
    added = sign(request, key=KEY, key_id=KEY_ID, now=now, nonce=nonce)
    return replace(request, headers={**request.headers, **added})


def accept(request, *, now=NOW):
    claim = read_claim(request, now=now)
    verify(claim, KEY.public_key())
    return claim


def test_the_published_vector_is_reproduced_byte_for_byte():
    request = signed(nonce=NONCE)

    claim = accept(request)

    assert claim.base == BASE
    assert request.headers["signature"] == f"dfp=:{SIGNATURE}:"
    assert (claim.key, claim.nonce) == (KEY_ID, NONCE)


@pytest.mark.parametrize("request_", [NOTIFY, PULL], ids=["with a body", "without a body"])
def test_what_we_sign_we_accept(request_):
    assert accept(signed(request_)).key == KEY_ID


def test_every_signature_has_its_own_nonce():
    assert accept(signed()).nonce != accept(signed()).nonce


ALTERED = {
    "method": {"method": "PUT"},
    "path": {"target_uri": URI.replace("notify", "Notify")},
    "host": {"target_uri": URI.replace("halle", "leipzig")},
    "scheme": {"target_uri": URI.replace("https", "http")},
    "query order": {"target_uri": "https://halle.example/dfp/v1/notify?y=%C3%A4&x=a%2Fb"},
    "case of an escape": {"target_uri": URI.replace("%2F", "%2f")},
    "escape undone": {"target_uri": URI.replace("%2F", "/")},
    "query dropped": {"target_uri": URI.partition("?")[0]},
    "body": {"body": NOTIFY.body.replace(b"42", b"43")},
    "body emptied": {"body": b""},
}


@pytest.mark.parametrize("change", ALTERED.values(), ids=ALTERED.keys())
def test_an_altered_request_is_refused(change):
    with pytest.raises(SignatureInvalid):
        accept(replace(signed(), **change))


@pytest.mark.parametrize(
    ("header", "old", "new"),
    [
        ("content-type", "application/json", "text/json"),
        ("content-digest", "6Zvh", "7Zvh"),
        ("content-digest", "sha-256", "sha-512"),
        ("signature-input", "dfp=", "pyhms="),
        ("signature-input", 'tag="dfp1"', 'tag="dfp2"'),
        ("signature-input", 'alg="ed25519"', 'alg="hmac-sha256"'),
        ("signature-input", ';alg="ed25519"', ""),
        ("signature-input", ';tag="dfp1"', ""),
        ("signature-input", ";expires=1795397416", ""),
        ("signature-input", "created=1795397116", 'created="1795397116"'),
        ("signature-input", "created=1795397116", "created=1795397116.5"),
        ("signature-input", 'tag="dfp1"', 'tag="dfp1";extra'),
        ("signature-input", f'nonce="{NONCE}"', 'nonce="c2hvcnQ"'),
        ("signature-input", f'nonce="{NONCE}"', 'nonce="!!!!!!!!!!!!!!!!!!!!!!!!!!"'),
        ("signature-input", "/k1", ""),
        ("signature-input", "/k1", "/k2"),
        ("signature-input", ' "content-digest"', ""),
        ("signature-input", '"@method" ', ""),
        ("signature-input", '"@method" "@target-uri"', '"@target-uri" "@method"'),
        ("signature-input", '"content-digest")', '"content-digest" "date")'),
        ("signature-input", '"@method" ', '"@method";req '),
        ("signature-input", '("@method"', '(("@method"'),
        ("signature-input", "dfp=(", "other=(), dfp=("),
        ("signature", ":", ""),
        ("signature", "Dohg", "Eohg"),
        ("signature", "dfp=", "dfp=:AA==:, dfp="),
        ("signature", "dfp=", "ä="),
    ],
)
def test_an_altered_header_is_refused(header, old, new):
    request = signed(nonce=NONCE)
    assert old in request.headers[header]

    with pytest.raises(SignatureInvalid):
        accept(
            replace(request, headers={**request.headers, header: request.headers[header].replace(old, new)})
        )


@pytest.mark.parametrize("header", ["signature", "signature-input"])
def test_an_unsigned_request_is_told_so(header):
    request = signed()

    with pytest.raises(SignatureMissing):
        accept(replace(request, headers={name: v for name, v in request.headers.items() if name != header}))


def test_a_body_without_its_digest_is_refused():
    request = signed()

    with pytest.raises(SignatureInvalid):
        accept(replace(request, headers={n: v for n, v in request.headers.items() if n != "content-digest"}))


@pytest.mark.parametrize("seconds", [-299, -300, 0, 299, 300])
def test_clocks_may_differ_by_five_minutes(seconds):
    assert accept(signed(), now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-301, 301, 86400])
def test_clocks_may_not_differ_by_more(seconds):
    with pytest.raises(ClockSkew):
        accept(signed(), now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("created", [10**14, -(10**14)])
def test_a_time_outside_the_calendar_is_refused(created):
    request = signed()
    wild = request.headers["signature-input"].replace("created=1795397116", f"created={created}")

    with pytest.raises(ClockSkew):
        accept(replace(request, headers={**request.headers, "signature-input": wild}))


def test_another_key_does_not_verify():
    claim = read_claim(signed(), now=NOW)

    with pytest.raises(SignatureInvalid):
        verify(claim, Ed25519PrivateKey.generate().public_key())


def test_the_target_is_built_from_the_configured_address_and_the_raw_request_line():
    assert target_uri("https://halle.example/dfp/v1", b"/dfp/v1/notify", b"x=a%2Fb&y=%C3%A4") == URI
    assert target_uri("https://halle.example", b"/dfp/v1/keys", b"") == "https://halle.example/dfp/v1/keys"


@given(st.text(max_size=400), st.text(max_size=200))
def test_hostile_headers_are_refused_and_never_crash(signature_input, signature):
    request = replace(
        NOTIFY, headers={**NOTIFY.headers, "signature-input": signature_input, "signature": signature}
    )

    with pytest.raises(ProtocolProblem):
        accept(request)


def message_of(request):
    """Give the shape the independent library reads."""
    return SimpleNamespace(method=request.method, url=request.target_uri, headers=dict(request.headers))


def keys_of_the_library():
    return MappingKeyResolver(public_keys={str(KEY_ID): KEY.public_key()}, private_keys={str(KEY_ID): KEY})


@pytest.mark.parametrize("request_", [NOTIFY, PULL], ids=["with a body", "without a body"])
def test_an_independent_library_accepts_what_we_sign(request_):
    request = signed(request_, now=SystemClock().now())

    (result,) = HTTPMessageVerifier(signature_algorithm=ED25519, key_resolver=keys_of_the_library()).verify(
        message_of(request),
        expect_tag="dfp1",
        expect_label="dfp",
        require_components=("@method", "@target-uri"),
        body=request.body,
    )

    assert result.parameters["keyid"] == str(KEY_ID)


@pytest.mark.parametrize("request_", [NOTIFY, PULL], ids=["with a body", "without a body"])
def test_we_accept_what_an_independent_library_signs(request_):
    foreign = message_of(request_)
    covered = (
        ("@method", "@target-uri", "content-type", "content-digest")
        if request_.body
        else ("@method", "@target-uri")
    )
    if request_.body:
        foreign.headers["content-digest"] = signed(request_).headers["content-digest"]

    HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=keys_of_the_library()).sign(
        foreign,
        key_id=str(KEY_ID),
        created=NOW,
        expires=NOW + timedelta(seconds=300),
        nonce=NONCE,
        label="dfp",
        tag="dfp1",
        covered_component_ids=covered,
        body=request_.body or None,
        use_existing_digest=bool(request_.body),
    )

    assert accept(replace(request_, headers={n.lower(): v for n, v in foreign.headers.items()})).key == KEY_ID
