"""Signatures, keys, replays, and the end (T-34 to T-43)."""

import hashlib
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.conformance import wire
from app.conformance.bench import OK, Bench, Rule, require
from app.conformance.wire import Answer, Oddities

_FEW: Final = 5
"""Readings that twenty notices may cause: one or two, and some patience."""
_TARGET: Final = "/feeds/listing?limit=7"
_PAGE: Final = ["@method", "@target-uri"]


def altered(bench: Bench) -> None:
    partner = bench.need_partner()
    url = bench.base + _TARGET
    require(partner.ask("GET", url).status == OK, "a good request is refused")
    for what, sign_as in (
        ("signed for another path", bench.base + "/feeds/request?limit=7"),
        ("signed for another query", bench.base + "/feeds/listing?limit=8"),
        ("signed without the query", bench.base + "/feeds/listing"),
        ("signed with another escape", bench.base + "/feeds/listing?limit=%37"),
    ):
        _unauthorised(partner.ask("GET", url, sign_as=sign_as), what)
    for what, odd in (
        ("that covers less", Oddities(covered=["@target-uri"])),
        ("that covers it in another order", Oddities(covered=["@target-uri", "@method"])),
        ("that covers the path instead of the target", Oddities(covered=["@method", "@path"])),
        ("of another label", Oddities(label="sig1")),
        ("of another tag", Oddities(params={"tag": "dfp2"})),
        ("of another algorithm", Oddities(params={"alg": "rsa-v1_5-sha256"})),
        ("without a nonce", Oddities(params={"nonce": None})),
        ("without an expiry", Oddities(params={"expires": None})),
        ("with a short nonce", Oddities(params={"nonce": "c2hvcnQ"})),
    ):
        _unauthorised(partner.ask("GET", url, odd=odd), f"a signature {what}")
    _unauthorised(partner.ask("GET", url, alter=_other_signature), "a signature with one bit changed")
    other = partner.ask("GET", bench.base + "/pairings/self", alter=_unsigned)
    require(other.code == "signature-missing", f"an unsigned request answers {other}")


def altered_bodies(bench: Bench) -> None:
    """Judged with a claim, which partners may repeat."""
    partner = bench.need_partner()
    url, claim = f"{bench.base}/pairings", partner.told(bench.open_invite())
    require(partner.ask("POST", url, claim).status == OK, "a good claim, repeated, is refused")

    def with_other_digest(signed: dict[str, str], raw: bytes) -> bytes:
        signed["content-digest"] = wire.content_digest(raw + b" ")
        return raw + b" "

    sha512 = wire.content_digest(wire.to_json(claim), "sha512")
    for what, alter in (
        ("with one byte more", lambda _signed, raw: raw + b" "),
        ("with another byte", lambda _signed, raw: raw.replace(b"conformance", b"Conformance", 1)),
        ("with another digest", with_other_digest),
        ("without its body", lambda _signed, _raw: b""),
        ("of another content type", _as_text),
        ("signed as a PUT", _signed_as_put(bench, url)),
    ):
        _unauthorised(partner.ask("POST", url, claim, alter=alter), f"a claim {what}")
    for what, odd in (
        ("whose body is not covered", Oddities(covered=_PAGE)),
        ("with a digest of another function", Oddities(digest=sha512)),
    ):
        _unauthorised(partner.ask("POST", url, claim, odd=odd), f"a claim {what}")


def clocks(bench: Bench) -> None:
    partner = bench.need_partner()
    url = bench.base + _TARGET
    for seconds in (-290, 290):
        answer = partner.ask("GET", url, at=partner.now() + seconds)
        require(answer.status == OK, f"a clock {seconds} s away is refused: {answer}")
    for seconds in (-310, 310, -86_400):
        answer = partner.ask("GET", url, at=partner.now() + seconds)
        require(
            (answer.status, answer.code) == (401, "clock-skew"),
            f"a clock {seconds} s away answers {answer}, not 401 clock-skew",
        )
        require("date" in answer.headers, "who is told of the clock is not told the time")


def elsewhere(bench: Bench) -> None:
    partner = bench.need_partner()
    other = f"https://elsewhere.example/dfp/v1{_TARGET}"
    answer = partner.ask("GET", bench.base + _TARGET, sign_as=other)
    _unauthorised(answer, "a request signed for another instance")


