"""The public document of DFP/1 says what the code does: schemas, tables, examples, vectors."""

import base64
import copy
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver
from http_message_signatures.algorithms import ED25519
from http_message_signatures.exceptions import HTTPMessageSignaturesException
from pydantic import ValidationError

from app.bookings.rules.words import Clock, Guard
from app.cli import api_document
from app.cli.protocol_document import MESSAGES
from app.federation import cursor, invites, keys, signatures
from app.federation.problems import BadJson, ProtocolProblem
from app.federation.protocol import strict_json, v1
from app.settings import Settings
from tests.conformance.document import EXAMPLES, TEXT, VECTORS, validator

LEIPZIG = VECTORS["keys"]["leipzig"]
of_every_example = pytest.mark.parametrize(
    ("name", "example"), EXAMPLES, ids=[f"{name}-{n}" for n, (name, _) in enumerate(EXAMPLES)]
)


def named(kind: str) -> Any:
    return pytest.mark.parametrize("vector", VECTORS[kind], ids=lambda vector: str(vector.get("name", "")))


def test_schemas_and_tables_are_what_the_code_says() -> None:
    stale = [
        str(place) for place, text in api_document.protocol().items() if place.read_text("utf-8") != text
    ]

    assert stale == [], "Run `depot openapi` and look at the difference."


def test_every_message_has_an_example() -> None:
    assert {name for name, _ in EXAMPLES} == {*MESSAGES, "invite"}


@of_every_example
def test_every_example_is_taken_by_its_schema_and_by_the_code(name: str, example: Any) -> None:
    if name == "invite":
        text = invites.PREFIX + base64.urlsafe_b64encode(json.dumps(example).encode()).decode().rstrip("=")
        assert invites.decode(text, now=datetime.fromtimestamp(example["exp"], UTC)).token == example["token"]
        return
    assert [error.message for error in validator(name).iter_errors(example)] == []
    taken = MESSAGES[name].model_validate(example)
    assert [error.message for error in validator(name).iter_errors(taken.to_json())] == []


@of_every_example
def test_schema_and_code_refuse_the_same(name: str, example: Any) -> None:
    if name == "invite":
        return
    differ = [
        what
        for what, changed in spoilt(example)
        if validator(name).is_valid(changed) != is_taken(name, changed)
    ]

    assert differ == []


def is_taken(name: str, message: Any) -> bool:
    try:
        MESSAGES[name].model_validate(message)
        if name == "page":
            [v1.Entry.model_validate(item) for item in message["items"]]
    except ValidationError:
        return False
    return True


def spoilt(example: Any) -> Iterator[tuple[str, Any]]:
    """The example with one thing wrong, or one thing more, in every place."""
    for path in places(example):
        *above, last = path
        for what, value in (
            ("left out", None),
            *((f"{wrong!r}", wrong) for wrong in (7.5, "", [], {}, None, True)),
        ):
            changed = copy.deepcopy(example)
            holder = changed
            for step in above:
                holder = holder[step]
            if what == "left out":
                del holder[last]
            else:
                holder[last] = value
            yield f"{path} {what}", changed
    yield "one member more", {**example, "unheard_of": {"a": [1]}}


def places(value: Any) -> Iterator[tuple[Any, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield (name,)
        yield from ((name, *rest) for rest in places(part))


def test_the_examples_of_keys_are_true() -> None:
    chain = keys.verify(
        v1.KeyDocuments.model_validate(dict(EXAMPLES)["keys"]).docs, instance=LEIPZIG["instance"]
    )
    payload = v1.KeyPayload.model_validate(dict(EXAMPLES)["key-payload"])
    ask = v1.PairingAsk.model_validate(dict(EXAMPLES)["pairing-ask"])

    assert payload.prev == keys.document_hash(chain.documents[-1])
    assert keys.verify(ask.docs, instance=ask.instance).latest.base == ask.base


def test_the_page_of_the_example_adds_up() -> None:
    page = dict(EXAMPLES)["page"]
    active = [(item["id"], item["rev"]) for item in page["items"] if item["state"] == "active"]

    assert (page["count"], page["digest"]) == (len(active), cursor.digest_of(active))


def test_every_condition_and_clock_of_the_tables_is_explained() -> None:
    [explained] = re.findall(r"What stands under \*If\*.*?\n\n", TEXT, re.DOTALL)
    told = set(re.findall(r"\| `([a-z_]+)`(?: `([a-z_]+)`)? \|[^|]*\|\n", TEXT))

    assert {word for pair in told for word in pair if word in {*Guard, *Clock}} <= set(
        re.findall(r"`([a-z_]+)`", explained)
    )


def test_the_limits_of_the_document_are_those_of_the_code() -> None:
    [limits] = re.findall(r"## 13\. Limits.*?## 14", TEXT, re.DOTALL)

    for told in (
        f"page | {_spaced(v1.PAGE_ITEMS)} entries, {v1.PAGE_BYTES // 2**20} MiB",
        f"entry | {v1.ENTRY_BYTES // 1024} KiB",
        f"depth of JSON | {strict_json.MAX_DEPTH}",
        f"request body | {v1.BODY_BYTES // 1024} KiB; a notice without documents {v1.NOTIFY_BYTES // 1024} KiB",
        f"key documents | {v1.KEY_DOCUMENTS}, {v1.KEYS_BYTES // 1024} KiB",
        f"cursor | {cursor.MAX_LENGTH} characters",
        f"active entries of one partner | {_spaced(Settings.model_fields['partner_entries'].default)}",
        f"commands of one partner | {Settings.model_fields['federation_commands_a_minute'].default} a minute",
        f"values in one message | {_spaced(strict_json.MAX_VALUES)}",
        f"open requests of one partner | {v1.OPEN_REQUESTS}",
    ):
        assert f"| {told} " in limits or f"| {told}," in limits or f"| {told};" in limits, told


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")


@pytest.mark.parametrize("who", VECTORS["keys"])
def test_the_keys_are_what_their_seeds_make(who: str) -> None:
    told = VECTORS["keys"][who]
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(told["seed"])).public_key()

    assert (keys.to_text(key), keys.fingerprint(key)) == (told["x"], told["instance"])
    assert key.public_bytes_raw().hex() == told["public"]


def test_the_vector_of_the_document_is_the_first_of_the_file() -> None:
    first = VECTORS["signatures"][0]

    assert f"```\n{first['base']}\n```" in TEXT
    assert f"`Signature: {first['request']['headers']['signature']}`" in TEXT
    assert f"`{first['request']['body']}`" in TEXT


@named("signatures")
def test_we_judge_signatures_as_the_vectors_say(vector: dict[str, Any]) -> None:
    told = vector["request"]
    request = signatures.Request(told["method"], told["target_uri"], told["headers"], told["body"].encode())
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(LEIPZIG["public"]))
    refusal = None
    try:
        claim = signatures.read_claim(request, now=datetime.fromtimestamp(vector["now"], UTC))
        signatures.verify(claim, public)
        assert claim.base == vector["base"].encode()
    except ProtocolProblem as refused:
        refusal = refused.slug

    assert refusal == vector["refusal"]


