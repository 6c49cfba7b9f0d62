"""What a later version may add is ignored (T-51): unknown members everywhere, unknown words where words are open."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.cli.protocol_document import MESSAGES
from app.federation.protocol.v1 import Entry
from app.federation.service import loans
from tests.conformance.document import EXAMPLES

MESSAGES_TOLD = [(name, example) for name, example in EXAMPLES if name in MESSAGES]
NEWS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def objects(value: Any, under: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object in a message whose members the protocol names; what is only passed through is not looked into."""
    if under in ("data", "hours", "grants", "wants", "feeds"):
        return
    if isinstance(value, dict):
        yield under, value
    for name, part in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from objects(part, str(name))


@pytest.mark.parametrize(
    ("name", "example"), MESSAGES_TOLD, ids=[f"{name}-{n}" for n, (name, _) in enumerate(MESSAGES_TOLD)]
)
@settings(max_examples=15)
@given(data=st.data())
def test_unknown_members_change_nothing_wherever_they_stand(
    name: str, example: Any, data: st.DataObject
) -> None:
    later = copy.deepcopy(example)
    for number, (_, one) in enumerate(list(objects(later))):
        one[f"new_{number}"] = data.draw(NEWS)

    kind = MESSAGES[name]
    if name == "page":
        assert [Entry.model_validate(item) for item in later["items"]] == [
            Entry.model_validate(item) for item in example["items"]
        ]
        later["items"] = example["items"]
    assert kind.model_validate(later) == kind.model_validate(example)


LATER_WORDS = [
    ("discovery", ("levels",), ["L1", "L9"]),
    ("discovery", ("dfp",), ["1.0", "1.7", "2.0"]),
    ("discovery", ("capabilities",), ["gzip", "telepathy"]),
    ("pairing-ask", ("wants",), {"listing.read": True, "weather.read": True}),
    ("pairing-ask", ("grants",), {"weather.read": True}),
    ("pairing-status", ("status",), "dreaming"),
    ("page", ("kind",), "weather"),
    ("page", ("items", 0, "state"), "asleep"),
    ("page", ("items", 1, "reason"), "evaporated"),
    ("notify", ("kind",), "weather"),
    ("listing", ("category",), "time-machines"),
    ("listing", ("audience",), "left_handed"),
    ("request", ("borrower", "assurance"), "eid"),
    ("request", ("borrower", "kind"), "robot"),
    ("command", ("cmd",), "levitate"),
    ("command", ("reason",), "solar_flare"),
    ("loan", ("allowed",), ["levitate"]),
    ("loan", ("events", 0, "action"), "levitate"),
    ("problem", ("code",), "out-of-tea"),
]


@pytest.mark.parametrize(
    ("name", "place", "word"), LATER_WORDS, ids=[f"{n}-{p[-1]}" for n, p, _ in LATER_WORDS]
)
def test_words_of_a_later_version_are_read(name: str, place: tuple[Any, ...], word: Any) -> None:
    message = copy.deepcopy(next(example for kind, example in EXAMPLES if kind == name))
    *above, last = place
    holder = message
    for step in above:
        holder = holder[step]
    holder[last] = word

    MESSAGES[name].model_validate(message)
    if name == "page":
        assert [Entry.model_validate(item) for item in message["items"]]


@pytest.mark.parametrize("member", ["state", "outcome"])
def test_a_loan_in_an_unknown_state_is_put_aside_and_not_guessed_at(member: str) -> None:
    told = dict(EXAMPLES)["loan"] | {member: "levitating"}

    state = MESSAGES["loan"].model_validate(told)

    with pytest.raises(ValidationError):
        loans.from_wire(state)  # type: ignore[arg-type]
