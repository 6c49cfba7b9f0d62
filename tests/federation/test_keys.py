"""The chain of key documents: what leads on, and every way to lead astray."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.federation import keys
from app.federation.keys import (
    Equivocation,
    document_hash,
    extend,
    fingerprint,
    issue,
    request_key,
    to_text,
    verify,
)
from app.federation.problems import KeyExpired, KeysRefused, KeyUnknown
from app.federation.protocol.v1 import ControlKey, KeyDocument, KeyPayload, RequestKey

CONTROL = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SECOND = Ed25519PrivateKey.from_private_bytes(bytes([2] * 32))
THIEF = Ed25519PrivateKey.from_private_bytes(bytes([9] * 32))
REQUEST = Ed25519PrivateKey.from_private_bytes(bytes([7] * 32))
INSTANCE = "56475aa75463474c0285df5dbf2bcab73da65135"
BEGUN = datetime(2026, 11, 1, tzinfo=UTC)


def payload(version, previous=None, *, control=CONTROL, base="https://leipzig.example/dfp/v1", **changes):
    return KeyPayload(
        **{
            "instance": INSTANCE,
            "v": version,
            "iat": int(BEGUN.timestamp()),
            "prev": None if previous is None else document_hash(previous),
            "control": [ControlKey(kid="c1", x=to_text(control.public_key()))],
            "keys": [
                RequestKey(
                    kid="k1",
                    x=to_text(REQUEST.public_key()),
                    nbf=int(BEGUN.timestamp()),
                    exp=int((BEGUN + timedelta(days=365)).timestamp()),
                )
            ],
            "base": base,
            "revoked": [],
            **changes,
        }
    )


def chain_of(length, **changes):
    documents = [issue(payload(1), kid="c1", key=CONTROL)]
    for version in range(2, length + 1):
        documents.append(issue(payload(version, documents[-1], **changes), kid="c1", key=CONTROL))
    return documents


def test_an_instance_is_the_fingerprint_of_its_first_key():
    assert fingerprint(CONTROL.public_key()) == INSTANCE


def test_a_chain_is_followed_to_its_latest_document():
    chain = verify(chain_of(3, base="https://new.example/dfp/v1"), instance=INSTANCE)

    assert (chain.latest.v, chain.latest.base) == (3, "https://new.example/dfp/v1")


def test_a_chain_of_another_instance_is_refused():
    with pytest.raises(KeysRefused):
        verify(chain_of(1), instance="0" * 40)


def test_a_chain_that_claims_the_instance_with_another_key_is_refused():
    forged = issue(payload(1, control=THIEF), kid="c1", key=THIEF)

    with pytest.raises(KeysRefused):
        verify([forged], instance=INSTANCE)


def test_a_second_control_key_beside_that_of_the_instance_cannot_speak_for_it():
    stowaway = ControlKey(kid="c2", x=to_text(THIEF.public_key()))
    both = payload(1).model_copy(update={"control": [*payload(1).control, stowaway]})

    with pytest.raises(KeysRefused):
        verify([issue(both, kid="c2", key=THIEF)], instance=INSTANCE)
    assert verify([issue(both, kid="c1", key=CONTROL)], instance=INSTANCE)


def forged(documents):
    return [*documents[:2], issue(payload(3, documents[1]), kid="c1", key=THIEF)]


def skipped_version(documents):
    return [*documents[:2], issue(payload(4, documents[1]), kid="c1", key=CONTROL)]


def skipped_document(documents):
    return [documents[0], documents[2]]


def wrong_prev(documents):
    return [*documents[:2], issue(payload(3, documents[0]), kid="c1", key=CONTROL)]


def no_prev(documents):
    return [*documents[:2], issue(payload(3), kid="c1", key=CONTROL)]


def other_instance(documents):
    return [*documents[:2], issue(payload(3, documents[1], instance="0" * 40), kid="c1", key=CONTROL)]


def unknown_control_key(documents):
    return [*documents[:2], issue(payload(3, documents[1]), kid="c9", key=CONTROL)]


def altered_payload(documents):
    last = documents[2]
    return [*documents[:2], KeyDocument(payload="A" + last.payload[1:], kid=last.kid, sig=last.sig)]


def headless(documents):
    return documents[1:]


def empty(_documents):
    return []


@pytest.mark.parametrize(
    "break_it",
    [
        forged,
        skipped_version,
        skipped_document,
        wrong_prev,
        no_prev,
        other_instance,
        unknown_control_key,
        altered_payload,
        headless,
        empty,
    ],
)
def test_a_broken_chain_is_refused(break_it):
    with pytest.raises(KeysRefused):
        verify(break_it(chain_of(3)), instance=INSTANCE)


def test_a_document_may_hand_the_control_to_another_key():
    documents = chain_of(1)
    documents.append(issue(payload(2, documents[0], control=SECOND), kid="c1", key=CONTROL))
    documents.append(issue(payload(3, documents[1], control=SECOND), kid="c1", key=SECOND))

    assert verify(documents, instance=INSTANCE).latest.v == 3

    by_the_old_key = issue(payload(4, documents[2], control=SECOND), kid="c1", key=CONTROL)
    with pytest.raises(KeysRefused):
        verify([*documents, by_the_old_key], instance=INSTANCE)


@pytest.mark.parametrize("start", [0, 1, 2, 3])
def test_a_known_chain_is_continued_by_the_whole_or_by_its_end(start):
    documents = chain_of(4)
    pinned = verify(documents[:2], instance=INSTANCE)

    if start <= 2:
        assert extend(pinned, documents[start:]).latest.v == 4
    else:
        with pytest.raises(KeysRefused):
            extend(pinned, documents[start:])


def test_the_same_chain_again_changes_nothing():
    pinned = verify(chain_of(2), instance=INSTANCE)

    assert extend(pinned, chain_of(2)) == pinned


def test_an_older_chain_is_a_rollback():
    pinned = verify(chain_of(3), instance=INSTANCE)

    with pytest.raises(KeysRefused):
        extend(pinned, chain_of(2))


def test_two_documents_of_one_version_are_equivocation():
    documents = chain_of(3)
    pinned = verify(documents, instance=INSTANCE)
    other = issue(payload(3, documents[1], base="https://thief.example/dfp/v1"), kid="c1", key=CONTROL)

    with pytest.raises(Equivocation):
        extend(pinned, [*documents[:2], other])
    with pytest.raises(Equivocation):
        extend(pinned, [*documents[:2], other, issue(payload(4, other), kid="c1", key=CONTROL)])


def test_a_request_key_is_valid_between_its_two_times():
    chain = verify(chain_of(1), instance=INSTANCE)

    assert request_key(chain, "k1", at=BEGUN) == REQUEST.public_key()
    for outside in (BEGUN - timedelta(seconds=1), BEGUN + timedelta(days=365, seconds=1)):
        with pytest.raises(KeyExpired):
            request_key(chain, "k1", at=outside)


def test_a_revoked_or_unknown_request_key_is_refused():
    documents = chain_of(1)
    documents.append(issue(payload(2, documents[0], revoked=["k1"]), kid="c1", key=CONTROL))
    chain = verify(documents, instance=INSTANCE)

    for kid in ("k1", "k2"):
        with pytest.raises(KeyUnknown):
            request_key(chain, kid, at=BEGUN)


def raw_document(text):
    signature = CONTROL.sign(b"dfp-keys-1." + text.encode())
    return KeyDocument(payload=text, kid="c1", sig=keys._to_base64url(signature))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"not json",
        b'{"v":1,"v":1}',
        payload(1).model_copy(update={"control": []}).model_dump_json().encode(),
    ],
)
def test_a_payload_that_says_something_else_is_refused(content):
    with pytest.raises(KeysRefused):
        verify([raw_document(keys._to_base64url(content) or "A")], instance=INSTANCE)


def test_a_key_of_another_length_is_refused():
    short = payload(1, control=CONTROL, keys=[RequestKey(kid="k1", x="AAAA", nbf=0, exp=1)])

    with pytest.raises(KeysRefused):
        verify([issue(short, kid="c1", key=CONTROL)], instance=INSTANCE)