def spoofed_host(bench: Bench) -> None:
    partner = bench.need_partner()
    url, other = bench.base + _TARGET, f"https://elsewhere.example/dfp/v1{_TARGET}"
    spoof = {
        "X-Forwarded-Host": "elsewhere.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=elsewhere.example",
    }
    for headers in (spoof, {**spoof, "Host": "elsewhere.example"}):
        answer = partner.ask("GET", url, sign_as=other, headers=headers)
        require(answer.status != OK, f"the address is taken from {', '.join(headers)}")
    answer = partner.ask("GET", url, headers=spoof)
    require(answer.status == OK, f"a good request with foreign X-Forwarded headers answers {answer}")


def replayed_notices(bench: Bench) -> None:
    bench.need_notices()
    before = len(bench.origin.readings())
    answers = [bench.ask("POST", "/notify", {"kind": "listing"}) for _ in range(20)]
    heard = {HTTPStatus.ACCEPTED, HTTPStatus.TOO_MANY_REQUESTS}
    require({answer.status for answer in answers} <= heard, "repeated notices are refused")
    readings = len(bench.origin.readings()) - before
    require(readings <= _FEW, f"20 notices make it read {readings} times")
    unknown = bench.ask("POST", "/notify", {"kind": "weather", "unheard_of": 1})
    require(unknown.status == HTTPStatus.ACCEPTED, f"a notice of an unknown kind answers {unknown}")


def forged_keys(bench: Bench) -> None:
    partner = bench.need_partner()
    thief = Ed25519PrivateKey.generate()
    public = wire.to_64(thief.public_key().public_bytes_raw())
    stolen: dict[str, Any] = {"keys": [{"kid": "k9", "x": public, "nbf": 0, "exp": 2**40}]}
    good = partner.documents
    wrong_prev: dict[str, Any] = {"prev": hashlib.sha256(b"nothing").hexdigest()}
    for what, documents in (
        ("signed by another key", [*good, partner.document(key=thief, **stolen)]),
        ("that skips a version", [*good, partner.document(v=len(good) + 2, **stolen)]),
        ("that names another predecessor", [*good, partner.document(**stolen, **wrong_prev)]),
        ("without a predecessor", [*good, partner.document(**stolen, prev=None)]),
    ):
        _offer(bench, documents)
        partner.keys["k9"] = thief
        answer = partner.ask("GET", bench.base + _TARGET, kid="k9")
        del partner.keys["k9"]
        require(answer.status != OK, f"a key of a document {what} is believed")
    true = partner.ask("GET", bench.base + _TARGET)
    require(true.status == OK, "after forged documents the true key is refused")


def new_key(bench: Bench) -> None:
    partner = bench.need_partner()
    partner.keys["k2"] = Ed25519PrivateKey.generate()
    partner.documents.append(partner.document())
    _offer(bench, partner.documents)
    bench.until(lambda: _with_key(bench, "k2").status == OK, "a new key of a good document is not accepted")
    answer = _with_key(bench, "k1")
    require(answer.status == OK, f"beside a new key the old one answers {answer}")
    partner.kid = "k2"


def revoked_key(bench: Bench) -> None:
    partner = bench.need_partner()
    require(partner.kid == "k2", "there is no second key to go on with")
    partner.documents.append(partner.document(revoked=["k1"]))
    _offer(bench, partner.documents)
    bench.until(
        lambda: _with_key(bench, "k1").code == "key-unknown", "a revoked key does not hear key-unknown"
    )
    answer = _with_key(bench, "k2")
    require(answer.status == OK, f"after a revocation the other key answers {answer}")


def _with_key(bench: Bench, kid: str) -> Answer:
    return bench.partner.ask("GET", bench.base + _TARGET, kid=kid)


def _offer(bench: Bench, documents: list[dict[str, str]]) -> None:
    """Have it read key documents: by a notice, or, where it takes none, at its daily look."""
    partner, kept = bench.partner, bench.partner.documents
    if bench.offers("L2"):
        bench.ask("POST", "/notify", {"kind": "keys", "urgent": True, "docs": documents})
        return
    known = bench.origin.asked_for("/keys")
    partner.documents = documents
    bench.turn_clock(25 * 3600)
    bench.until(lambda: bench.origin.asked_for("/keys") > known, "a day later our keys are not read again")
    time.sleep(0.3)  # what it read is on its way
    partner.documents = kept