class _ThenAndThere(HTTPMessageVerifier):
    """The library asks the machine's clock; the vectors are of their own time."""

    def validate_created_and_expires(self, *_args: Any, **_options: Any) -> None:
        pass


_ONLY_THIS_PROFILE_FORBIDS = {
    "no nonce",
    "a short nonce",
    "no expiry",
    "a digest by another function",
    "components in another order",
    "two signatures",
}


@named("signatures")
def test_an_independent_library_judges_them_alike(vector: dict[str, Any]) -> None:
    if vector["name"] in _ONLY_THIS_PROFILE_FORBIDS or vector["refusal"] == "clock-skew":
        return
    told = vector["request"]
    request = SimpleNamespace(method=told["method"], url=told["target_uri"], headers=dict(told["headers"]))
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(LEIPZIG["public"]))
    resolver = MappingKeyResolver(public_keys={f"{LEIPZIG['instance']}/k1": public}, private_keys={})
    verifier = _ThenAndThere(signature_algorithm=ED25519, key_resolver=resolver)
    covered = ("@method", "@target-uri", *(("content-type",) if told["body"] else ()))

    def verify() -> None:
        verifier.verify(
            request,
            expect_tag="dfp1",
            expect_label="dfp",
            require_components=covered,
            body=told["body"].encode(),
        )

    if vector["refusal"]:
        with pytest.raises(HTTPMessageSignaturesException):
            verify()
    else:
        verify()


@named("chains")
def test_we_follow_chains_as_the_vectors_say(vector: dict[str, Any]) -> None:
    pinned, offered = (
        [v1.KeyDocument.model_validate(document) for document in vector[name]]
        for name in ("pinned", "offered")
    )

    def follow() -> keys.Chain:
        if pinned:
            return keys.extend(keys.verify(pinned, instance=vector["instance"]), offered)
        return keys.verify(offered, instance=vector["instance"])

    if vector["refusal"]:
        with pytest.raises(keys.KeysRefused) as refused:
            follow()
        assert refused.value.slug == vector["refusal"]
        return
    latest = follow().latest
    assert vector["says"] == {
        "v": latest.v,
        "base": latest.base,
        "keys": [key.kid for key in latest.keys],
        "revoked": list(latest.revoked),
    }


@named("digests")
def test_count_and_digest_are_those_of_the_vectors(vector: dict[str, Any]) -> None:
    assert len(vector["entries"]) == vector["count"]
    assert cursor.digest_of([(item_id, rev) for item_id, rev in vector["entries"]]) == vector["digest"]


@named("invites")
def test_invites_are_read_as_the_vectors_say(vector: dict[str, Any]) -> None:
    read = invites.decode(vector["text"], now=datetime.fromtimestamp(vector["says"]["exp"], UTC))

    assert vector["says"] == {
        "base": read.base,
        "instance": read.instance,
        "token": read.token,
        "exp": int(read.expires_at.timestamp()),
    }


@named("json")
def test_texts_are_refused_as_the_vectors_say(vector: dict[str, Any]) -> None:
    try:
        strict_json.read(base64.b64decode(vector["base64"]))
        refused = False
    except BadJson:
        refused = True

    assert refused is vector["refused"]