def own_rotation(bench: Bench) -> None:
    bench.need_partner()
    bench.hands().do("rotate-key")
    documents = wire.send("GET", f"{bench.base}/keys").json()["docs"]
    require(
        documents[: len(bench.documents)] == bench.documents, "its chain does not go on from the one before"
    )
    require(len(documents) > len(bench.documents), "there is no new key document")
    says = wire.follow(documents, bench.says["instance"])
    old = {key["x"] for key in bench.keys["keys"]}
    new = {key["x"] for key in says["keys"]}
    require(new - old, "the new document lists no new key")
    require(new & old, "the old key is gone at once: requests under way are refused")
    bench.documents, bench.keys = documents, says


def two_truths(bench: Bench) -> None:
    second = bench.need_second()
    bench.need_notices()
    one, other = second.document(), second.document(base="https://elsewhere.example/dfp/v1")
    for document in (one, other):
        notice = {"kind": "keys", "urgent": True, "docs": [second.documents[0], document]}
        bench.ask("POST", "/notify", notice, who=second)
    answer = bench.ask("GET", _TARGET, who=second)
    bench.second_paired = False
    require(
        (answer.status, answer.code) == (403, "suspended"),
        f"an instance with two documents of one version answers {answer}, not 403 suspended",
    )


def the_end(bench: Bench) -> None:
    bench.need_partner()
    left = bench.ask("DELETE", "/pairings/self")
    require(left.status == HTTPStatus.NO_CONTENT, f"DELETE pairings/self answers {left}")
    after = bench.ask("GET", _TARGET)
    require(
        (after.status, after.code) in ((410, "pairing-ended"), (403, "not-partner")),
        f"after the end the feed answers {after}",
    )
    again = bench.ask("DELETE", "/pairings/self")
    require(again.status < HTTPStatus.INTERNAL_SERVER_ERROR, "ending it twice is a mistake")
    bench.ended = True


def _unauthorised(answer: Answer, what: str) -> None:
    require(answer.status == HTTPStatus.UNAUTHORIZED, f"{what} answers {answer}, not 401")


def _other_signature(signed: dict[str, str], raw: bytes) -> bytes:
    at = signed["signature"].index(":") + 3
    was = signed["signature"][at]
    signed["signature"] = (
        signed["signature"][:at] + ("A" if was != "A" else "B") + signed["signature"][at + 1 :]
    )
    return raw


def _unsigned(signed: dict[str, str], raw: bytes) -> bytes:
    signed.clear()
    return raw


def _as_text(signed: dict[str, str], raw: bytes) -> bytes:
    signed["content-type"] = "text/plain"
    return raw


def _signed_as_put(bench: Bench, url: str) -> Callable[[dict[str, str], bytes], bytes]:
    def alter(signed: dict[str, str], raw: bytes) -> bytes:
        partner = bench.partner
        key_id = f"{partner.instance}/{partner.kid}"
        signed |= wire.sign("PUT", url, raw, key=partner.keys[partner.kid], key_id=key_id, at=partner.now())
        return raw

    return alter


RULES: Final = (
    Rule(
        "T-38",
        "A request of which any part was altered, or that is signed in another way, is refused",
        altered,
    ),
    Rule("T-38 body", "So is one with another body, digest, type or method", altered_bodies),
    Rule("T-38 clock", "Five minutes of difference between clocks are borne, more are not", clocks),
    Rule("T-39", "A request signed for another instance is refused", elsewhere),
    Rule("T-40", "Repeated notices have no effect beyond a look", replayed_notices),
    Rule("T-41", "The address is the configured one, whatever Host and X-Forwarded say", spoofed_host),
    Rule("T-34", "Key documents that do not continue the chain are not believed", forged_keys),
    Rule("T-35", "A new key works beside the old one", new_key),
    Rule("T-36", "A revoked key is refused", revoked_key),
    Rule(
        "T-35 own",
        "Its own new key comes in a document that continues its chain, beside the old key",
        own_rotation,
    ),
    Rule("T-34 two", "Two documents of one version suspend the partnership", two_truths),
)
ENDING: Final = (Rule("T-43", "After the end the feed is closed, and ending it twice is harmless", the_end),)
